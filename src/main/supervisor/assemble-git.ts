// Owns: git's work in this repository, with all it works through: its lane, its environment, the relays to remotes.
// Leaves: what that work is (git), and who asks for it (supervisor).
import path from 'node:path';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { moveWords } from '../../shared/move-words.ts';
import type { ConfigNow } from '../config/live-config.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { createDesktopNotes } from '../desktop/notes.ts';
import { createShowNote } from '../desktop/show-note.ts';
import { watchOthers } from '../git/other-fetches.ts';
import { createRepositoryWork, type RepositoryWork } from '../git/repository-git.ts';
import { gitQuery } from '../git/run-git.ts';
import type { RunningFile } from '../git/running-file.ts';
import { gitOverRelay, pathTo, withHelpers } from '../relay/git-over-relay.ts';
import type { Helpers } from '../relay/helpers.ts';
import type { RelayClient } from '../relay/relay-client.ts';
import type { RelayDirectory } from '../relay/relay-directory.ts';

export interface GitNeeds {
  readonly config: () => ConfigNow;
  readonly running: RunningFile;
  readonly relays: RelayDirectory;
  readonly relayClient: RelayClient;
  readonly helpers: Helpers;
  readonly held: () => boolean;
}

export function assembleGit(context: DaemonContext, needs: GitNeeds): RepositoryWork {
  const { config, running, relays, relayClient, helpers, held } = needs;
  const { options, repository, directory, log, journal, without, onStop } = context;
  const { env } = options;
  const at = { cwd: repository.top, env: unattendedGitEnvironment(env, undefined, repository.gitEnvironment) };
  const notes = createDesktopNotes({
    wanted: () => config().settings.desktopNotes,
    held,
    ask: async (...args) => {
      const answer = await gitQuery(args, { ...at, debug: (text) => log.debug('desktop', text) });
      return answer.ok ? answer.stdout : undefined;
    },
    repository: path.basename(repository.top),
    bare: repository.bare,
    show: createShowNote(env),
    fails: (why) => without.lacks('desktop notes', why),
    works: () => without.found('desktop notes'),
  });
  onStop(notes.close);
  const work = createRepositoryWork({
    place: {
      directory: repository.top,
      get environment() {
        return withHelpers(env, helpers.folder());
      },
      repositoryVariables: repository.gitEnvironment,
      running,
      seesOther: watchOthers(repository.top),
      commonDir: repository.commonDir,
      debug: (text) => log.debug('git', text),
    },
    objectsDirectory: path.join(repository.commonDir, 'objects'),
    refsDirectory: path.join(repository.commonDir, 'refs'),
    besideDirectory: path.join(directory.path, 'beside'),
    relayEnvironment: (socketPath, target) => {
      if (!relays.isOurs(socketPath)) return undefined;
      const over = gitOverRelay(relayClient, socketPath, target);
      return target.kind === 'peer' ? { ...over, PATH: pathTo(env, helpers.quickestFolder()) } : over;
    },
    fetchMode: () => config().settings.fetchMode,
    fetchTimeoutMs: () => config().settings.fetchTimeoutMs,
    maxFetchBytes: () => config().settings.maxFetchBytes,
    held,
    brought: (remote, moved) => {
      notes.brought(moved);
      if (held() || config().settings.fastForward !== 'upstream') return;
      work.follow(remote, moved, (move) => {
        log.ofRemote.info(remote, `own branch follows: ${moveWords({ moved: [move] }, remote)}`);
        journal.note({ event: 'FORWARDED', remote, moved: [move] });
      });
    },
    log: (text) => log.info('git', text),
    debug: log.ofRemote.debug,
  });
  return work;
}

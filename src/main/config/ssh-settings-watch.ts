// Owns: noticing that ssh would reach a remote in another way now, since its config was changed.
// Leaves: which files that is (ssh-config-files.ts), and making its link anew (supervisor).
import path from 'node:path';
import type { Remote } from '../../shared/remote.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';
import type { DoneWithout } from '../host/done-without.ts';
import { sshConfigFiles } from './ssh-config-files.ts';
import { watchFiles } from './watch-files.ts';

/** What `ssh -G` says; undefined: nothing that could be compared. Never rejects. */
export type AskSsh = (program: string, args: readonly string[]) => Promise<string | undefined>;

export interface SshSettingsWatch {
  /** The remotes may be others. */
  readonly look: () => void;
  readonly close: () => void;
}

export interface SshSettingsWatchOptions {
  /** As ssh takes it, from passwd. */
  readonly home: string;
  /** What relative paths begin at. */
  readonly directory: string;
  readonly remotes: () => readonly Remote[];
  readonly ask: AskSsh;
  /** Of these ssh says something else than before. */
  readonly changed: (remotes: readonly Remote[]) => void;
  readonly without: DoneWithout;
  readonly firstMs?: number;
}

/** A start is not to wait for it. */
const FIRST_MS = 5_000;
/** One `ssh -G` takes some 10 ms. */
const MOST_ASKED = 200;

export function watchSshSettings(options: SshSettingsWatchOptions): SshSettingsWatch {
  const { home, directory, remotes, ask, changed, without, firstMs = FIRST_MS } = options;
  /** By what ssh is called with. */
  let known: ReadonlyMap<string, string> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let last: Promise<void> = Promise.resolve();
  const lookNow = async (): Promise<void> => {
    const calls = new Map(
      remotes()
        .flatMap((remote) => callFor(remote) ?? [])
        .map((call) => [keyOf(call), call]),
    );
    if (closed || calls.size === 0) return;
    const named = [...calls.values()].flatMap(({ args }) => configFilesOf(args));
    watch.follow(
      sshConfigFiles(
        home,
        named.map((file) => path.resolve(directory, file)),
      ),
    );
    const now = new Map<string, string>();
    for (const [key, call] of [...calls].slice(0, MOST_ASKED)) {
      // What cannot be asked just now is held against what it was before, the next time.
      const said = (await ask(call.program, call.args)) ?? known.get(key);
      if (said !== undefined) now.set(key, said);
    }
    if (closed) return;
    const before = known;
    known = now;
    const others = remotes().filter((remote) => {
      const call = callFor(remote);
      const [was, is] = [before, now].map((answers) => call && answers.get(keyOf(call)));
      return was !== undefined && is !== undefined && was !== is;
    });
    if (others.length > 0) changed(others);
  };
  const look = (): void => {
    last = last.then(lookNow);
  };
  const watch = watchFiles({
    changed: look,
    failed: (why) => without.lacks('ssh watches', `${why}; ssh's config is looked at every few seconds instead`),
    recovered: () => without.found('ssh watches'),
  });
  return {
    look: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        look();
      }, firstMs).unref();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      watch.close();
    },
  };
}

/** Of `-F file`, be it attached. */
const configFilesOf = (args: readonly string[]): string[] =>
  args.flatMap((word, index) => {
    const [, attached] = /^-F(.*)$/s.exec(word) ?? [];
    return attached === undefined ? [] : attached || (args[index + 1] ?? []);
  });

interface Call {
  readonly program: string;
  readonly args: readonly string[];
}

const keyOf = ({ program, args }: Call): string => JSON.stringify([program, args]);

/** undefined where it is not ssh itself that is called, or nobody logs in. */
function callFor({ rungs }: Remote): Call | undefined {
  const [target] = rungs.flatMap((rung): SshTarget[] => ('target' in rung && rung.target ? [rung.target] : []));
  if (target?.command.kind !== 'options') return undefined;
  const { program, options } = target.command;
  const to = target.user === undefined ? target.host : `${target.user}@${target.host}`;
  const args = [...options, '-G', ...(target.port === undefined ? [] : ['-p', String(target.port)]), to];
  return { program, args };
}

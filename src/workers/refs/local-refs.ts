// Owns: the refs of this repository in which a remote's are kept, as git lists them.
// Leaves: comparing them (compare.ts), and every git command that writes (main/git).
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { LISTING_BYTES, MOST_REFS, parseRefLines, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { type CommandOptions, type OutputOptions, runForOutput } from '../run-command.ts';

type ReadingOptions = Required<Pick<CommandOptions & OutputOptions, 'signal' | 'received' | 'noteChild'>>;

/** Without symbolic refs. Throws a DaemonError, CommandNotStarted, or what the signal was aborted with. */
export async function readTrackedRefs(
  { directory, refs, sshCommand, repositoryVariables }: LinkTask,
  { signal, received, noteChild }: ReadingOptions,
): Promise<RefAdvertisement> {
  const environment = unattendedGitEnvironment(process.env, sshCommand, repositoryVariables);
  const args = ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(refs)];
  const { exit, stdout, isCut, isWhole, stderr } = await runForOutput('git', args, {
    directory,
    environment,
    signal,
    received,
    noteChild,
    mostBytes: LISTING_BYTES,
  });
  if (isCut) throw tooMany();
  if (exit.status === 0 && !isWhole) throw new DaemonError('timed-out', 'git for-each-ref does not end its answer');
  if (exit.status === 0) return wholeOf(parseRefLines(stdout.replace(/^\S+ \S+ \S+$/gm, '')));
  const { code, detail } = gitFailure(stderr);
  throw new DaemonError(code, detail);
}

function wholeOf(refs: RefAdvertisement): RefAdvertisement {
  if (refs.size === MOST_REFS) throw tooMany();
  return refs;
}

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'there are more refs here than can be compared');

// Owns: the refs of this repository in which a remote's are kept, as git lists them.
// Leaves: comparing them (compare.ts), and every git command that writes (main/git).
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { readListing } from '../../shared/refs/listing-bytes.ts';
import { LISTING_BYTES, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { type CommandOptions, type OutputOptions, runForOutput } from '../run-command.ts';

/** Of a line: the ref stands for another. */
const IS_SYMBOLIC = /^\S+ \S+ \S+$/;

type ReadingOptions = Required<Pick<CommandOptions & OutputOptions, 'signal' | 'received' | 'noteChild'>>;

/** Without symbolic refs. Throws a DaemonError, CommandNotStarted, or what the signal was aborted with. */
export async function readTrackedRefs(
  { directory, refs, sshCommand, repositoryVariables }: LinkTask,
  { signal, received, noteChild }: ReadingOptions,
): Promise<RefAdvertisement> {
  const environment = unattendedGitEnvironment(process.env, sshCommand, repositoryVariables);
  const args = ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(refs)];
  const listing = readListing((line) => !IS_SYMBOLIC.test(line));
  const { exit, isCut, isWhole, stderr } = await runForOutput('git', args, {
    directory,
    environment,
    signal,
    received,
    noteChild,
    mostBytes: LISTING_BYTES,
    take: listing.push,
  });
  if (isCut || listing.isFull()) throw tooMany();
  if (exit.status === 0 && !isWhole) throw new DaemonError('timed-out', 'git for-each-ref does not end its answer');
  if (exit.status === 0) return listing.refs();
  const { code, detail } = gitFailure(stderr);
  throw new DaemonError(code, detail);
}

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'there are more refs here than can be compared');

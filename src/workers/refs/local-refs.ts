// Owns: the refs of this repository in which a remote's are kept, as git lists them.
// Leaves: what is kept of them (shared/refs/held-refs.ts), comparing (compare.ts), and every git command that writes (main/git).
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { holdAgainst } from '../../shared/refs/held-refs.ts';
import type { HereRefs } from '../../shared/refs/here-refs.ts';
import { cutLines } from '../../shared/refs/listing-bytes.ts';
import { LISTING_BYTES, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { Comparison } from '../../shared/remote.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { type CommandOptions, type OutputOptions, runForOutput } from '../run-command.ts';

type ReadingOptions = Required<Pick<CommandOptions & OutputOptions, 'signal' | 'received' | 'noteChild'>>;

/**
 * Without symbolic refs, held against what the remote has while they come. Throws a DaemonError, CommandNotStarted, or what
 * the signal was aborted with.
 */
export async function holdTrackedRefs(
  { directory, refs, sshCommand, repositoryVariables }: LinkTask,
  remote: RefAdvertisement,
  { pruned }: Pick<Comparison, 'pruned'>,
  { signal, received, noteChild }: ReadingOptions,
): Promise<HereRefs> {
  const environment = unattendedGitEnvironment(process.env, sshCommand, repositoryVariables);
  const args = ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(refs)];
  const held = holdAgainst(remote, { wanted: refs, pruned });
  const lines = cutLines((line, from, to) => {
    // Behind a symbolic ref stands which one it is.
    if (line[to - 1] === SPACE) held.line(line, from, to);
  });
  const { exit, isCut, isWhole, stderr } = await runForOutput('git', args, {
    directory,
    environment,
    signal,
    received,
    noteChild,
    mostBytes: LISTING_BYTES,
    take: lines.push,
  });
  if (isCut || held.isFull()) throw tooMany();
  if (exit.status === 0 && !isWhole) throw new DaemonError('timed-out', 'git for-each-ref does not end its answer');
  if (exit.status === 0) return held.here();
  const { code, detail } = gitFailure(stderr);
  throw new DaemonError(code, detail);
}

const SPACE = 0x20;

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'there are more refs here than can be compared');

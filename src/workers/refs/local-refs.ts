// Owns: the refs of this repository in which a remote's are kept, as git lists them.
// Leaves: what is kept of them (shared/refs/held-refs.ts), comparing (compare.ts), and every git command that writes (main/git).
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { type HeldFor, holdAgainst } from '../../shared/refs/held-refs.ts';
import type { HereRefs } from '../../shared/refs/here-refs.ts';
import { cutLines, type LineCutter } from '../../shared/refs/listing-bytes.ts';
import { LISTING_BYTES, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { Comparison } from '../../shared/remote.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { type CommandOptions, type OutputOptions, runForOutput } from '../run-command.ts';

type ReadingOptions = Required<Pick<CommandOptions & OutputOptions, 'signal' | 'received' | 'noteChild'>>;

/**
 * Without symbolic refs, held against what the remote has, for which git waits with what it lists. Throws a DaemonError,
 * CommandNotStarted, or what the signal was aborted with, as it has to be where the remote is not listed.
 */
export async function holdTrackedRefs(
  { directory, refs, sshCommand, repositoryVariables }: LinkTask,
  remote: Promise<RefAdvertisement>,
  { pruned }: Pick<Comparison, 'pruned'>,
  { signal, received, noteChild }: ReadingOptions,
): Promise<HereRefs> {
  const environment = unattendedGitEnvironment(process.env, sshCommand, repositoryVariables);
  const args = ['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(refs)];
  const holding = holdOnce(remote, { wanted: refs, pruned });
  const { exit, isCut, isWhole, stderr } = await runForOutput('git', args, {
    directory,
    environment,
    signal,
    received,
    noteChild,
    mostBytes: LISTING_BYTES,
    take: holding.take,
  });
  if (exit.status !== 0) {
    const { code, detail } = gitFailure(stderr);
    throw new DaemonError(code, detail);
  }
  const held = await holding.held;
  if (isCut || held.isFull()) throw tooMany();
  if (!isWhole) throw new DaemonError('timed-out', 'git for-each-ref does not end its answer');
  return held.here();
}

/** What comes before the remote is listed is kept until then: no more than git is let say. */
function holdOnce(remote: Promise<RefAdvertisement>, options: HeldFor) {
  const early: Uint8Array[] = [];
  let lines: LineCutter | undefined;
  const held = remote.then((listed) => {
    const holding = holdAgainst(listed, options);
    lines = cutLines((line, from, to) => {
      // Behind a symbolic ref stands which one it is.
      if (line[to - 1] === SPACE) holding.line(line, from, to);
    });
    for (const chunk of early) lines.push(chunk);
    return holding;
  });
  // It is told where it is waited for.
  const settled = held.catch(() => undefined);
  const take = (chunk: Uint8Array): Promise<unknown> | undefined => {
    if (lines) lines.push(chunk);
    else early.push(chunk);
    return lines ? undefined : settled;
  };
  return { held, take };
}

const SPACE = 0x20;

const tooMany = (): DaemonError => new DaemonError('too-many-refs', 'there are more refs here than can be compared');

// Owns: the refs of this repository as git lists them, and what is different between two lists.
// Leaves: when they are listed (ref-watch.ts).
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../shared/remote.ts';
import type { ServeTask } from '../../../shared/serve-messages.ts';
import { wait } from '../../../shared/timing/wait.ts';
import { ANSWER } from '../../patience.ts';
import { type NoteChild, runForOutput } from '../../run-command.ts';
import type { LeftTips } from './left-tips.ts';
import type { OfferedMove } from './pending-changes.ts';

export type ListedRefs = ReadonlyMap<RefName, ObjectName>;

/** In refs/prefetch the daemon has waiting what is not to be taken yet, too. */
export const FETCHED_HERE = ['refs/remotes', 'refs/prefetch'] as const;

/** Of its text, which is read at once: some 400 000 refs. */
const MOST_BYTES = 24 * 1024 * 1024;

/** What was fetched here is no news to others: peers would tell each other of their own fetches. */
export const countsForPeers = (ref: string): boolean => !FETCHED_HERE.some((refs) => ref.startsWith(`${refs}/`));

/** Undefined: they could not be listed, or are too many. Never rejects. */
export async function listRefs(
  { directory, gitDir, repositoryVariables }: ServeTask,
  noteChild: NoteChild,
  closing: AbortSignal,
  counts = countsForPeers,
): Promise<ListedRefs | undefined> {
  const cut = new AbortController();
  const end = (): void => cut.abort();
  closing.addEventListener('abort', end, { once: true });
  const timer = setTimeout(end, ANSWER.refsMs);
  const args = [`--git-dir=${gitDir}`, 'for-each-ref', '--format=%(objectname) %(refname)'];
  try {
    const { exit, stdout, isCut, isWhole } = await runForOutput('git', args, {
      ...{ directory, noteChild, signal: cut.signal, mostBytes: MOST_BYTES },
      environment: unattendedGitEnvironment(process.env, undefined, repositoryVariables),
    });
    return exit.status === 0 && isWhole && !isCut ? parseListing(stdout, counts) : undefined;
  } catch {
    // What cannot be listed now may have moved: everybody is told that something has, at the pace of these.
    await wait(1_000, closing);
    return undefined;
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', end);
  }
}

function parseListing(listing: string, counts: typeof countsForPeers): ListedRefs {
  const refs = new Map<RefName, ObjectName>();
  for (const line of listing.split('\n')) {
    const [object, ref] = [
      parseObjectName(line.slice(0, line.indexOf(' '))),
      parseRefName(line.slice(line.indexOf(' ') + 1)),
    ];
    if (object !== undefined && ref !== undefined && counts(ref)) refs.set(ref, object);
  }
  return refs;
}

/** What was left is noted. */
export function movesBetween(before: ListedRefs, after: ListedRefs, left: LeftTips): OfferedMove[] {
  const old = new Set<string>(before.values());
  const moves: OfferedMove[] = [];
  for (const [ref, tip] of after) {
    if (before.get(ref) === tip) continue;
    moves.push({ ref, tip, ...((old.has(tip) || left.has(tip)) && { isOldObject: true as const }) });
    left.note(before.get(ref));
  }
  for (const ref of before.keys()) if (!after.has(ref)) moves.push({ ref, tip: undefined });
  return moves;
}

// Owns: what no row of git's says of refs that moved: to which object, and after a git that failed, whether they moved at all.
// Leaves: reading the rows (fetch-rows.ts), and gathering (shared/moves.ts).
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import type { Moves } from '../../shared/moves.ts';
import { type ObjectName, parseObjectName, type RefName } from '../../shared/remote.ts';
import type { Steps } from './operation.ts';

export interface MovedObjectsTools {
  readonly git: Steps['git'];
  readonly env: Environment;
  /** What a ref leads to, told from its file; undefined: git has to be asked. */
  readonly readRef: (ref: RefName) => ObjectName | undefined;
  /** A git that told of moves has failed: since 2.51 it tells before it has moved them. */
  readonly isDoubtful: boolean;
}

/** Each read takes some 20 µs of the main thread; a git some 4 ms, and reads all. */
const MOST_READ = 32;

/** The moves with their objects, without those that did not happen. Only of new refs and moved tags is anything asked. */
export async function withObjects({ moved, ...others }: Moves, tools: MovedObjectsTools): Promise<Moves> {
  const { isDoubtful, readRef } = tools;
  const unknown = moved.filter((move) => move.how !== 'deleted' && (isDoubtful || move.new === undefined));
  if (unknown.length === 0) return { moved, ...others };
  const read = unknown.length <= MOST_READ ? unknown.map(({ ref }) => readRef(ref as RefName)) : [];
  const objects = read.length > 0 && !read.includes(undefined) ? read : await askGit(unknown, tools);
  if (objects === undefined) return { moved, ...others };
  const isAt = new Map(unknown.map(({ ref }, index) => [ref, objects[index]]));
  return { moved: moved.flatMap((move) => (isAt.has(move.ref) ? settled(move, isAt.get(move.ref)) : move)), ...others };
}

/** Of those that their files show to have moved. */
export function asRefsShow({ moved, ...others }: Moves, readRef: MovedObjectsTools['readRef']): Moves {
  const shown = moved.flatMap((move) => {
    const now = readRef(move.ref as RefName);
    if (now === undefined) return move.how === 'deleted' ? move : [];
    return settled(move, now);
  });
  return { moved: shown, ...others };
}

/** One that is where it was has not moved, and neither has a new one that is not there. */
function settled(move: RefMove, now: ObjectName | undefined): RefMove[] {
  if (now === undefined ? move.how === 'new' : now === move.old) return [];
  const { ref, old, how, new: told = now } = move;
  return [{ ref, ...(old !== undefined && { old }), ...(told !== undefined && { new: told }), how }];
}

/** In the order of the refs; undefined: git does not say. */
async function askGit(
  refs: readonly RefMove[],
  { git, env }: MovedObjectsTools,
): Promise<(ObjectName | undefined)[] | undefined> {
  const input = refs.map(({ ref }) => `${ref}\n`).join('');
  const { status, stdout } = await git(['cat-file', '--batch-check=%(objectname)'], env, { input });
  const lines = stdout.split('\n').slice(0, -1);
  if (status !== 0 || lines.length !== refs.length) return undefined;
  return lines.map(parseObjectName);
}

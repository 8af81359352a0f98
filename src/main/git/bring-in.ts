// Owns: keeping the refs of a waiting room where the config wants them, without taking away what is there.
// Leaves: which are made, moved or left out (shared/refs/own-refs.ts, held-refs.ts), and fetching them (fetch.ts).
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import { refspecFor, waitingRoom } from '../../shared/refs/fetch-plan.ts';
import type { LeftOut } from '../../shared/refs/left-out.ts';
import { type Decision, decideOwnRefs, parseOwnRefs, REF_FORMAT, withoutHeld } from '../../shared/refs/own-refs.ts';
import type { FetchPlan, ObjectName, RefName, RemoteName } from '../../shared/remote.ts';
import { DONE, type HeldRefs, heldRefs } from './held-refs.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import type { DoneOutcome, Steps } from './operation.ts';
import type { GitExit } from './run-git.ts';

/** `exit` is that of the git which failed, else of the last. */
export interface BroughtIn {
  readonly exit: GitExit;
  readonly leftOut: readonly LeftOut[];
  readonly moved: readonly RefMove[];
  /** As in DoneOutcome. */
  readonly rest?: DoneOutcome['rest'];
}

/** Each takes a process of git, some 10 ms: others want the turn as well. */
const MOST_MOVES = 500;

/** One ref to write; only if it still is at `from` (undefined: is not there). */
interface Write {
  readonly ref: RefName;
  readonly from?: ObjectName;
  readonly to: ObjectName;
}

/** Makes refs and moves them forward, each only from what it was seen to be. */
export async function bringIn(
  steps: Steps,
  env: Environment,
  { remote, waiting, negative }: { readonly remote: RemoteName } & Pick<FetchPlan, 'waiting' | 'negative'>,
): Promise<BroughtIn> {
  const room = waitingRoom(remote);
  const places = waiting.map(({ destination }) => destination.replace(/[^/]*\*.*$/s, ''));
  const listed = await steps.git(['for-each-ref', `--format=${REF_FORMAT}`, room, ...new Set(places)], env);
  if (listed.status !== 0) return { exit: listed, leftOut: [], moved: [] };
  const wanted = decideOwnRefs(parseOwnRefs(listed.stdout), room, { waiting, negative });
  const held = await heldAmong(steps, env, wanted);
  if (held.exit.status !== 0) return { exit: held.exit, leftOut: [], moved: [] };
  const { make, move, keep } = withoutHeld(wanted, held.refs);
  // Those that can never be moved are not to keep the same others from being looked at for ever.
  const first = move.length > MOST_MOVES ? Math.floor(Math.random() * move.length) : 0;
  const looked = [...move.slice(first), ...move.slice(0, first)].slice(0, MOST_MOVES);
  const { forward, others } = await sortedOut(steps, env, looked);
  const { exit, inTheWay, written } = await writeRefs(steps, env, [...make, ...forward]);
  const leftOut = [...keep, ...others].map((ref) => ({ ref, refspec: refspecFor(ref, waiting) }));
  const all = [...leftOut, ...inTheWay.map((ref) => ({ ref, refspec: undefined }))];
  const moved = written.map(asMove);
  if (looked.length === move.length) return { exit, leftOut: all, moved };
  return { exit, leftOut: all, moved, rest: forward.length > inTheWay.length ? 'soon' : 'later' };
}

const asMove = ({ ref, from, to }: Write): RefMove =>
  from === undefined ? { ref, new: to, how: 'new' } : { ref, old: from, new: to, how: 'forwarded' };

/** Nothing is asked where nothing is to be written. */
async function heldAmong(steps: Steps, env: Environment, { make, move }: Decision): Promise<HeldRefs> {
  if (make.length + move.length === 0) return { exit: DONE, refs: new Set() };
  return heldRefs(
    steps,
    env,
    make.map(({ ref }) => ref),
  );
}

async function sortedOut(steps: Steps, env: Environment, move: Decision['move']) {
  const forward: Write[] = [];
  const others: RefName[] = [];
  for (const each of move) {
    // A replacement, which may come from the remote, could make anything look contained.
    const contains = ['--no-replace-objects', 'merge-base', '--is-ancestor', each.from, each.to];
    if ((await steps.git(contains, env)).status === 0) forward.push(each);
    else others.push(each.ref);
  }
  return { forward, others };
}

/** All at once; where a name is in the way of another, one by one. */
async function writeRefs(steps: Steps, env: Environment, writes: readonly Write[]) {
  const all = await write(steps, env, writes);
  const inTheWay: RefName[] = [];
  if (!isInTheWay(all)) return { exit: all, inTheWay, written: all.status === 0 ? writes : [] };
  const written: Write[] = [];
  for (const each of writes) {
    const exit = await write(steps, env, [each]);
    if (isInTheWay(exit)) inTheWay.push(each.ref);
    else if (exit.status !== 0) return { exit, inTheWay, written };
    else written.push(each);
  }
  return { exit: DONE, inTheWay, written };
}

function write(steps: Steps, env: Environment, writes: readonly Write[]): GitExit | Promise<GitExit> {
  if (writes.length === 0) return DONE;
  const orders = writes.map(({ ref, from, to }) =>
    from === undefined ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${from}\0`,
  );
  const why = `${env.GIT_REFLOG_ACTION ?? 'fetch'}: brought in`;
  return steps.git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '-m', why, '--stdin', '-z'], env, {
    input: orders.join(''),
  });
}

/** A directory of refs and a ref cannot have one name. */
const isInTheWay = ({ stderr }: GitExit): boolean =>
  /exists; cannot create|cannot process '[^']*' and '[^']*' at the same time/.test(stderr);

// Owns: a fetch of what is named in a repository beside this one, so that git does not read all refs here, and moving the refs by what it brought.
// Leaves: where that is the same (beside.ts, known-refs.ts), and the fetch here, which follows where it is not (fetch-exactly.ts).
import type { RefMove } from '../../../shared/events.ts';
import type { Remote, RemoteName } from '../../../shared/remote.ts';
import { parseRemoteUrl } from '../../../shared/remote-uri.ts';
import { fetchArguments } from '../fetch-commands.ts';
import { createRowReader, readRow } from '../fetch-rows.ts';
import type { NamedMoves } from '../git-requests.ts';
import { givingWay } from '../give-way.ts';
import { byWords, moveRefs, type WantedMove } from '../move-refs.ts';
import type { Fetching, OneFetch } from '../one-fetch.ts';
import { looseRef } from '../refs-here.ts';
import type { GitExit } from '../run-git.ts';
import type { Beside } from './beside.ts';
import { type Excess, watchBounds } from './bounds.ts';
import { type KnownRefs, knownRefs, type NamedRef } from './known-refs.ts';
import type { SideConfig } from './same-config.ts';
import type { SideRepository } from './side-repository.ts';

export interface BesideRequest extends Pick<OneFetch, 'relay'> {
  readonly remote: RemoteName;
  readonly exact: readonly string[];
}

export type FetchedBeside =
  | { readonly kind: 'done'; readonly moves: boolean }
  /** git did not end well there, and would not here. */
  | { readonly kind: 'failed' }
  /** It is for git to do here. `moves`: some refs were moved all the same. */
  | { readonly kind: 'not'; readonly moves: boolean };

const NOT: FetchedBeside = { kind: 'not', moves: false };
/** Each is read by the main thread, in some 50 µs. */
const MOST_NAMED = 32;

/**
 * Whether nothing else is to come but what is named, and by git itself: there every tag would be new, and a helper of
 * somebody's may do in the repository what it likes.
 */
export function mayBeBeside({ url, refs }: Pick<Remote, 'url' | 'refs'>, named: NamedMoves | undefined): boolean {
  const location = parseRemoteUrl(url);
  const speaks = location.kind === 'other' ? location.scheme : location.kind;
  const followsNone = !refs.tags || (named?.hasAllTags === true && !named.moves.some(({ ref }) => isTag(ref)));
  return followsNone && SPEAKS.includes(speaks);
}

const SPEAKS = ['local', 'ssh', 'https', 'http', 'git'];
const isTag = (ref: string): boolean => ref.startsWith('refs/tags/');

/**
 * What git does there it does by its own rules: the refs that it may move have there the values that they have here. Here
 * they are then moved from these values, or not at all. Nothing but a ref keeps what was brought from a prune in between,
 * no more than between the two steps of a fetch by git (2.51: the pack is let go before the refs are written).
 */
export async function fetchBeside(fetching: Fetching, beside: Beside, request: BesideRequest): Promise<FetchedBeside> {
  const { steps, place, own } = fetching;
  const { remote, exact } = request;
  const { commonDir } = place;
  if (commonDir === undefined || exact.length > MOST_NAMED || beside.isSlow(remote)) return NOT;
  const config = await beside.config(steps, own);
  const known = config && knownRefs(commonDir, { remote, exact, lately: beside.lately() });
  if (config === undefined || known === undefined) return NOT;
  const side = beside.make({ config: config.text, refs: known.refs });
  if (side === undefined) return NOT;
  try {
    const { exit, excess, rows } = await fetchInto(side, config, fetching, request);
    if (excess === 'quiet') beside.wasSlow(remote);
    if (excess !== undefined) return NOT;
    if (exit.status !== 0) return { kind: 'failed' };
    const wanted = wantedMoves(known, side, rows);
    // Of another git that fetches here the refs are not moved just now.
    if (wanted === undefined || (wanted.length > 0 && place.seesOther?.())) return NOT;
    return await moveAll(fetching, { beside, commonDir }, wanted);
  } finally {
    await side.remove();
  }
}

interface FetchedInto {
  readonly exit: GitExit;
  readonly excess: Excess | undefined;
  /** By what they moved. */
  readonly rows: ReadonlyMap<string, RefMove>;
}

async function fetchInto(
  side: SideRepository,
  { fsync }: SideConfig,
  { steps, place, own }: Fetching,
  { remote, exact, relay }: BesideRequest,
): Promise<FetchedInto> {
  const config = { 'core.fsync': fsync, 'core.hooksPath': '/dev/null', 'core.logAllRefUpdates': 'false' };
  const settings = Object.entries(config).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  const args = [...settings, ...fetchArguments(remote, ['--no-prune', '--no-tags'], exact)];
  const env = { ...own, ...relay, ...side.environment };
  const rows = new Map<string, RefMove>();
  let excess: Excess | undefined;
  const exit = await givingWay(steps, place.seesOther ?? (() => false), async (cut) => {
    rows.clear();
    const tooMuch = new AbortController();
    const bounds = watchBounds(() => tooMuch.abort());
    const read = createRowReader((row) => {
      const move = readRow(row, exact);
      if (move) rows.set(move.ref, move);
    });
    const hear = (said: string): void => {
      bounds.hear(said);
      read(said);
    };
    const end = cut ? AbortSignal.any([cut, tooMuch.signal]) : tooMuch.signal;
    const ended = await steps.git(args, env, { hear, cut: end }).finally(bounds.close);
    excess = bounds.excess();
    return ended;
  });
  return { exit, excess, rows };
}

/** undefined: git did not say of each how it moved. */
function wantedMoves(
  { named }: KnownRefs,
  side: SideRepository,
  rows: FetchedInto['rows'],
): readonly WantedMove[] | undefined {
  const moved = named.flatMap((each) => {
    const to = side.fetched(each.place);
    return to === undefined || to === each.tip ? [] : { ...each, to };
  });
  const wanted = moved.map((each) => wantedMove(each, each.to, rows.get(each.place)?.how));
  return wanted.length === rows.size && wanted.every((each) => each !== undefined) ? wanted : undefined;
}

function wantedMove(
  { source, place, tip }: NamedRef,
  to: WantedMove['new'],
  how: RefMove['how'] | undefined,
): WantedMove | undefined {
  if (how === undefined || how === 'deleted') return undefined;
  return { ref: place, source, ...(tip !== undefined && { old: tip }), new: to, how };
}

async function moveAll(
  { steps, own, seen }: Fetching,
  { beside, commonDir }: { readonly beside: Beside; readonly commonDir: string },
  wanted: readonly WantedMove[],
): Promise<FetchedBeside> {
  let moves = false;
  for (const alike of byWords(wanted)) {
    const told = (those: readonly WantedMove[]): void => {
      beside.moved(those.map(({ ref }) => ref));
      for (const { source: _, ...move } of those) seen.add(move);
    };
    const areMoved = await moveRefs(steps, own, alike).catch((ended: unknown) => {
      // It may have moved them before it was ended.
      told(alike.filter(({ ref, new: tip }) => looseRef(commonDir, ref) === tip));
      throw ended;
    });
    if (!areMoved) return { kind: 'not', moves };
    told(alike);
    moves = true;
  }
  return { kind: 'done', moves };
}

// Owns: a fetch of just the refs that are said to have moved, so that neither side lists the rest.
// Leaves: which refspecs these are (shared/refs/exact-fetch.ts), and the whole fetch (fetch.ts), which follows where this did not end well.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { exactFetch } from '../../shared/refs/exact-fetch.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import { fetchArguments } from './fetch-commands.ts';
import { tellsOfMoves } from './fetch-words.ts';
import type { HowToFetch } from './git-requests.ts';
import { type Fetching, fetchOnce, type OneFetch } from './one-fetch.ts';
import type { DoneOutcome } from './operation.ts';

export interface ExactRequest extends Pick<OneFetch, 'relay'> {
  readonly remote: RemoteName;
  /** Each names one ref of the remote, and where it is kept; none: all is fetched. */
  readonly exact?: readonly string[];
}

export interface FetchedExactly {
  /** undefined: git did not end well, for whatever reason, and the whole fetch is to see to all of it. */
  readonly outcome: DoneOutcome | undefined;
  /** Refs were moved all the same. */
  readonly moves: boolean;
}

/** undefined: nothing is asked for by its name, or here that would not be all. */
export async function fetchExactly(
  fetching: Fetching,
  { remote, exact, relay }: ExactRequest,
): Promise<FetchedExactly | undefined> {
  if (exact === undefined || exact.length === 0 || !isPlainHere(fetching.place.commonDir)) return undefined;
  let runs = 0;
  const args = fetchArguments(remote, ['--no-prune'], exact);
  const onRun = (): void => {
    runs += 1;
  };
  const exit = await fetchOnce(fetching, { args, asked: exact, relay, onRun });
  const moves = tellsOfMoves(exit.stderr);
  if (exit.status !== 0) return { outcome: undefined, moves };
  // As of a whole fetch: who lost a race finds here what another git has brought.
  const nothingNew = !moves && runs === 1;
  return { outcome: { ok: true, isPart: true, ...(nothingNew && { nothingNew }) }, moves };
}

/** What a shallow clone ends at may be another with each ref that is brought. */
const isPlainHere = (commonDir: string | undefined): boolean =>
  commonDir !== undefined && !existsSync(path.join(commonDir, 'shallow'));

export interface ExactChooser {
  /** The refspecs for what moved; undefined: all is to be fetched. */
  readonly refspecsFor: (remote: Remote, named: HowToFetch['named']) => readonly string[] | undefined;
  /** The same, whether it is worth it or not. */
  readonly namedRefspecs: (remote: Remote, named: HowToFetch['named']) => readonly string[] | undefined;
  /** A fetch with it has worked. */
  readonly worked: (remote: RemoteName, isPart: boolean) => void;
}

/** About a thousand refs. Where more are packed here, the remote has as many, most likely. */
const MANY_PACKED_BYTES = 64 * 1024;

const packedBytes = (commonDir: string): number =>
  statSync(path.join(commonDir, 'packed-refs'), { throwIfNoEntry: false })?.size ?? 0;

/** git 2.48 has a whole fetch make `refs/remotes/<remote>/HEAD` where there is none: it is given the occasion once. */
export function createExactChooser(commonDir: string): ExactChooser {
  const hadWhole = new Set<RemoteName>();
  const isWorthIt = ({ areMany }: NonNullable<HowToFetch['named']>): boolean =>
    areMany ?? packedBytes(commonDir) >= MANY_PACKED_BYTES;
  const namedRefspecs: ExactChooser['namedRefspecs'] = (remote, named) => {
    if (named === undefined || named.moves.length === 0) return undefined;
    const hasHead = (): boolean => existsSync(path.join(commonDir, 'refs/remotes', remote.name, 'HEAD'));
    if (!hadWhole.has(remote.name) && !hasHead()) return undefined;
    const fetch = exactFetch(named.moves, remote);
    return fetch.kind === 'exact' ? fetch.refspecs : undefined;
  };
  return {
    namedRefspecs,
    refspecsFor: (remote, named) => (named && isWorthIt(named) ? namedRefspecs(remote, named) : undefined),
    worked: (remote, isPart) => {
      if (!isPart) hadWhole.add(remote);
    },
  };
}

// Owns: a fetch of just the refs that are said to have moved, so that neither side lists the rest.
// Leaves: which refspecs these are (shared/refs/exact-fetch.ts), and the whole fetch (fetch.ts), which follows where this did not end well.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { exactFetch } from '../../shared/refs/exact-fetch.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import { type Beside, createBeside } from './beside/beside.ts';
import { fetchBeside, mayBeBeside } from './beside/fetch-beside.ts';
import { fetchArguments } from './fetch-commands.ts';
import { tellsOfMoves } from './fetch-words.ts';
import type { HowToFetch } from './git-requests.ts';
import { type Fetching, fetchOnce, type OneFetch } from './one-fetch.ts';
import type { DoneOutcome } from './operation.ts';

export interface ExactRequest extends Pick<OneFetch, 'relay'> {
  readonly remote: RemoteName;
  /** Each names one ref of the remote, and where it is kept; none: all is fetched. */
  readonly exact?: readonly string[];
  /** Where nothing but these is to come: so that git reads no other refs here, either. */
  readonly beside?: Beside;
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
  { remote, exact, beside, relay }: ExactRequest,
): Promise<FetchedExactly | undefined> {
  if (exact === undefined || exact.length === 0 || !isPlainHere(fetching.place.commonDir)) return undefined;
  const there = beside && (await fetchBeside(fetching, beside, { remote, exact, relay }));
  if (there?.kind === 'failed') return { outcome: undefined, moves: false };
  if (there?.kind === 'done') return { outcome: partDone(!there.moves), moves: there.moves };
  let runs = 0;
  const args = fetchArguments(remote, ['--no-prune'], exact);
  const onRun = (): void => {
    runs += 1;
  };
  const exit = await fetchOnce(fetching, { args, asked: exact, relay, onRun });
  const moves = tellsOfMoves(exit.stderr) || there?.moves === true;
  if (exit.status !== 0) return { outcome: undefined, moves };
  // As of a whole fetch: who lost a race finds here what another git has brought.
  return { outcome: partDone(!moves && runs === 1), moves };
}

const partDone = (nothingNew: boolean): DoneOutcome => ({ ok: true, isPart: true, ...(nothingNew && { nothingNew }) });

/** What a shallow clone ends at may be another with each ref that is brought. */
const isPlainHere = (commonDir: string | undefined): boolean =>
  commonDir !== undefined && !existsSync(path.join(commonDir, 'shallow'));

export interface ExactChooser {
  /** For what moved, if that is to be fetched alone. */
  readonly requestFor: (remote: Remote, named: HowToFetch['named']) => Pick<ExactRequest, 'exact' | 'beside'>;
  /** The refspecs for what moved, whether it is worth fetching it alone or not; undefined: that would not be all. */
  readonly refspecsFor: (remote: Remote, named: HowToFetch['named']) => readonly string[] | undefined;
  /** Some file of the config is another. */
  readonly configChanged: () => void;
  /** A fetch with it has worked. */
  readonly worked: (remote: RemoteName, isPart: boolean) => void;
}

/** About a thousand refs. Where more are packed here, the remote has as many, most likely. */
const MANY_PACKED_BYTES = 64 * 1024;

const packedBytes = (commonDir: string): number =>
  statSync(path.join(commonDir, 'packed-refs'), { throwIfNoEntry: false })?.size ?? 0;

/** git 2.48 has a whole fetch make `refs/remotes/<remote>/HEAD` where there is none: it is given the occasion once. */
export function createExactChooser(commonDir: string, besideDirectory: string): ExactChooser {
  const hadWhole = new Set<RemoteName>();
  const beside = createBeside(besideDirectory, commonDir);
  const isWorthIt = ({ areMany }: NonNullable<HowToFetch['named']>): boolean =>
    areMany ?? packedBytes(commonDir) >= MANY_PACKED_BYTES;
  const refspecsFor: ExactChooser['refspecsFor'] = (remote, named) => {
    if (named === undefined || named.moves.length === 0) return undefined;
    const hasHead = (): boolean => existsSync(path.join(commonDir, 'refs/remotes', remote.name, 'HEAD'));
    if (!hadWhole.has(remote.name) && !hasHead()) return undefined;
    const fetch = exactFetch(named.moves, remote);
    return fetch.kind === 'exact' ? fetch.refspecs : undefined;
  };
  return {
    refspecsFor,
    requestFor: (remote, named) => {
      const exact = named && isWorthIt(named) ? refspecsFor(remote, named) : undefined;
      return exact === undefined ? {} : { exact, ...(mayBeBeside(remote, named) && { beside }) };
    },
    configChanged: beside.configChanged,
    worked: (remote, isPart) => {
      if (!isPart) hadWhole.add(remote);
    },
  };
}

// Owns: a fetch of just the refs that are said to have moved, so that neither side lists the rest.
// Leaves: which refspecs these are (shared/refs/exact-fetch.ts), deleting what is gone (delete-named.ts), and the whole fetch (fetch.ts), which follows where this did not end well.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import { exactFetch } from '../../shared/refs/exact-fetch.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import { type Beside, createBeside } from './beside/beside.ts';
import { fetchBeside, mayBeBeside } from './beside/fetch-beside.ts';
import { deleteNamed, type NamedDeletions } from './delete-named.ts';
import { fetchArguments } from './fetch-commands.ts';
import { tellsOfMoves } from './fetch-words.ts';
import type { HowToFetch } from './git-requests.ts';
import { type Fetching, fetchOnce, type OneFetch } from './one-fetch.ts';
import type { DoneOutcome } from './operation.ts';

export interface ExactRequest extends Pick<OneFetch, 'relay'> {
  readonly remote: RemoteName;
  /** Each names one ref of the remote, and where it is kept; absent: all is fetched. */
  readonly exact?: readonly string[];
  /** What may have to be deleted besides. */
  readonly deletions?: NamedDeletions;
  /** As in FetchRequest. */
  readonly freshRelay?: Environment;
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
export async function fetchExactly(fetching: Fetching, request: ExactRequest): Promise<FetchedExactly | undefined> {
  const { remote, exact, deletions, freshRelay } = request;
  if (exact === undefined || !isPlainHere(fetching.place.commonDir)) return undefined;
  const fetched = exact.length === 0 ? NOTHING_MOVED : await fetchNamed(fetching, { ...request, exact });
  if (fetched.outcome === undefined || deletions === undefined) return fetched;
  const deleted = await deleteNamed(fetching, { remote, deletions, freshRelay });
  if (deleted === 'none') return fetched;
  return deleted === 'done' ? { outcome: partDone(false), moves: true } : { outcome: undefined, moves: fetched.moves };
}

async function fetchNamed(
  fetching: Fetching,
  { remote, exact, beside, relay }: ExactRequest & { readonly exact: readonly string[] },
): Promise<FetchedExactly> {
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
const NOTHING_MOVED: FetchedExactly = { outcome: partDone(true), moves: false };

/** What a shallow clone ends at may be another with each ref that is brought. */
const isPlainHere = (commonDir: string | undefined): boolean =>
  commonDir !== undefined && !existsSync(path.join(commonDir, 'shallow'));

export interface ExactChooser {
  /** For what moved, if that is to be fetched alone. `since`: what was told after that. */
  readonly requestFor: (
    remote: Remote,
    named: HowToFetch['named'],
    since: () => HowToFetch['named'],
  ) => Pick<ExactRequest, 'exact' | 'deletions' | 'beside'>;
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
  const fetchFor = (remote: Remote, named: HowToFetch['named']) => {
    if (named === undefined || named.moves.length === 0) return undefined;
    const hasHead = (): boolean => existsSync(path.join(commonDir, 'refs/remotes', remote.name, 'HEAD'));
    if (!hadWhole.has(remote.name) && !hasHead()) return undefined;
    const fetch = exactFetch(named.moves, remote);
    return fetch.kind === 'exact' ? fetch : undefined;
  };
  return {
    refspecsFor: (remote, named) => {
      const fetch = fetchFor(remote, named);
      return fetch && fetch.gone.length === 0 ? fetch.refspecs : undefined;
    },
    requestFor: (remote, named, since) => {
      const fetch = named && isWorthIt(named) ? fetchFor(remote, named) : undefined;
      if (fetch === undefined) return {};
      const { refspecs, gone } = fetch;
      const deletions: NamedDeletions = { gone, refspecs: remote.refs.refspecs, since: () => since()?.moves };
      return {
        exact: refspecs,
        ...(gone.length > 0 && { deletions }),
        ...(mayBeBeside(remote, named) && { beside }),
      };
    },
    configChanged: beside.configChanged,
    worked: (remote, isPart) => {
      if (!isPart) hadWhole.add(remote);
    },
  };
}

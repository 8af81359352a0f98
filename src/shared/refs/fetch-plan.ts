// Owns: what a fetch that nobody asked for may be given to do, from the refspecs and settings of its remote.
// Leaves: doing it (main/git/fetch.ts), and what becomes of refs that are not the remote's own (own-refs.ts).
import type { FetchPlan, RefName, WaitingRefspec } from '../remote.ts';
import { fullDestination, parseRefspec, type Refspec, starIn, storesRefs } from './refspec.ts';

export interface PlanInputs {
  readonly remote: string;
  /** `remote.<n>.fetch`; each is one that git takes. */
  readonly refspecs: readonly string[];
  readonly bare: boolean;
  /** `remote.<n>.mirror` */
  readonly mirror: boolean;
  readonly prunes: boolean;
  readonly prunesTags: boolean;
  /** The refspecs of all other remotes. */
  readonly others: readonly string[];
}

/** Whose refs are the remote's: there a fetch by hand and one of ours do the same. */
export const TRACKING = ['refs/remotes/', 'refs/prefetch/'];
const TAGS = 'refs/tags/*';

/** undefined: what the config says takes nothing away, or this is a mirror, whose refs are the remote's. */
export function planFetch(inputs: PlanInputs): FetchPlan | undefined {
  const { remote, refspecs, prunes, prunesTags, others } = inputs;
  if (isMirror(inputs)) return undefined;
  const all = parsed(refspecs);
  const positive = all.filter(({ refspec }) => !refspec.negative);
  const own = positive.filter(isOwn);
  const tracked = positive.filter((each) => !isOwn(each));
  const waiting = own.filter((each) => !isAllTags(each)).map(inWaitingRoom(remote));
  const elsewhere = [...parsed(others).filter(({ refspec }) => storesRefs(refspec)), ...own].map(destinationOf);
  const keepsAll = prunes && tracked.map(destinationOf).some((place) => elsewhere.some((other) => meet(place, other)));
  if (own.length === 0 && !prunesTags && !keepsAll) return undefined;
  const allTags = prunesTags || own.some(isAllTags);
  const texts = tracked.map(({ text }) => text);
  return {
    // git is never told of no refspec at all: it would take the config's.
    tracked: texts.length === 0 && allTags ? [`${TAGS}:${TAGS}`] : texts,
    keepsAll: keepsAll || texts.length === 0,
    allTags,
    waiting,
    negative: all.flatMap(({ text, refspec }) => (refspec.negative ? text : [])),
  };
}

/**
 * A bare repository that keeps all refs of a remote under their own names, by force; or one that calls the remote its
 * mirror, and keeps none of them but under its own name.
 */
export function isMirror({ bare, mirror, refspecs }: Pick<PlanInputs, 'bare' | 'mirror' | 'refspecs'>): boolean {
  if (!bare) return false;
  const stored = parsed(refspecs).flatMap(({ refspec }) => (storesRefs(refspec) ? [refspec] : []));
  const isWhole = stored.some((refspec) => refspec.force && refspec.source === 'refs/*' && isSameName(refspec));
  return isWhole || (mirror && stored.length > 0 && stored.every(isSameName));
}

/** The refspecs by which git deletes here what the remote has not got: of those of the config, or of a plan. */
export function prunedBy(inputs: PlanInputs, plan: FetchPlan | undefined): string[] {
  const { refspecs, prunes, prunesTags } = inputs;
  if (!prunes || plan?.keepsAll) return [];
  if (plan) return [...plan.tracked];
  return [...refspecs.filter((text) => !text.startsWith('^')), ...(prunesTags ? [`${TAGS}:${TAGS}`] : [])];
}

/** All that is below is the daemon's. */
export const WAITING_ROOMS = 'refs/prefetch/remote-daemon/';

/** Where refs of a remote wait; below it they are called as they are to be called, without `refs/`. */
export function waitingRoom(remote: string): string {
  const encoded = encodeURIComponent(remote).replace(/[.!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `${WAITING_ROOMS}${encoded}/`;
}

/** As what a ref is fetched by hand that is kept there: `source:destination`; undefined: by no refspec that waits. */
export function refspecFor(ref: RefName, waiting: readonly WaitingRefspec[]): string | undefined {
  for (const { source, destination } of waiting) {
    const star = starIn(destination)(ref);
    if (star !== undefined) return `${source.replace('*', () => star)}:${ref}`;
  }
  return undefined;
}

/** Whether a ref that is kept there may wait: git prunes neither what another config had wait, nor what `^` takes out. */
export function mayWait(ref: RefName, { waiting, negative }: Pick<FetchPlan, 'waiting' | 'negative'>): boolean {
  const isOut = (source: string): boolean =>
    negative.some((text) => starIn(text.slice(1))(source as RefName) !== undefined);
  return waiting.some(({ source, destination }) => {
    const star = starIn(destination)(ref);
    return star !== undefined && !isOut(source.replace('*', () => star));
  });
}

interface Parsed {
  readonly text: string;
  readonly refspec: Refspec;
}

const parsed = (texts: readonly string[]): Parsed[] =>
  texts.flatMap((text) => {
    const refspec = parseRefspec(text, 'fetch');
    return refspec ? { text, refspec } : [];
  });

const destinationOf = ({ refspec }: Parsed): string => fullDestination(refspec.destination ?? '');

/** Whether it keeps refs where this repository has its own. */
const isOwn = (each: Parsed): boolean =>
  storesRefs(each.refspec) && !TRACKING.some((place) => beforeStar(destinationOf(each)).startsWith(place));

const isSameName = ({ source, destination }: Refspec): boolean => source === destination;
const isAllTags = ({ refspec }: Parsed): boolean => refspec.source === TAGS && isSameName(refspec);

const inWaitingRoom =
  (remote: string) =>
  (each: Parsed): WaitingRefspec => {
    const { source } = each.refspec;
    const destination = destinationOf(each);
    const place = waitingRoom(remote) + destination.slice('refs/'.length);
    return { text: `+${source}:${place}`, source, destination };
  };

const beforeStar = (pattern: string): string => pattern.split('*', 1)[0] ?? '';

/** Whether one name could be of both; rather once too often yes. */
export function meet(one: string, other: string): boolean {
  if (one === '' || other === '') return false;
  const [short, long] = [beforeStar(one), beforeStar(other)].sort((a, b) => a.length - b.length) as [string, string];
  const shortPattern = short === beforeStar(one) ? one : other;
  return shortPattern.includes('*') ? long.startsWith(short) : one === other;
}

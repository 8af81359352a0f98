// Owns: refspecs: what one says, whether a fetch could move local branches, and where a push would go.
// Leaves: which refspecs a remote has (main/config), and running git (main/git).
import { parseRefName, type RefName } from '../remote.ts';

export interface Refspec {
  readonly force: boolean;
  /** `^ref`: takes out what others match. */
  readonly negative: boolean;
  /** Full or short ref name, with at most one `*`, or an object name; empty: HEAD (fetch), a deletion (push). */
  readonly source: string;
  /** undefined where there is no colon; empty: nothing is stored (fetch). */
  readonly destination: string | undefined;
}

/** Reads a refspec (git, refspec.c); undefined for what git refuses. `:` alone is the matching refspec of a push. */
export function parseRefspec(text: string, direction: 'fetch' | 'push'): Refspec | undefined {
  const force = text.startsWith('+');
  const negative = text.startsWith('^');
  const body = force || negative ? text.slice(1) : text;
  const colon = body.lastIndexOf(':');
  const source = colon === -1 ? body : body.slice(0, colon);
  const destination = colon === -1 ? undefined : body.slice(colon + 1);
  const refspec = { force, negative, source: source === '@' ? 'HEAD' : source, destination };
  if (negative) return colon === -1 && isRefPattern(source) && !isObjectName(source) ? refspec : undefined;
  const valid = direction === 'fetch' ? isValidFetch(refspec) : isValidPush(refspec);
  return valid ? refspec : undefined;
}

/** Whether a fetch by this refspec stores something here. */
export const storesRefs = (refspec: Refspec): boolean => !refspec.negative && Boolean(refspec.destination);

/** Whether a fetch by this refspec can move a local branch; rather too often yes than once wrongly no. */
export function reachesBranches(refspec: Refspec): boolean {
  if (!storesRefs(refspec)) return false;
  const [prefix = '', ...afterStar] = fullDestination(refspec.destination ?? '').split('*');
  return afterStar.length > 0
    ? BRANCHES.startsWith(prefix) || prefix.startsWith(BRANCHES)
    : prefix.startsWith(BRANCHES);
}

/** `remote.<n>.push` as far as it can be obeyed without force: safe refspecs, no `+`; and those that are passed over. */
export function safePushRefspecs(texts: readonly string[]): { safe: string[]; passedOver: string[] } {
  const safe: string[] = [];
  const passedOver: string[] = [];
  for (const text of texts) {
    const refspec = parseRefspec(text, 'push');
    if (refspec && (refspec.negative || canBePushed(refspec))) safe.push(text.replace(/^\+/, ''));
    else passedOver.push(text);
  }
  return { safe, passedOver };
}

/**
 * Where a push takes local refs, by `remote.<n>.push`; without refspecs to their own names. Never a deletion: a refspec
 * without a source maps nothing, and neither does `:`, as which refs the remote has is not known here.
 */
export function mapPush(refspecs: readonly string[]): (ref: RefName) => readonly RefName[] {
  if (refspecs.length === 0) return (ref) => [ref];
  const parsed = refspecs.flatMap((text) => parseRefspec(text, 'push') ?? []);
  const negative = parsed.filter((refspec) => refspec.negative);
  const positive = parsed.filter(canBePushed);
  return (ref) => {
    if (negative.some(({ source }) => matchOf(source, ref) !== undefined)) return [];
    return [...new Set(positive.flatMap((refspec) => destinationOf(refspec, ref) ?? []))];
  };
}

/** Says what the star of a full pattern stands for in a ref ('' without a star); undefined if they do not match. */
export function starIn(pattern: string): (ref: RefName) => string | undefined {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return (ref) => (ref === pattern ? '' : undefined);
  const leastLength = before.length + after.length;
  return (ref) => {
    const fits = ref.length >= leastLength && ref.startsWith(before) && ref.endsWith(after);
    return fits ? ref.slice(before.length, ref.length - after.length) : undefined;
  };
}

const BRANCHES = 'refs/heads/';
const isObjectName = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text);

/** A ref name, full or short, with at most one `*` anywhere (git-check-ref-format(1), --refspec-pattern). */
function isRefPattern(text: string): boolean {
  const stars = text.split('*').length - 1;
  const name = text.replace('*', 'x');
  return stars <= 1 && name !== '@' && !name.startsWith('/') && parseRefName(`refs/${name}`) !== undefined;
}

const hasStar = (text: string | undefined): boolean => text?.includes('*') ?? false;

function isValidFetch({ source, destination }: Refspec): boolean {
  if (hasStar(source) !== hasStar(destination)) return false;
  const sourceFits = source === '' || isObjectName(source) || isRefPattern(source);
  return sourceFits && (!destination || isRefPattern(destination));
}

function isValidPush({ source, destination }: Refspec): boolean {
  if (source === '' && destination === '') return true;
  if (destination === undefined) return isRefPattern(source);
  if (hasStar(source) !== hasStar(destination)) return false;
  return isRefPattern(destination) && (!hasStar(source) || isRefPattern(source));
}

/** What git makes of a right side without `refs/` when it fetches (git, remote.c, get_local_ref). */
export function fullDestination(destination: string): string {
  if (destination.startsWith('refs/') || hasStar(destination)) return destination;
  return /^(?:heads|tags|remotes)\//.test(destination) ? `refs/${destination}` : `${BRANCHES}${destination}`;
}

/** Neither negative, nor a deletion, nor `:`. HEAD and expressions such as `main~1` name no ref that could move. */
function canBePushed({ negative, source }: Refspec): boolean {
  return !negative && source !== '' && source !== 'HEAD' && isRefPattern(source);
}

function destinationOf({ source, destination }: Refspec, ref: RefName): RefName | undefined {
  const star = matchOf(source, ref);
  if (star === undefined) return undefined;
  if (destination === undefined) return ref;
  const named = destination.replace('*', () => star);
  if (named.startsWith('refs/')) return parseRefName(named);
  // git guesses the same: a branch becomes a branch, a tag a tag (git-push(1)).
  const [kind] = /^refs\/(?:heads|tags)\//.exec(ref) ?? [];
  return kind === undefined || hasStar(destination) ? undefined : parseRefName(`${kind}${named}`);
}

/** As `starIn`; without a star a pattern may also be short. */
function matchOf(pattern: string, ref: RefName): string | undefined {
  if (hasStar(pattern)) return starIn(pattern)(ref);
  const spellings = [pattern, `refs/${pattern}`, `refs/tags/${pattern}`, `${BRANCHES}${pattern}`];
  return spellings.includes(ref) ? '' : undefined;
}

// Owns: which refs a fetch moved, as git's own rows say it while it runs, with their names in full. Pure.
// Leaves: rows of refs that did not move (fetch-words.ts), what no row says (moved-objects.ts), and the fetch (fetch.ts).
import type { RefMove } from '../../shared/events.ts';
import { fullDestination, parseRefspec, type Refspec, starIn, storesRefs } from '../../shared/refs/refspec.ts';
import { parseObjectName, parseRefName, type RefName } from '../../shared/remote.ts';

/** Two names of refs and two of objects; longer is no row. */
const ROW_CHARACTERS = 12 * 1024;

/** Takes stderr as it comes, cut anywhere, and hands out each line that may be a row. */
export function createRowReader(onRow: (row: string) => void): (chunk: string) => void {
  /** The line that has no end yet; undefined: it is none, or too long. */
  let begun: string | undefined = '';
  return (chunk) => {
    const [rest = '', ...whole] = chunk.split(/[\r\n]/).reverse();
    for (const piece of whole.reverse()) {
      if (begun !== undefined && isRow(begun + piece)) onRow(begun + piece);
      begun = '';
    }
    // What another one says on the same pipe may be of any length.
    if (begun !== undefined) begun = isRow(begun + rest) ? begun + rest : undefined;
  };
}

/** Also of what may become one. */
const isRow = (line: string): boolean => line.length <= ROW_CHARACTERS && /^(?:$| (?:$|[ *+t](?:$| )))/.test(line);

/** `fetch.output=full`, `core.abbrev=no` (git-fetch(1), OUTPUT). */
const ROW = /^ ([ *+t]) (?:\[([^\]]*)\]|([0-9a-f]+)\.\.\.?([0-9a-f]+)) +(\S+) +-> (\S+)/;

/** undefined: the line tells of no ref that moved. `asked`: the refspecs that git went by. */
export function readRow(row: string, asked: readonly string[]): RefMove | undefined {
  const [, flag = '', summary = '', from = '', to = '', theirs = '', ours = ''] = ROW.exec(row) ?? [];
  const how = HOW[flag];
  if (how === undefined || ours === '') return undefined;
  const ref = parseRefName(fullName(flag, summary, theirs, ours, asked));
  if (ref === undefined) return undefined;
  const [old, now] = [parseObjectName(from), parseObjectName(to)];
  return { ref, ...(old !== undefined && { old }), ...(now !== undefined && { new: now }), how };
}

const HOW: Readonly<Record<string, RefMove['how']>> = { ' ': 'forwarded', '*': 'new', '+': 'forced', t: 'forced' };

/** git leaves these out where it shows a name (refs.c, prettify_refname; builtin/fetch.c). */
const LEFT_OUT = ['refs/heads/', 'refs/tags/', 'refs/remotes/'] as const;

/** By the refspecs; where they do not tell, as they mostly are. */
function fullName(flag: string, summary: string, theirs: string, ours: string, asked: readonly string[]): string {
  if (ours.startsWith('refs/')) return ours;
  // A tag that is here is told as one; one that is new as what the remote has it for.
  if (flag === 't') return `refs/tags/${ours}`;
  const sources = sourcesOf(summary, theirs);
  for (const text of asked) {
    const refspec = parseRefspec(text, 'fetch');
    if (refspec === undefined || !storesRefs(refspec)) continue;
    const place = placesOf(refspec, sources).find((each) => shown(each) === ours);
    if (place !== undefined) return place;
  }
  if (summary === 'new tag') return `refs/tags/${ours}`;
  return (theirs === ours ? 'refs/heads/' : 'refs/remotes/') + ours;
}

/** What the remote may call it in full. */
function sourcesOf(summary: string, theirs: string): readonly string[] {
  if (theirs.startsWith('refs/')) return [theirs];
  if (summary === 'new branch') return [`refs/heads/${theirs}`];
  if (summary === 'new tag') return [`refs/tags/${theirs}`];
  if (summary === 'new ref') return [`refs/remotes/${theirs}`, theirs];
  return [...LEFT_OUT.map((place) => place + theirs), theirs];
}

function placesOf({ source, destination = '' }: Refspec, sources: readonly string[]): string[] {
  if (source.includes('*')) {
    const stars = sources.flatMap((each) => starIn(source)(each as RefName) ?? []);
    return stars.map((star) => destination.replace('*', () => star));
  }
  const spellings = [source, `refs/${source}`, ...LEFT_OUT.map((place) => place + source)];
  const isMeant = source === '' ? sources.includes('HEAD') : spellings.some((each) => sources.includes(each));
  return isMeant ? [fullDestination(destination)] : [];
}

const shown = (ref: string): string => {
  const place = LEFT_OUT.find((each) => ref.startsWith(each));
  return place === undefined ? ref : ref.slice(place.length);
};

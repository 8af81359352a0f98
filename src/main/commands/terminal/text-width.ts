// Owns: how many columns of a terminal a text takes, and cutting and breaking it by these. The only fast-string-truncated-width.
// Leaves: making it fit to be shown at all (shared/printable.ts), and what stands where (status/render.ts).
import columnsOf from 'fast-string-truncated-width';

const CUT = '…';
/** What a reader takes for one character may be many: an emoji of a family, a letter and its accents. */
const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A letter of Chinese takes two, an accent of its own none. */
export const textWidth = (text: string): number => columnsOf(text).width;

/** At most so many columns, with … where it was cut. */
export function cutToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  return columns < 1 ? '' : `${begins(text, columns - 1).trimEnd()}${CUT}`;
}

/** As long as that. */
export const padToWidth = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - textWidth(text)));

/** Lines of at most so many columns, broken between words where that can be; what follows the first is set in. */
export function wrapToWidth(text: string, columns: number, setIn: string): string[] {
  const lines: string[] = [];
  const indent = textWidth(setIn) * 2 < columns ? setIn : '';
  let line = /^ */.exec(text)?.[0] ?? '';
  let isEmpty = true;
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const joined = isEmpty ? line + word : `${line} ${word}`;
    if (textWidth(joined) <= columns) {
      line = joined;
      isEmpty = false;
      continue;
    }
    if (!isEmpty) lines.push(line);
    let rest = isEmpty ? joined : indent + word;
    for (let begun = begins(rest, columns, 1); begun.length < rest.length; begun = begins(rest, columns, 1)) {
      lines.push(begun);
      rest = indent + rest.slice(begun.length);
    }
    line = rest;
    isEmpty = false;
  }
  return [...lines, line];
}

/** As many whole characters as fit, but no fewer than `least` that can be seen. */
function begins(text: string, columns: number, least = 0): string {
  let [begun, width, seen] = ['', 0, 0];
  for (const { segment } of characters.segment(text)) {
    width += textWidth(segment);
    if (width > columns && seen >= least) break;
    begun += segment;
    if (segment !== ' ') seen += 1;
  }
  return begun;
}

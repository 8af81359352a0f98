// Owns: text in lines of so many columns, as a terminal shows them.
// Leaves: what is said (help.ts).

export interface Margins {
  readonly columns: number;
  /** Before the first line; it has no line breaks. */
  readonly first?: string;
  /** How far the lines behind it are indented. */
  readonly indent?: number;
}

/** Breaks between the pieces only. One that is longer than a line stands alone in its line. Ends with a line break. */
export function wrapped(pieces: readonly string[], { columns, first = '', indent = 0 }: Margins): string {
  const margin = ' '.repeat(indent);
  const lines: string[] = [];
  let line = first;
  let isBegun = false;
  for (const piece of pieces) {
    const longer = isBegun ? `${line} ${piece}` : `${line}${piece}`;
    if (isBegun && longer.length > columns) {
      lines.push(line);
      line = margin + piece;
    } else {
      line = longer;
    }
    isBegun = true;
  }
  return [...lines, line].map((text) => `${text.trimEnd()}\n`).join('');
}

/** A paragraph, broken at its blanks. */
export const paragraph = (text: string, margins: Margins): string => wrapped(text.split(' '), margins);

/** Names and what each is, side by side; where there is not the room for that, one below the other. */
export function definitions(entries: readonly (readonly [name: string, text: string])[], columns: number): string {
  const isNarrow = columns < NARROW;
  const longest = Math.max(...entries.map(([name]) => name.length));
  const indent = isNarrow ? 2 * STEP : Math.min(MOST_NAME, longest) + STEP + GAP;
  return entries
    .map(([name, text]) => {
      const label = `${' '.repeat(STEP)}${name}`;
      const fits = !isNarrow && label.length + GAP <= indent;
      const first = fits ? label.padEnd(indent) : ' '.repeat(indent);
      return (fits ? '' : `${label.trimEnd()}\n`) + paragraph(text, { columns, first, indent });
    })
    .join('');
}

const STEP = 4;
const GAP = 2;
/** Columns of a terminal that has no room for two of text. */
const NARROW = 60;
/** Characters of a name that the others are still lined up by. */
const MOST_NAME = 34;

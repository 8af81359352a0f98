// Owns: which of the words that there are somebody may have meant by one that there is not.
// Leaves: saying so (main/config/key-names.ts, main/commands/command-line.ts).

const MOST_EDITS = 3;
/** One edit for so many letters: of three letters anything else would be near. */
const LETTERS_FOR_AN_EDIT = 3;
/** So much of the beginning of a word names it, where no other begins so. */
const BEGINNING_LETTERS = 3;

/** The nearest, regardless of case; undefined: none is near. */
export function nearest(meant: string, words: readonly string[]): string | undefined {
  const wanted = meant.toLowerCase();
  const [begins, ...others] = words.filter((word) => word.toLowerCase().startsWith(wanted));
  if (wanted.length >= BEGINNING_LETTERS && begins !== undefined && others.length === 0) return begins;
  const [best] = words
    .filter((word) => Math.abs(word.length - wanted.length) <= MOST_EDITS)
    .map((word) => ({ word, distance: editDistance(word.toLowerCase(), wanted) }))
    .toSorted((one, other) => one.distance - other.distance);
  return best && best.distance <= mostEdits(Math.max(best.word.length, wanted.length)) ? best.word : undefined;
}

const mostEdits = (letters: number): number => Math.min(MOST_EDITS, Math.floor(letters / LETTERS_FOR_AN_EDIT));

/** How many characters have to be put in, taken out, exchanged for another or with the one beside them (Damerau). */
function editDistance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let line = 1; line <= one.length; line++) {
    const [row = [], before = []] = [rows[line - 1], rows[line - 2]];
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const exchanged = at(row, column - 1) + (one[line - 1] === other[column - 1] ? 0 : 1);
      const isTurned =
        line > 1 && column > 1 && one[line - 1] === other[column - 2] && one[line - 2] === other[column - 1];
      const turned = isTurned ? at(before, column - 2) + 1 : exchanged;
      next.push(Math.min(exchanged, turned, at(row, column) + 1, at(next, column - 1) + 1));
    }
    rows.push(next);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

const at = (row: readonly number[], column: number): number => row[column] ?? 0;

// Owns: which of the words that there are somebody may have meant by one that there is not.
// Leaves: saying so (main/config/key-names.ts, main/commands/command-line.ts).

const MOST_EDITS = 3;

/** The nearest, regardless of case; undefined: none is near. */
export function nearest(meant: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, distance: editDistance(word.toLowerCase(), meant.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  return best && best.distance <= MOST_EDITS && best.distance < best.word.length ? best.word : undefined;
}

/** How many characters have to be put in, taken out or exchanged (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [line, character] of [...one].entries()) {
    const next = [line + 1];
    for (let column = 1; column <= other.length; column++) {
      const exchanged = (row[column - 1] ?? 0) + (character === other[column - 1] ? 0 : 1);
      next.push(Math.min(exchanged, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

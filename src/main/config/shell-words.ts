// Owns: cutting a simple shell command into words without a shell.
// Leaves: commands that need one: they are told apart, not guessed at.

/** Blanks, '…', "…" without expansions, `\x`, plain characters, `~`; what a shell would act on is in none of them. */
const PIECE = /([ \t]+)|'([^']*)'|"((?:[^"$`\\]|\\["\\$`])*)"|\\([^\n])|([^\s'"\\$`;&|<>()*?[\]{}#!~]+)|(~)/y;

/** The words of a command, `~/` at their start expanded; undefined if only a shell could tell them. */
export function splitShellWords(command: string, home: string | undefined): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < command.length) {
    const [piece, blank, single, double, escaped, plain] = PIECE.exec(command) ?? [];
    if (piece === undefined) return undefined;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const isHome = piece === '~' && word === undefined;
    if (isHome && (!home || !/[/ \t]|$/y.test(command.slice(PIECE.lastIndex, PIECE.lastIndex + 1)))) return undefined;
    const text = isHome ? home : (single ?? double?.replace(/\\(.)/gs, '$1') ?? escaped ?? plain ?? '~');
    word = (word ?? '') + text;
  }
  return word === undefined ? words : [...words, word];
}

// Owns: how wide the terminal is that stdout is.
// Leaves: what is done about it (../status/render.ts).

const USUAL = 80;
/** Less is no terminal that anybody reads, and more no line. */
const [LEAST, MOST] = [10, 1_000];

/** Columns, as git counts them: what COLUMNS says, or what the terminal does. undefined: it is none. */
export function terminalWidth(
  { isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> = process.stdout,
  { COLUMNS }: NodeJS.ProcessEnv = process.env,
): number | undefined {
  if (!isTTY) return undefined;
  const said = Number(COLUMNS);
  return Math.min(Math.max(said > 0 ? Math.floor(said) : columns || USUAL, LEAST), MOST);
}

// Owns: whether a path, as text, still names what it was read from: Node makes U+FFFD of bytes that are not UTF-8.
// Leaves: what is said of it to whom (main/host/working-directory.ts, main/config/repository.ts).
import fs from 'node:fs';

const REPLACED = '\uFFFD';

/** Why nothing can be done at a path, in words for a user; undefined for one that names what it should. */
export function whyUnnamable(at: string): string | undefined {
  // The character may also stand there by itself: then the path leads somewhere.
  if (!at.includes(REPLACED) || fs.existsSync(at)) return undefined;
  return `the path ${at} is not UTF-8, so that it cannot be named here: rename what is in it`;
}

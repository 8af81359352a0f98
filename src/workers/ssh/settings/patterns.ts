// Owns: ssh's patterns (ssh_config(5), PATTERNS) and its notion of small letters. Pure.
// Leaves: what is matched by them (known-hosts-lines.ts, settings.ts).

/** `*` and `?`. Written out, since a regular expression of many stars can take for ever. */
export function globMatches(pattern: string, text: string): boolean {
  let star = -1;
  let retry = 0;
  let at = 0;
  let next = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      retry = at;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star !== -1) {
      next = star + 1;
      at = ++retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}

/** Of a longer one ssh says that it matches nothing (match.c). */
const LONGEST_PATTERN = 1022;

/** A list of patterns between commas, of which those after a `!` take out again what others match; letters are small. */
export function listMatches(list: string, text: string): boolean {
  let matches = false;
  for (const word of list.split(',')) {
    const isNegated = word.startsWith('!');
    const pattern = asciiLowerCase(isNegated ? word.slice(1) : word);
    if (pattern.length > LONGEST_PATTERN) return false;
    if (!globMatches(pattern, text)) continue;
    if (isNegated) return false;
    matches = true;
  }
  return matches;
}

/** ssh knows of no others: `İ` stays what it is. */
export const asciiLowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

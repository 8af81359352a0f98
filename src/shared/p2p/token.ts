// Owns: what a token is, by which a peer is let in, and comparing two without telling how much of them is the same.
// Leaves: making one (main/peers), and the files that hold them (credentials.ts).

declare const brand: unique symbol;
export type Token = string & { readonly [brand]: 'Token' };

/** What git-annex makes is so long (Utility/AuthToken.hs). */
export const TOKEN_LENGTH = 128;
/** Longer than any, and short enough for a line. */
const MOST_LENGTH = 1_024;

/** Capitals are folded, as git-annex does. No characters are no token, which to git-annex they would be. */
export function parseToken(text: string): Token | undefined {
  return text.length <= MOST_LENGTH && /^[a-z0-9]+$/i.test(text) ? (text.toLowerCase() as Token) : undefined;
}

/** Takes as long for any `given` of the same length, whichever of its characters are right. */
export function isSameToken(known: Token, given: Token): boolean {
  let differs = known.length ^ given.length;
  for (let at = 0; at < given.length; at += 1) differs |= given.charCodeAt(at) ^ known.charCodeAt(at % known.length);
  return differs === 0;
}

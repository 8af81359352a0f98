// Owns: making a token, and what a token is called where it must not stand itself.
// Leaves: what a token is (shared/p2p/token.ts), and where it is kept (credentials.ts).
import { createHash, randomInt } from 'node:crypto';
import { parseToken, TOKEN_LENGTH, type Token } from '../../shared/p2p/token.ts';

const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** As long as git-annex's, of all the characters that it allows: 661 bits. */
export function newToken(): Token {
  const text = Array.from({ length: TOKEN_LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
  const token = parseToken(text);
  if (token === undefined) throw new Error('a token that was made is none');
  return token;
}

/** The first half of its SHA-256 in hex: tells which it is, and nothing by which one could get in. */
export const idOfToken = (token: Token): string => createHash('sha256').update(token).digest('hex').slice(0, 32);

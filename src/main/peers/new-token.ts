// Owns: making a token.
// Leaves: what a token is (shared/p2p/token.ts), and where it is kept (credentials.ts).
import { randomInt } from 'node:crypto';
import { parseToken, TOKEN_LENGTH, type Token } from '../../shared/p2p/token.ts';

const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** As long as git-annex's, of all the characters that it allows: 661 bits. */
export function newToken(): Token {
  const text = Array.from({ length: TOKEN_LENGTH }, () => CHARACTERS[randomInt(CHARACTERS.length)]).join('');
  const token = parseToken(text);
  if (token === undefined) throw new Error('a token that was made is none');
  return token;
}

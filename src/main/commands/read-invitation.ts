// Owns: reading an invitation as people hand it on: wrapped by a mail program, quoted, with blanks around it.
// Leaves: what it means (shared/p2p/address.ts), and what is made of it (peer-accept.ts).
import { type Invitation, parseInvitation, type Unreadable } from '../../shared/p2p/address.ts';
import { TOKEN_LENGTH } from '../../shared/p2p/token.ts';
import { UserError } from '../user-error.ts';

const MOST_BYTES = 8 * 1024;

/** Nothing in an invitation is a blank, and it begins with a letter and ends with one or a digit. */
export function invitationIn(text: string): Invitation | Unreadable {
  const joined = text
    .split(/\r?\n/)
    // A mail that was answered has it behind such.
    .map((line) => line.replace(/^[\s>|]+/, ''))
    .join('')
    .replace(/[\s\p{Cf}]/gu, '');
  if (!joined.includes('annex::')) return { why: 'one begins with tor-annex:: or p2p-annex::' };
  const read = parseInvitation(joined.replace(/^[^a-z]+/, '').replace(/[^a-z0-9]+$/i, ''));
  if ('why' in read || read.token.length >= TOKEN_LENGTH) return read;
  return { why: `its end is missing: of ${TOKEN_LENGTH} characters of its token there are ${read.token.length}` };
}

/** What is on stdin up to the end of an invitation, of a line that can be none, or of all. A person is told what is waited for. */
export async function readInvitation(): Promise<string> {
  const { stdin, stderr } = process;
  if (stdin.isTTY) stderr.write('invitation: ');
  let bytes = Buffer.alloc(0);
  try {
    for await (const chunk of stdin) {
      bytes = Buffer.concat([bytes, Buffer.from(chunk)]);
      const isLine = bytes.at(-1) === 0x0a;
      if (isLine && isEnough(bytes.toString('utf8'))) break;
      if (bytes.length > MOST_BYTES) throw new UserError('what is on stdin is too long for an invitation');
      if (isLine && stdin.isTTY) stderr.write('it goes on (an empty line ends it): ');
    }
  } finally {
    stdin.destroy();
  }
  const text = bytes.toString('utf8');
  if (text.trim() === '') throw new UserError('nothing was read from stdin');
  return text;
}

/** `text`: whole lines. */
function isEnough(text: string): boolean {
  const begun = text.trimStart();
  if (begun === '') return false;
  const isEnded = /\n[ \t\r]*\n$/.test(begun);
  return isEnded || !begun.includes('annex::') || !('why' in invitationIn(text));
}

// Owns: what the service of a repository is called.
// Leaves: who calls it so (systemd.ts, launchd.ts, autostart.ts).
import { createHash } from 'node:crypto';
import path from 'node:path';

export const TEMPLATE = 'git-remote-daemon@.service';
/** What systemd takes as a unit's name, in bytes. */
const LONGEST_UNIT = 255;

export const unitOf = (instance: string): string => TEMPLATE.replace('@', `@${instance}`);

/** As `systemd-escape --path` names it. `top`: an absolute path without `..`, or empty parts. */
export function escapedPath(top: string): string {
  const inner = top.replace(/^\/+|\/+$/g, '');
  if (inner === '') return '-';
  const bytes = [...Buffer.from(inner)];
  return bytes.map((byte, index) => escapedByte(byte, index === 0)).join('');
}

function escapedByte(byte: number, isFirst: boolean): string {
  const character = String.fromCharCode(byte);
  if (character === '/') return '-';
  if (/[A-Za-z0-9:_]/.test(character) || (character === '.' && !isFirst)) return character;
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** Why none can be made for a repository there; undefined: one can. */
export function whyNoService(top: string): string | undefined {
  // Files of services are made of lines.
  if (/\p{Cc}/u.test(top))
    return 'its path holds a line feed or another control character, which no service can: rename it';
  return undefined;
}

export function whyNoUnit(top: string): string | undefined {
  const length = unitOf(escapedPath(top)).length;
  if (length <= LONGEST_UNIT) return undefined;
  return (
    `its path is too long for the name of a systemd unit, which takes ${LONGEST_UNIT} characters, and this ${length} ` +
    '(four for each byte that is no plain letter): move it to a shorter one'
  );
}

/** For those that need only be told apart: readable, and no two repositories have the same. */
export function plainName(top: string): string {
  const readable = path
    .basename(top)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, 40);
  const hash = createHash('sha256').update(top).digest('hex').slice(0, 12);
  return ['git-remote-daemon', readable, hash].filter((part) => part !== '').join('.');
}

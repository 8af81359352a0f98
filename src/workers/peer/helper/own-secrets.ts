// Owns: the accounts of secrets.ini for programs beside the daemon: as much of it as needs no guessing.
// Leaves: all that may stand in it (main/config/secrets.ts), and the accounts (../network).
import fs from 'node:fs';
import path from 'node:path';
import type { NetworkSecrets } from '../../../shared/p2p/network-settings.ts';
import { printable } from '../../../shared/printable.ts';
import { CannotHelp } from './cannot-help.ts';

const OTHERS_MAY = 0o077;
const MOST_BYTES = 1024 * 1024;
/** What ini reads as it stands, quoted or not. */
const PLAIN = /^[\w.:/~@+-]+$/;

/** Of that network: none where there is no file. Throws CannotHelp, which names the line. */
export function ownSecrets(gitDir: string, network: string): NetworkSecrets {
  const file = path.join(gitDir, 'remote-daemon', 'secrets.ini');
  const shown = printable(file);
  const accounts = new Map<string, Map<string, string>>();
  let into: Map<string, string> | undefined;
  for (const [index, line] of readPrivate(file, shown)
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (/^\s*(?:[;#]|$)/.test(line)) continue;
    const section = /^\s*\[(.*)\]\s*$/.exec(line);
    if (section) {
      const [, name, account] = /^([\w-]+)[ \t]+"([^"\\]+)"$/.exec(section[1] ?? '') ?? [];
      into = name === network && account !== undefined ? (accounts.get(account) ?? new Map()) : undefined;
      if (into !== undefined && account !== undefined) accounts.set(account, into);
      continue;
    }
    if (into === undefined) continue;
    const [, key, value] = /^\s*"?([a-z]+)"?\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const text = value === undefined ? undefined : valueIn(value);
    if (key === undefined || text === undefined)
      throw new CannotHelp(`${shown}, line ${index + 1}: put the value in double quotes, with JSON's escapes`);
    into.set(key, text);
  }
  return Object.fromEntries([...accounts].map(([account, keys]) => [account, Object.fromEntries(keys)]));
}

function valueIn(written: string): string | undefined {
  if (PLAIN.test(written)) return written;
  try {
    const value: unknown = JSON.parse(written);
    return typeof value === 'string' ? value : undefined;
  } catch {
    // The caller says so, with the line's number.
    return undefined;
  }
}

function readPrivate(file: string, shown: string): string {
  const seen = fs.lstatSync(file, { throwIfNoEntry: false });
  if (seen === undefined) return '';
  if (!seen.isFile() || seen.size > MOST_BYTES) throw new CannotHelp(`${shown} is no plain file of a usual size`);
  const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  try {
    const { mode, uid } = fs.fstatSync(descriptor);
    if (uid !== process.geteuid?.()) throw new CannotHelp(`${shown} belongs to another user`);
    if (mode & OTHERS_MAY) throw new CannotHelp(`${shown} is open to other users: chmod 600 it`);
    return fs.readFileSync(descriptor, 'utf8').replace(/^\uFEFF/, '');
  } finally {
    fs.closeSync(descriptor);
  }
}

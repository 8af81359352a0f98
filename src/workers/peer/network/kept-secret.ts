// Owns: a secret of one network below .git/annex/creds, such as a key: made once, private, and read safely.
// Leaves: what it is, and how one is made (each network).
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { meaningOf } from '../../../shared/system/errno.ts';
import { errorCode } from '../../../shared/system/error-code.ts';

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const OTHERS_MAY = 0o077;
const MOST_BYTES = 64 * 1024;

export interface SecretPlace {
  /** The common git dir. */
  readonly gitDir: string;
  /** Of the file; no other network has one of that name. */
  readonly name: string;
}

/**
 * The text of that file, which is made from `make` where there is none; of two who make it at once one wins, and both
 * have the same. Throws a DaemonError that says what to do.
 */
export function keptSecret({ gitDir, name }: SecretPlace, make: () => string): string {
  const annex = path.join(gitDir, 'annex');
  const file = path.join(annex, 'creds', name);
  try {
    const kept = readPrivate(file);
    if (kept !== undefined) return kept;
    fs.mkdirSync(annex, { recursive: true });
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: PRIVATE_DIRECTORY });
    putWhole(file, make());
    return readPrivate(file) ?? fail(`${printable(file)} comes and goes`);
  } catch (error) {
    const code = errorCode(error);
    if (error instanceof DaemonError || code === undefined) throw error;
    const lasting = meaningOf(code) === 'passes' ? 'not-now' : 'not-set-up';
    throw new DaemonError(lasting, `${printable(file)} cannot be read or made: ${code}`, { cause: error });
  }
}

const fail = (why: string): never => {
  throw new DaemonError('not-set-up', why);
};

/** undefined: there is none. */
function readPrivate(file: string): string | undefined {
  const seen = fs.lstatSync(file, { throwIfNoEntry: false });
  if (seen === undefined) return undefined;
  // Before it is opened: a device may act on that alone.
  refuseOdd(file, seen);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = fs.fstatSync(descriptor);
    refuseOdd(file, found);
    const buffer = Buffer.alloc(Math.min(found.size, MOST_BYTES));
    return buffer.toString('utf8', 0, fs.readSync(descriptor, buffer, 0, buffer.length, 0));
  } finally {
    fs.closeSync(descriptor);
  }
}

function refuseOdd(file: string, found: fs.Stats): void {
  const { uid, mode, size } = found;
  const shown = printable(file);
  if (!found.isFile()) fail(`${shown} is no plain file: move it away`);
  if (process.geteuid !== undefined && uid !== process.geteuid()) fail(`${shown} belongs to another user (uid ${uid})`);
  if (mode & OTHERS_MAY) fail(`${shown} is open to other users: chmod 600 it, or remove it to have a new one`);
  if (size > MOST_BYTES) fail(`${shown} is too large: remove it to have a new one`);
}

/** Whoever finds it finds all of it; one that is there already stays. */
function putWhole(file: string, content: string): void {
  const fresh = `${file}.${randomBytes(6).toString('hex')}`;
  fs.writeFileSync(fresh, content, { mode: PRIVATE_FILE, flag: 'wx', flush: true });
  try {
    fs.chmodSync(fresh, PRIVATE_FILE);
    fs.linkSync(fresh, file);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    // A file system without hard links: two at once are rare.
    if (!fs.existsSync(file)) fs.renameSync(fresh, file);
  } finally {
    fs.rmSync(fresh, { force: true });
  }
}

// Owns: where the sockets of relays may be made, and that no such place is left behind.
// Leaves: the sockets themselves (workers/upload-pack/relay.ts), and naming them (the supervisor).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCode } from '../../shared/system/error-code.ts';
import { checkPrivate, replaceFile, type StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';

/** A socket's path holds 103 bytes on macOS and the BSDs, 107 on Linux (unix(7)). */
const MOST_PATH_BYTES = 103;
/** Room for a socket's name, the slash before it included. */
export const SOCKET_NAME_BYTES = 16;
const PREFIX = 'git-remote-daemon-';

/**
 * An empty private directory short enough for sockets, or undefined if there is no place for one. What an earlier
 * daemon left is removed, so it is to be called only while the lock is held.
 */
export function prepareRelayDirectory(directory: StateDirectory, env: NodeJS.ProcessEnv): string | undefined {
  removeRelayDirectory(directory);
  const inside = relayInside(directory);
  if (!fits(inside)) return makeElsewhere(directory, env);
  fs.mkdirSync(inside, { mode: 0o700, recursive: true });
  fs.chmodSync(inside, 0o700);
  return inside;
}

/** Removes the directory that this daemon, or one that was killed, made for its sockets. */
export function removeRelayDirectory(directory: StateDirectory): void {
  removeSockets(relayInside(directory));
  const elsewhere = readElsewhere(directory);
  if (elsewhere !== undefined) removeSockets(elsewhere);
  fs.rmSync(directory.relayElsewhere, { force: true });
}

const relayInside = (directory: StateDirectory): string => path.join(directory.path, 'relay');

const fits = (at: string): boolean => Buffer.byteLength(at) + SOCKET_NAME_BYTES <= MOST_PATH_BYTES;

function makeElsewhere(directory: StateDirectory, env: NodeJS.ProcessEnv): string | undefined {
  for (const place of [env.XDG_RUNTIME_DIR ?? '', os.tmpdir(), '/tmp']) {
    const pattern = path.join(place, PREFIX);
    if (!path.isAbsolute(place) || !fits(`${pattern}XXXXXX`)) continue;
    try {
      const made = fs.mkdtempSync(pattern);
      fs.chmodSync(made, 0o700);
      replaceFile(directory.relayElsewhere, `${made}\n`);
      return made;
    } catch {
      // Not there, or not ours to write to: the next place is tried.
    }
  }
  return undefined;
}

function readElsewhere(directory: StateDirectory): string | undefined {
  try {
    const at = fs.readFileSync(directory.relayElsewhere, 'utf8').trimEnd();
    // Only a name that makeElsewhere gives is ever removed.
    return path.isAbsolute(at) && path.basename(at).startsWith(PREFIX) ? at : undefined;
  } catch {
    // No daemon had its sockets elsewhere.
    return undefined;
  }
}

/** Removes a directory of ours and the sockets in it; anything else in it is left, and then the directory stays too. */
function removeSockets(at: string): void {
  try {
    checkPrivate(at);
    for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
      if (entry.isSocket()) fs.unlinkSync(path.join(at, entry.name));
    }
    fs.rmdirSync(at);
  } catch (error) {
    const code = errorCode(error);
    // In a shared place such as /tmp it may be somebody else's by now (UserError): then it is none of ours.
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && !(error instanceof UserError)) throw error;
  }
}

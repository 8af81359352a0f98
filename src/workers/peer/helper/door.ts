// Owns: going to a peer by the link of a daemon that runs here: where its door is, and what comes through it.
// Leaves: the door itself (main/relay/doors.ts, workers/upload-pack/relay.ts). As main/relay/helper.pl does where there is perl.
import { lstatSync, type Stats } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { noteOf } from '../../../shared/git-protocol/relay-doors.ts';
import { createFrameReader, type Frame } from '../../../shared/git-protocol/relay-frame.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';

const MOST_NOTE_BYTES = 64 * 1024;
const OTHERS_MAY = 0o077;

export interface DoorWanted {
  /** As git has it. */
  readonly url: string;
  /** What git calls the remote. */
  readonly remote: string;
  /** The common git dir; undefined: git runs outside of any repository. */
  readonly gitDir: string | undefined;
  /** What a daemon tells the git that it runs. */
  readonly told: string | undefined;
}

/** The socket of the link's relay; undefined: there is none that may be used. */
export function findDoor({ url, remote, gitDir, told }: DoorWanted): string | undefined {
  for (const text of [told, gitDir === undefined ? undefined : noted(gitDir, remote)]) {
    const [forUrl, socket] = (text ?? '').split('\n');
    // Git may come to ask for another URL than the one that its daemon began with.
    if (socket && forUrl === url && ours(socket)?.isSocket()) return socket;
  }
  return undefined;
}

function noted(gitDir: string, remote: string): string | undefined {
  const state = join(gitDir, 'remote-daemon');
  const doors = join(state, 'doors');
  const note = join(doors, noteOf(remote));
  if (!isPrivate(state) || !isPrivate(doors) || !ours(note)) return undefined;
  const read = readRegularFile(note, { mostBytes: MOST_NOTE_BYTES, follow: false });
  return read.kind === 'read' ? new TextDecoder().decode(read.bytes) : undefined;
}

function ours(at: string): Stats | undefined {
  try {
    const found = lstatSync(at, { throwIfNoEntry: false });
    return found?.uid === process.geteuid?.() ? found : undefined;
  } catch {
    // A name that is too long for a file, or a directory that may not be looked into.
    return undefined;
  }
}

/** Nobody else can have put another thing in it. */
function isPrivate(at: string): boolean {
  const found = ours(at);
  return found?.isDirectory() === true && (found.mode & OTHERS_MAY) === 0;
}

/** For whoever had begun to hear it. */
const BROKEN = "fatal: the daemon's link to the peer ended in the middle: try again\n";

/** Upload-pack, as the relay at that socket serves it. */
export function enterDoor(socketPath: string): Channel {
  const socket = createConnection({ path: socketPath, allowHalfOpen: true });
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const readFrames = createFrameReader();
  let exit: ChannelExit = { kind: 'lost' };
  const obey = ({ kind, payload }: Frame): void => {
    if (kind === 'exit') exit = { kind: 'status', status: payload[0] ?? 255 };
    else if (!outputs[kind].write(payload)) {
      socket.pause();
      outputs[kind].once('drain', () => socket.resume());
    }
  };
  socket.on('data', (chunk) => {
    try {
      for (const frame of readFrames(chunk)) obey(frame);
    } catch {
      // No relay speaks so.
      socket.destroy();
    }
  });
  // That nobody is there shows in that it ends.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    if (exit.kind === 'lost') outputs.stderr.write(BROKEN);
    for (const output of Object.values(outputs)) output.end();
  });
  const drained = [outputs.stdout, outputs.stderr].map(
    (output) => new Promise<void>((resolve) => output.once('close', () => resolve())),
  );
  return {
    ...outputs,
    stdin: socket,
    exit: Promise.all(drained).then(() => exit),
    close: () => {
      socket.destroy();
      for (const output of Object.values(outputs)) output.destroy();
    },
  };
}

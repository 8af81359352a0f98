// Owns: what git's remote helper has of git: its lines, read one by one, and its streams.
// Leaves: what the lines ask for (program.ts), and what is joined to the streams (join-git.ts). gitremote-helpers(7).
import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

export interface GitEnds {
  readonly input: Readable;
  readonly output: Writable;
  readonly complaints: Writable;
}

/** No line of git's is longer. */
const MOST_LINE_BYTES = 64 * 1024;

export function gitEnds(): GitEnds {
  return { input: process.stdin, output: outputWithoutWaiting(), complaints: process.stderr };
}

/** process.stdout waits for whoever reads a pipe, and nothing of git would be read meanwhile. */
function outputWithoutWaiting(): Writable {
  const found = fstatSync(1);
  return found.isFIFO() || found.isSocket() ? new Socket({ fd: 1, readable: false, writable: true }) : process.stdout;
}

/** The next line, without its end; what comes after it stays where it is. undefined: git has gone. */
export async function readLine(input: Readable): Promise<string | undefined> {
  let held = Buffer.alloc(0);
  for (;;) {
    const chunk: Buffer | null = input.read();
    if (chunk === null) {
      if (input.readableEnded || input.destroyed || held.length > MOST_LINE_BYTES) return undefined;
      await changed(input);
      continue;
    }
    held = Buffer.concat([held, chunk]);
    const end = held.indexOf(0x0a);
    if (end === -1) continue;
    const rest = held.subarray(end + 1);
    if (rest.length > 0) input.unshift(rest);
    return held.toString('utf8', 0, end);
  }
}

/** Calls `gone` when git closes its end before it says anything more. Returns what ends that. */
export function onceGone({ input }: GitEnds, gone: () => void): () => void {
  // An end is only seen by reading up to it.
  const look = (): void => {
    if (input.readableLength === 0) input.read();
  };
  input.on('readable', look).once('end', gone);
  return () => void input.off('readable', look).off('end', gone);
}

function changed(input: Readable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of EVENTS) input.off(event, done);
      resolve();
    };
    for (const event of EVENTS) input.on(event, done);
  });
}

const EVENTS = ['readable', 'end', 'close', 'error'];

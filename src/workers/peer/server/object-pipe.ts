// Owns: joining a peer's stream to git-annex-shell: its first lines, then bytes both ways, each as fast as it is read.
// Leaves: starting and ending it (objects.ts).
import type { Duplex } from 'node:stream';
import { MOST_LINE_BYTES } from '../../../shared/p2p/lines.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import type { Child } from '../../run-command.ts';
import type { Guest } from './guest.ts';

export interface FirstLine {
  /** Undefined: none came. */
  readonly line: string | undefined;
  /** What came behind it. */
  readonly rest: Buffer;
}

/** Its stdout is as it was afterwards: nobody listens to it. */
export function readFirstLine({ stdout }: Child, before: Buffer, limitMs: number): Promise<FirstLine> {
  return new Promise((resolve) => {
    let held = before;
    const done = (found: FirstLine): void => {
      clearTimeout(timer);
      stdout.off('readable', look);
      for (const event of ['end', 'close', 'error']) stdout.off(event, nothing);
      resolve(found);
    };
    const nothing = (): void => done({ line: undefined, rest: held });
    const look = (): void => {
      for (let chunk: Buffer | null = stdout.read(); chunk !== null; chunk = stdout.read())
        held = Buffer.concat([held, chunk]);
      const end = held.indexOf(0x0a);
      if (end !== -1) done({ line: held.subarray(0, end).toString('utf8'), rest: held.subarray(end + 1) });
      else if (held.length > MOST_LINE_BYTES) nothing();
    };
    const timer = setTimeout(nothing, limitMs);
    stdout.on('readable', look);
    for (const event of ['end', 'close', 'error']) stdout.on(event, nothing);
    look();
  });
}

export interface Joined {
  readonly duplex: Duplex;
  readonly child: Child;
  /** What the child said already. */
  readonly first: Buffer;
  readonly note: () => void;
  readonly guest: Guest;
}

/** Resolves when either has ended, and what the child said last is written; never rejects. */
export async function pipeBothWays({ duplex, child, first, note, guest }: Joined): Promise<void> {
  const { stdin, stdout } = child;
  if (first.length > 0) duplex.write(first);
  duplex.on('data', note);
  stdout.on('data', note);
  duplex.pipe(stdin);
  stdout.pipe(duplex, { end: false });
  await Promise.race([Promise.all([child.exited, ended(stdout)]), closed(duplex), aborted(guest.dropped)]);
  duplex.unpipe(stdin);
  stdout.unpipe(duplex);
  duplex.off('data', note);
}

const ended = (stream: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve) => {
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
  });

const closed = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed) return resolve();
    stream.once('close', () => resolve());
  });

// Owns: stdin, stdout and stderr of this process, used so that whoever shares them finds them as they were.
// Leaves: what is read and written (cli.ts, log/log.ts, control/stdio-endpoint.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { openElsewhere } from './open-elsewhere.ts';

/**
 * Whether writing and reading waits is a property of what is open, not of the descriptor: where Node makes a pipe that
 * was lent to it non-blocking, as it always does, another program that writes there gets EAGAIN and loses its lines.
 */
export type Way =
  /** Nobody's way is changed by it: a file, a terminal (libuv opens that anew itself), or what is ours alone. */
  | 'plain'
  /** The same pipe, opened once more for us. */
  | 'anew'
  /** A cat(1) between: it waits for us. */
  | 'through-cat';

export interface LentFacts {
  readonly kind: 'pipe' | 'socket' | 'other';
  /** Linux opens what a descriptor leads to once more; other systems only give the same again. */
  readonly canOpenAnew: boolean;
  /** Asked only of what cannot be opened anew. */
  readonly isShared: () => boolean;
}

export function wayToUse({ kind, canOpenAnew, isShared }: LentFacts): Way {
  if (kind === 'other') return 'plain';
  if (kind === 'pipe') return canOpenAnew ? 'anew' : 'through-cat';
  // No system opens a socket twice. To a program that starts others over sockets, as Node's do, each has its own.
  return isShared() ? 'through-cat' : 'plain';
}

type Descriptor = 0 | 1 | 2;
const DESCRIPTORS = [0, 1, 2] as const;
const NAMES = ['stdin', 'stdout', 'stderr'] as const;

/** Makes `process.stdin` and its like such streams, each when it is first asked for. To be called first of all. */
export function leaveStdioAsLent(): void {
  let shared: ReadonlySet<number> | undefined;
  const isShared = (descriptor: Descriptor): boolean => {
    // One of them is asked for after the other, and what is open is found out for all at once.
    shared ??= openElsewhere(DESCRIPTORS.filter((each) => kindOf(each) === 'socket'));
    return shared.has(descriptor);
  };
  for (const descriptor of DESCRIPTORS) {
    const name = NAMES[descriptor];
    const plain = Object.getOwnPropertyDescriptor(process, name)?.get;
    let stream: Readable | Writable | undefined;
    const get = (): Readable | Writable | undefined => {
      stream ??= streamOf(descriptor, () => isShared(descriptor)) ?? plain?.call(process);
      return stream;
    };
    if (plain) Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
  }
}

/** Undefined: as Node itself does it. */
function streamOf(descriptor: Descriptor, isShared: () => boolean): Readable | Writable | undefined {
  const anew = kindOf(descriptor) === 'pipe' ? openAnew(descriptor) : undefined;
  const way = wayToUse({ kind: kindOf(descriptor), canOpenAnew: anew !== undefined, isShared });
  const isInput = descriptor === 0;
  if (way === 'through-cat') return throughCat(descriptor);
  return way === 'anew' && anew !== undefined
    ? new net.Socket({ fd: anew, readable: isInput, writable: !isInput })
    : undefined;
}

function kindOf(descriptor: Descriptor): LentFacts['kind'] {
  const found = fs.fstatSync(descriptor);
  if (found.isFIFO()) return 'pipe';
  return found.isSocket() ? 'socket' : 'other';
}

function openAnew(descriptor: Descriptor): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
  try {
    return fs.openSync(`/proc/self/fd/${descriptor}`, (descriptor === 0 ? O_RDONLY : O_WRONLY) | O_NONBLOCK);
  } catch {
    // Another account made the pipe, nobody reads it any more, or there is no /proc.
    return undefined;
  }
}

/**
 * It ends with our end of it, or when the other end is closed: whoever reads nothing keeps it until then. Undefined where
 * it cannot be started: to be heard is worth more.
 */
function throughCat(descriptor: Descriptor): Readable | Writable | undefined {
  const isInput = descriptor === 0;
  const child = spawn('cat', [], {
    // A signal to the group of this process is obeyed by this process: the last lines are still to be written then.
    detached: true,
    cwd: '/',
    stdio: isInput ? [descriptor, 'pipe', 'ignore'] : ['pipe', descriptor, 'ignore'],
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) return undefined;
  child.unref();
  if (isInput) process.once('exit', () => child.kill('SIGKILL'));
  if (child.stdout) endWith(child, child.stdout);
  else if (child.stdin) tellOfItsEnd(child, child.stdin);
  return (isInput ? child.stdout : child.stdin) ?? undefined;
}

/** On a busy machine Node was seen to miss the end of its output: a daemon whose parent is gone would live on. */
const END_SEEN_WITHIN_MS = 1_000;

function endWith(child: ChildProcess, stream: Readable): void {
  const end = (): void => {
    if (!stream.readableEnded) stream.destroy(new Error('end of file'));
  };
  // What is there is read first.
  child.once('exit', () => void setTimeout(() => setImmediate(end), END_SEEN_WITHIN_MS).unref());
}

/** Nobody reads what it writes any more, which whoever writes here is to hear as ever: Node then only closes the stream. */
function tellOfItsEnd(child: ChildProcess, stream: Writable): void {
  stream.on('error', () => undefined);
  child.once('exit', () => {
    if (!stream.errored) stream.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  });
}

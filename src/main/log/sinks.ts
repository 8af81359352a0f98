// Owns: where lines of the log go: stderr, which may not be read, or a private file that is kept small.
// Leaves: the lines (log.ts), and reading the file (commands/read-log.ts).
import fs from 'node:fs';
import { within } from '../../shared/timing/within.ts';
import { openOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { predecessorOf } from '../instance/state-directory.ts';
import { STOP } from '../patience.ts';

export interface Sink {
  readonly write: (line: string) => void;
  readonly close: () => Promise<void>;
}

/** What a reader of stderr may leave unread before lines are dropped. */
const MOST_QUEUED_BYTES = 1024 * 1024;

/** `saying`: the line that stands for so many which were left out. */
export function stderrSink(saying: (leftOut: number) => string): Sink {
  const stream = process.stderr;
  let open = true;
  let leftOut = 0;
  // Nobody reads it any more (EPIPE), or its terminal is gone (EIO): that ends no daemon.
  const stop = (): void => {
    open = false;
  };
  stream.on('error', stop);
  return {
    write: (line) => {
      if (!open) return;
      if (stream.writableLength >= MOST_QUEUED_BYTES) {
        leftOut += 1;
        return;
      }
      stream.write(leftOut === 0 ? line : saying(leftOut) + line);
      leftOut = 0;
    },
    close: async () => {
      if (open && leftOut > 0) stream.write(saying(leftOut));
      if (open && stream.writableLength > 0) await within(drained(stream), STOP.lastLinesMs);
      open = false;
    },
  };
}

const drained = (stream: NodeJS.WritableStream): Promise<void> =>
  new Promise((resolve) => {
    stream.write('', () => resolve());
  });

/** Throws a UserError if the file cannot be opened. */
export function fileSink(at: string, mostBytes: number): Sink {
  const { O_RDWR, O_APPEND } = fs.constants;
  let descriptor: number | undefined = openOwnFile(at, O_RDWR | O_APPEND);
  return {
    write: (line) => {
      if (descriptor === undefined) return;
      try {
        if (fs.fstatSync(descriptor).size + Buffer.byteLength(line) > mostBytes) rotate(at, descriptor);
        fs.writeSync(descriptor, line);
      } catch {
        // A full disk: the line is lost, and the next one is tried again. There is nowhere to say so.
      }
    },
    close: async () => {
      if (descriptor !== undefined) fs.closeSync(descriptor);
      descriptor = undefined;
    },
  };
}

/**
 * Keeps what there is as the predecessor and empties the file. It is copied, not renamed, since the daemon's own stdout
 * and stderr stay open on it for its whole life: so a crash is always told in daemon.log.
 */
function rotate(at: string, descriptor: number): void {
  const content = Buffer.alloc(fs.fstatSync(descriptor).size);
  const length = fs.readSync(descriptor, content, 0, content.length, 0);
  replaceOwnFile(predecessorOf(at), content.subarray(0, length));
  fs.ftruncateSync(descriptor, 0);
}

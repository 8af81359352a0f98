// Owns: the log: one line per event, to stderr or to a private file that is kept small.
// Leaves: what is worth a line, and reading the file (commands/show-log.ts).
import fs from 'node:fs';
import { printable } from '../../shared/printable.ts';
import { leftOutText } from '../../shared/timing/line-budget.ts';
import { within } from '../../shared/timing/within.ts';
import { openOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { predecessorOf } from '../instance/state-directory.ts';
import { STOP } from '../patience.ts';
import { createLogShares } from './log-shares.ts';

export interface Log extends Lines {
  /** Lines about remotes, of each of which there is only so much room; `scope` is the name of one. */
  readonly ofRemote: Lines;
  /** Writes out what is still queued, within a limit. Later lines are lost. */
  readonly close: () => Promise<void>;
}

export interface Lines {
  /** `scope` is a part of the program. */
  readonly info: (scope: string, text: string) => void;
  readonly warn: (scope: string, text: string) => void;
  readonly error: (scope: string, text: string) => void;
}

export type LogTarget =
  | { readonly kind: 'stderr' }
  /** The predecessor (instance/state-directory.ts) is as large at most. */
  | { readonly kind: 'file'; readonly path: string; readonly mostBytes?: number };

/** Where lines go: what is left of a log once level, scope and time are in the text. */
interface Sink {
  readonly write: (line: string) => void;
  readonly close: () => Promise<void>;
}

const MOST_BYTES = 1024 * 1024;
/** What a reader of stderr may leave unread before lines are dropped. */
const MOST_QUEUED_BYTES = 1024 * 1024;

/** Opens a log. Throws a UserError if the file cannot be opened; afterwards nothing that befalls it reaches the caller. */
export function createLog(target: LogTarget, now: () => Date = () => new Date()): Log {
  const lineOf = (level: string, scope: string, text: string): string =>
    `${now().toISOString()} ${level} ${printable(scope)}: ${printable(text)}\n`;
  const sink =
    target.kind === 'stderr'
      ? stderrSink((leftOut) => lineOf('warn ', 'daemon', `${leftOutText(leftOut)}: nobody read them`))
      : fileSink(target.path, target.mostBytes ?? MOST_BYTES);
  const shares = createLogShares((remote, text) => sink.write(lineOf('warn ', remote, text)));
  return {
    ...atEachLevel((level) => (scope, text) => sink.write(lineOf(level, scope, text))),
    ofRemote: atEachLevel((level) => (remote, text) => {
      const line = lineOf(level, remote, text);
      shares.write(remote, { bytes: Buffer.byteLength(line), isInfo: level === INFO }, () => sink.write(line));
    }),
    close: () => {
      shares.close();
      return sink.close();
    },
  };
}

const INFO = 'info ';
const atEachLevel = (write: (level: string) => Lines['info']): Lines => ({
  info: write(INFO),
  warn: write('warn '),
  error: write('error'),
});

/** `saying`: the line that stands for so many which were left out. */
function stderrSink(saying: (leftOut: number) => string): Sink {
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

function fileSink(at: string, mostBytes: number): Sink {
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

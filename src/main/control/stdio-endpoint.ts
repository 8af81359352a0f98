// Owns: the control protocol over stdin and stdout, and seeing that the parent is gone.
// Leaves: what the lines mean (line-handler.ts).
import { createLineSplitter } from '../../shared/control-protocol/line-splitter.ts';
import { within } from '../../shared/timing/within.ts';
import { STOP } from '../patience.ts';
import type { Endpoint, EndpointListener } from './endpoint.ts';

/** What a parent may leave unread before it counts as gone. */
const MOST_UNREAD_BYTES = 1024 * 1024;
const END_OF_FILE = 'end of file on stdin';

export interface Stdio {
  readonly stdin: NodeJS.ReadableStream & { readonly destroy: () => unknown; readonly readableEnded: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly writableLength: number };
}

/**
 * Reads `stdin` (a file, a terminal, a pipe, a socket, /dev/null) and writes `stdout`. End of file, EPIPE and a parent
 * that does not read are one `closed`. After the end of stdin the last lines are still written; to a parent that does
 * not read, none are.
 */
export function openStdioEndpoint(listener: EndpointListener, stdio: Stdio = process): Endpoint {
  const { stdin, stdout } = stdio;
  const splitter = createLineSplitter();
  /** A parent that has nothing more to say may still read; one that does not read is gone altogether. */
  let state: 'open' | 'silent' | 'gone' | 'closed' = 'open';
  let dropped = 0;

  const silent = (why: string): void => {
    if (state !== 'open') return;
    state = 'silent';
    listener.closed(why);
  };
  const gone = (why: string): void => {
    const before = state;
    if (before !== 'closed') state = 'gone';
    if (before === 'open') listener.closed(why);
  };
  const read = (chunk: Uint8Array): void => {
    for (const line of splitter.push(chunk)) {
      if (state === 'open') listener.line(line);
    }
  };
  stdin.on('data', read);
  stdin.on('end', () => silent(END_OF_FILE));
  stdin.on('error', (error: Error) => silent(`stdin: ${error.message}`));
  stdout.on('error', (error: Error) => gone(`stdout: ${error.message}`));
  // Node opens it for whoever imports node:process, and tells of its end once, whether or not anybody listens yet.
  if (stdin.readableEnded) setImmediate(silent, END_OF_FILE);

  return {
    send: (line) => {
      if (state === 'gone' || state === 'closed') {
        dropped += 1;
        return;
      }
      stdout.write(`${line}\n`);
      // Not from within send: the caller is in the middle of something.
      if (stdout.writableLength > MOST_UNREAD_BYTES) setImmediate(gone, 'stdout is not read');
    },
    droppedLines: () => dropped,
    close: async () => {
      const drain = state !== 'gone' && stdout.writableLength > 0;
      state = 'closed';
      stdin.off('data', read);
      stdin.destroy();
      if (drain) await within(drained(stdout), STOP.lastLinesMs);
    },
  };
}

const drained = (stdout: NodeJS.WritableStream): Promise<void> =>
  new Promise((resolve) => {
    stdout.write('', () => resolve());
  });

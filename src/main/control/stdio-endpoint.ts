// Owns: the control protocol over stdin and stdout, and seeing that the parent is gone.
// Leaves: what the lines mean (control-loop.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { createLineSplitter } from '../../shared/protocol/line-splitter.ts';
import type { Endpoint, EndpointListener } from './endpoint.ts';

/** What a parent may leave unread before it counts as gone. */
const MOST_UNREAD_BYTES = 1024 * 1024;
/** How long the last lines may take to be read. */
const DRAIN_MS = 1_000;

export interface Stdio {
  readonly stdin: NodeJS.ReadableStream & { readonly destroy: () => unknown };
  readonly stdout: NodeJS.WritableStream & { readonly writableLength: number };
}

/**
 * Reads `stdin` (a file, a terminal, a pipe, a socket, /dev/null) and writes `stdout`. End of file, EPIPE and a parent
 * that does not read are one `closed`; from then on lines to be sent are dropped.
 */
export function openStdioEndpoint(listener: EndpointListener, stdio: Stdio = process): Endpoint {
  const { stdin, stdout } = stdio;
  const splitter = createLineSplitter();
  let state: 'open' | 'gone' | 'closed' = 'open';
  let dropped = 0;

  const gone = (why: string): void => {
    if (state !== 'open') return;
    state = 'gone';
    listener.closed(why);
  };
  const read = (chunk: Uint8Array): void => {
    for (const line of splitter.push(chunk)) {
      if (state === 'open') listener.line(line);
    }
  };
  stdin.on('data', read);
  stdin.on('end', () => gone('end of file on stdin'));
  stdin.on('error', (error: Error) => gone(`stdin: ${error.message}`));
  stdout.on('error', (error: Error) => gone(`stdout: ${error.message}`));

  return {
    send: (line) => {
      if (state !== 'open') {
        dropped += 1;
        return;
      }
      stdout.write(`${line}\n`);
      // Not from within send: the caller is in the middle of something.
      if (stdout.writableLength > MOST_UNREAD_BYTES) setImmediate(gone, 'stdout is not read');
    },
    droppedLines: () => dropped,
    close: async () => {
      const drain = state === 'open' && stdout.writableLength > 0;
      state = 'closed';
      stdin.off('data', read);
      stdin.destroy();
      if (drain) await Promise.race([drained(stdout), sleep(DRAIN_MS, undefined, { ref: false })]);
    },
  };
}

const drained = (stdout: NodeJS.WritableStream): Promise<void> =>
  new Promise((resolve) => {
    stdout.write('', () => resolve());
  });

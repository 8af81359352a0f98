// Owns: what is to be sent over one connection: sealed one after the other, as much at once as the connection takes.
// Leaves: sealing (ciphers.ts), and the connection's end (link.ts).
import type { Socket } from 'node:net';
import { formatFrame } from './frames.ts';

export interface SendQueue {
  /** Resolves when there is room for more; rejects when nothing is sent any more. */
  readonly send: (seal: () => Promise<Buffer>) => Promise<void>;
  /** What is not sealed by now is not sent. */
  readonly end: (why: Error) => void;
}

/** Answers to a peer who sends, and does not read. */
const MOST_WAITING = 2_000;

/** `fail`: once something could not be sent. */
export function createSendQueue(socket: Socket, fail: (error: unknown) => void): SendQueue {
  let [last, waiting] = [Promise.resolve(), 0];
  let over: Error | undefined;
  const sendNow = async (seal: () => Promise<Buffer>): Promise<void> => {
    if (over !== undefined) throw over;
    const frame = formatFrame(await seal());
    if (!socket.destroyed && !socket.write(frame)) await drained(socket);
  };
  return {
    send: (seal) => {
      waiting += 1;
      if (waiting > MOST_WAITING) fail(new Error('the peer takes nothing'));
      const sent = last.then(() => sendNow(seal));
      last = sent.catch(fail).finally(() => {
        waiting -= 1;
      });
      return sent;
    },
    end: (why) => {
      over ??= why;
    },
  };
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close']) socket.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close']) socket.on(event, done);
  });
}

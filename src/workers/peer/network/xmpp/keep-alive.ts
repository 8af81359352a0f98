// Owns: noticing that the server is no longer reached, by questions: now and then, and at once where there is reason to.
// Leaves: connecting again (session.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import { xml } from './library.ts';
import type { Requests } from './requests.ts';

const PING_MS = 120_000;
const ANSWER_MS = 30_000;
const DOUBTED_ANSWER_MS = 10_000;
const LOOK_EVERY_MS = 5_000;
/** A look that comes so late: the machine slept, and the server may have given us up. */
const LATE_MS = 15_000;

/** What is asked, and over what. */
interface Server {
  readonly options: { readonly domain: string };
  readonly socket: { readonly destroy: () => unknown } | null;
}

/** Whoever does not answer is gone, and the connection is made again. Returns how to ask at once. */
export function keepAlive(entity: Server, { ask }: Pick<Requests, 'ask'>, over: AbortSignal): () => void {
  let isDoubted = false;
  const prove = async (limitMs: number): Promise<void> => {
    const asked = xml('iq', { type: 'get', to: entity.options.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    await ask(asked, limitMs).catch((error: unknown) => {
      // Whoever refuses it is there.
      if (error instanceof DaemonError && error.code === 'timed-out') entity.socket?.destroy();
    });
  };
  const doubt = (): void => {
    if (isDoubted || over.aborted) return;
    isDoubted = true;
    void prove(DOUBTED_ANSWER_MS).then(() => {
      isDoubted = false;
    });
  };
  let seenMs = Date.now();
  const look = setInterval(() => {
    const lastMs = seenMs;
    seenMs = Date.now();
    if (seenMs - lastMs > LOOK_EVERY_MS + LATE_MS) doubt();
  }, LOOK_EVERY_MS);
  const ping = setInterval(() => void prove(ANSWER_MS), PING_MS);
  const stop = (): void => {
    clearInterval(look);
    clearInterval(ping);
  };
  over.addEventListener('abort', stop, { once: true });
  return doubt;
}

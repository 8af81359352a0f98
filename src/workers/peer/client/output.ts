// Owns: an output of a channel that is written here, piece by piece, as fast as it is read.
// Leaves: what is written (service.ts, whole-answers.ts).
import { Readable } from 'node:stream';

export interface Output {
  readonly readable: Readable;
  /** Resolves when there is room for more, or nobody reads any more. */
  readonly write: (bytes: Buffer) => Promise<void>;
  /** Never rejects. */
  readonly closed: Promise<void>;
}

export function createOutput(): Output {
  let waiting: (() => void)[] = [];
  const goOn = (): void => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve();
  };
  const readable = new Readable({ read: goOn });
  const closed = new Promise<void>((resolve) => readable.once('close', () => resolve()));
  void closed.then(goOn);
  return {
    readable,
    closed,
    write: (bytes) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (readable.destroyed || readable.push(bytes)) goOn();
      }),
  };
}

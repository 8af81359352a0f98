// Owns: what is to be sent over one bytestream, as blocks: so many on their way at once, each acknowledged.
// Leaves: the stream that it is for (bytestream.ts).

export interface OutgoingBlocks {
  /** Resolves when there is room for more. Throws what sending has failed by. */
  readonly add: (bytes: Buffer) => Promise<void>;
  /** Resolves when all has arrived, or nothing is sent any more. */
  readonly arrived: () => Promise<void>;
  /** Unless something is on its way already, an empty block shows whether the other side still has the stream. */
  readonly probe: () => void;
  /** Nothing is sent any more. */
  readonly stop: (why: Error) => void;
}

export interface BlocksOptions {
  readonly blockBytes: number;
  /** Resolves when it has arrived. */
  readonly send: (block: Buffer, seq: number) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** On their way and not acknowledged; a server that limits what a client sends holds these up. */
export const WINDOW = 16;
/** XEP-0047: then it begins anew. */
const SEQUENCE = 0x1_0000;

export function createOutgoingBlocks({ blockBytes, send, onFailure }: BlocksOptions): OutgoingBlocks {
  let waiting: Buffer = Buffer.alloc(0);
  let [sent, onTheirWay] = [0, 0];
  let stopped: Error | undefined;
  let listeners: (() => void)[] = [];
  const most = blockBytes * WINDOW;
  const told = (): void => {
    const now = listeners;
    listeners = [];
    for (const listener of now) listener();
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds() && stopped === undefined) await new Promise<void>((resolve) => listeners.push(resolve));
  };
  const sendOne = (block: Buffer): void => {
    const seq = sent % SEQUENCE;
    sent += 1;
    onTheirWay += 1;
    send(block, seq)
      .catch((error: unknown) => stopped ?? onFailure(error))
      .finally(() => {
        onTheirWay -= 1;
        pump();
        told();
      });
  };
  const pump = (): void => {
    while (stopped === undefined && waiting.length > 0 && onTheirWay < WINDOW) {
      const block = waiting.subarray(0, blockBytes);
      waiting = waiting.subarray(block.length);
      sendOne(block);
    }
  };
  return {
    add: async (bytes) => {
      if (stopped) throw stopped;
      const hadRoom = waiting.length < most;
      waiting = Buffer.concat([waiting, bytes]);
      pump();
      if (!hadRoom) await until(() => waiting.length < most);
      if (stopped) throw stopped;
    },
    arrived: () => until(() => waiting.length === 0 && onTheirWay === 0),
    probe: () => {
      if (stopped === undefined && onTheirWay === 0) sendOne(Buffer.alloc(0));
    },
    stop: (why) => {
      stopped ??= why;
      told();
    },
  };
}

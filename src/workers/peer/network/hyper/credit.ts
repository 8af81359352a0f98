// Owns: how much each side of a stream may send before the other has read it: hyperdht itself takes in whatever comes.
// Leaves: the stream (framed-stream.ts). Pure.

/** What a peer may send of which nothing was read yet. */
export const FIRST_WINDOW_BYTES = 256 * 1024;
/** What it may be ahead by where all is read as it comes: 40 MB/s over a way of 100 ms there and back. */
export const MOST_WINDOW_BYTES = 4 * 1024 * 1024;

export interface Intake {
  /** So much has come. False: it is more than was allowed. */
  readonly take: (bytes: number) => boolean;
  /** So much more the other side may send, as no more than `unread` is kept here; 0: it is not worth telling yet. */
  readonly allow: (unread: number) => number;
}

/** Who reads gets more and more; who does not has no more than the first window to keep. */
export function createIntake(): Intake {
  let window = FIRST_WINDOW_BYTES;
  /** May still come. */
  let room = FIRST_WINDOW_BYTES;
  return {
    take: (bytes) => {
      room -= bytes;
      return room >= 0;
    },
    allow: (unread) => {
      if (room + unread > window / 2) return 0;
      window = Math.min(2 * window, MOST_WINDOW_BYTES);
      const more = window - room - unread;
      room += more;
      return more;
    },
  };
}

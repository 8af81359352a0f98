// Owns: both halves of a channel: what is under way, and what has come and is not taken yet, each bounded.
// Leaves: the stream that they make (channel.ts). Pure but for who waits.
// e3x 0.2.3, channel, of the reliable kind: each packet has a number, and the other side tells up to which it has all.
import type { DaemonError } from '../../../../shared/failures.ts';

/** Packets that are not acknowledged yet; e3x drops what is more than 50 ahead. */
const WINDOW = 24;
const MOST_AHEAD = 50;
const MOST_HELD_BYTES = 1024 * 1024;

export interface SendingHalf {
  /** The number of the next packet, as soon as there is room for it. Rejects when the channel is over. */
  readonly next: () => Promise<number>;
  /** Whether it is news. */
  readonly acknowledged: (upTo: unknown) => boolean;
  readonly end: (why: DaemonError) => void;
}

/** `said`: so many packets are on their way already; `known`: of so many it is known that they have come. */
export function createSendingHalf(said: number, known: number): SendingHalf {
  let [last, acked] = [said, known];
  let over: DaemonError | undefined;
  let wake = (): void => undefined;
  return {
    next: async () => {
      while (over === undefined && last - acked >= WINDOW)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      if (over !== undefined) throw over;
      last += 1;
      return last;
    },
    acknowledged: (upTo) => {
      if (typeof upTo !== 'number' || !(upTo > acked && upTo <= last)) return false;
      acked = upTo;
      wake();
      return true;
    },
    end: (why) => {
      over ??= why;
      wake();
    },
  };
}

export interface Piece {
  readonly body: Buffer;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** `again`: it has come before, or is too far ahead, so that the other side has to hear what is missing. */
export type Kept = 'kept' | 'again' | 'none' | 'too-much';

export interface ReceivingHalf {
  readonly keep: (number: unknown, piece: Piece) => Kept;
  /** The next in their order, for as long as they are there. */
  readonly take: () => Piece | undefined;
  /** Up to which all are taken. */
  readonly taken: () => number;
  readonly clear: () => void;
}

export function createReceivingHalf(takenBefore: number): ReceivingHalf {
  const held = new Map<number, Piece>();
  let [taken, bytes] = [takenBefore, 0];
  return {
    keep: (number, piece) => {
      if (typeof number !== 'number' || !Number.isInteger(number)) return 'none';
      if (number <= taken || number > taken + MOST_AHEAD || held.has(number)) return 'again';
      held.set(number, piece);
      bytes += piece.body.length;
      return bytes > MOST_HELD_BYTES ? 'too-much' : 'kept';
    },
    take: () => {
      const piece = held.get(taken + 1);
      if (piece === undefined) return undefined;
      taken += 1;
      held.delete(taken);
      bytes -= piece.body.length;
      return piece;
    },
    taken: () => taken,
    clear: () => held.clear(),
  };
}

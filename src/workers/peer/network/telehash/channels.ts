// Owns: the channels of one link: their numbers, how many there may be, and what is said to those that are not known.
// Leaves: each of them (channel.ts), and carrying packets (link.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import { type Channel, type ChannelPort, createChannel } from './channel.ts';
import { belongsTo, type Side } from './handshake.ts';
import type { Head } from './packets.ts';

export interface Channels {
  /** Who they are is known: from now on there may be some. */
  readonly start: (side: Side) => void;
  /** A stream that the other side has taken. Rejects with a DaemonError, or what the signal was aborted with. */
  readonly open: (signal: AbortSignal) => Promise<Duplex>;
  readonly receive: (head: Head, body: Buffer) => void;
  readonly isIdle: () => boolean;
  readonly end: (why: DaemonError) => void;
}

export interface ChannelsOptions {
  readonly send: ChannelPort['send'];
  /** Undefined: none is taken. */
  readonly onStream: () => ((stream: Duplex) => void) | undefined;
  readonly onIdle: () => void;
  readonly onBusy: () => void;
  /** The other side does not answer: the connection is dead. */
  readonly onSilent: (why: DaemonError) => void;
}

/** Each holds some memory. What all peers together may have open is for whoever takes the streams to say. */
const MOST_CHANNELS = 64;
/** To take one; a connection that is dead shows by that. */
const TAKEN_MS = 10_000;
const TYPE = 'stream';

export function createChannels({ send, onStream, onIdle, onBusy, onSilent }: ChannelsOptions): Channels {
  const open = new Map<number, Channel>();
  let side: Side | undefined;
  let over: DaemonError | undefined;
  let [next, lastOfTheirs] = [0, 0];

  const add = (id: number, who: 'us' | 'them'): Channel => {
    const channel = createChannel(id, who, {
      send,
      remove: () => {
        if (open.get(id) !== channel) return;
        open.delete(id);
        if (open.size === 0 && over === undefined) onIdle();
      },
    });
    open.set(id, channel);
    onBusy();
    return channel;
  };
  const refuse = (c: number, err: string): void => void send({ c, err }).catch(() => undefined);
  const takeNew = (c: number, head: Head): void => {
    // A number is used once, so that nothing can be said twice by somebody who has heard it.
    if (side === undefined || belongsTo(side, c) || c <= lastOfTheirs) return;
    lastOfTheirs = c;
    const take = onStream();
    if (head.type !== TYPE || head.seq !== 1) refuse(c, 'unknown type');
    else if (take === undefined) refuse(c, 'no stream');
    else if (open.size >= MOST_CHANNELS) refuse(c, 'too many streams');
    else take(add(c, 'them').stream);
  };
  return {
    start: (ours) => {
      side = ours;
      next = ours === 'even' ? 2 : 1;
      onIdle();
    },
    open: async (signal) => {
      if (over !== undefined) throw over;
      if (open.size >= MOST_CHANNELS)
        throw new DaemonError('not-now', `${MOST_CHANNELS} streams to the peer are in use`);
      const id = next;
      next += 2;
      const { stream, taken } = add(id, 'us');
      try {
        await send({ type: TYPE, c: id, seq: 1 });
        if (await unlessAborted(within(taken, TAKEN_MS), signal)) return stream;
        const silent = new DaemonError('unreachable', 'the peer does not answer');
        onSilent(silent);
        throw silent;
      } catch (error) {
        stream.destroy();
        throw error;
      }
    },
    receive: (head, body) => {
      const { c, type } = head;
      if (typeof c !== 'number' || !Number.isSafeInteger(c) || c < 1) return;
      const channel = open.get(c);
      if (channel !== undefined) channel.receive(head, body);
      else if (type !== undefined && head.err === undefined) takeNew(c, head);
    },
    isIdle: () => open.size === 0,
    end: (why) => {
      over ??= why;
      for (const channel of [...open.values()]) channel.fail(over);
    },
  };
}

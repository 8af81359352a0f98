// Owns: one command over an ssh2 connection, as a Channel.
// Leaves: opening it (ssh2-connection.ts).
import type { Duplex, Readable } from 'node:stream';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';

/** What of ssh2's ClientChannel is used here. */
export type RawChannel = Duplex & { readonly stderr: Readable; readonly close: () => void };

/** `connectionGone`: ssh2 says nothing to a channel that nobody reads when its connection goes. */
export function channelOf(raw: RawChannel, connectionGone: Promise<void>): Channel {
  let exit: ChannelExit = { kind: 'lost' };
  raw.on('exit', (status: number | null, signal?: string) => {
    exit = status === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'status', status };
  });
  const closed = new Promise<void>((resolve) => raw.once('close', () => resolve()));
  return {
    stdin: raw,
    stdout: raw,
    stderr: raw.stderr,
    exit: Promise.race([closed, connectionGone]).then(() => exit),
    close: () => {
      raw.close();
      // Its close comes only after its end, and that only to a reader.
      raw.resume();
      raw.stderr.resume();
    },
  };
}

// Owns: what a channel is: one command that runs on the other side, as a two-way stream.
// Leaves: whose connection it goes over (ssh/connection).
import type { Readable, Writable } from 'node:stream';

/** How a command on the server ended. `lost`: nobody said, as the connection went away. */
export type ChannelExit =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost' };

/** One command that runs on the server. Both output streams must be read to their end for `exit` to come. */
export interface Channel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. */
  readonly exit: Promise<ChannelExit>;
  /** Drops the command without waiting for it. */
  readonly close: () => void;
}

/** Runs a command there. `environment` is only asked for: most servers drop it. Throws a DaemonError. */
export type OpenChannel = (command: string, environment?: Readonly<Record<string, string>>) => Promise<Channel>;

// Owns: what a connection to an ssh server can do, whoever speaks the protocol.
// Leaves: the two that exist (ssh2-connection.ts, openssh-connection.ts), and choosing one (open-connection.ts).
import { DaemonError, type FailureCode } from '../../../shared/failures.ts';
import type { ChannelExit, OpenChannel } from '../../upload-pack/channel.ts';
import type { NotRun } from './channel-room.ts';

/** A command that a connection which stands, or stood, did not run. */
export class CommandNotRun extends DaemonError {
  readonly how: Exclude<NotRun, 'broken'>;

  constructor(how: Exclude<NotRun, 'broken'>, code: FailureCode, detail: string, options?: ErrorOptions) {
    super(code, detail, options);
    this.how = how;
  }
}

export interface Connection {
  /** `ssh2` or `the ssh program`, with the reason for the latter. */
  readonly how: string;
  /** Whether several commands may run at once over one login. */
  readonly shared: boolean;
  /** Throws CommandNotRun, or another DaemonError. */
  readonly exec: OpenChannel;
  /** How long a command may keep silent, in ms, as it has to log in first. */
  readonly loginMs: number;
  /** Why the connection itself failed, given how a command ended and what it said on stderr; undefined: it did not. */
  readonly failureBehind: (exit: ChannelExit, stderr: string) => DaemonError | undefined;
  /** Resolves with the reason once it is gone; never, where each command is a connection of its own. */
  readonly gone: Promise<DaemonError>;
  /** Has the server answer within so long, or it is gone; absent where it cannot be asked. */
  readonly prove?: (limitMs: number) => void;
  /** Ends it; `now` skips the goodbye. Resolves when sockets and children are gone. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

// Owns: the way over one or more logged-in hosts as one Connection, and its end, innermost host first.
// Leaves: logging in (ssh2-connection.ts), and the channel (ssh2-channel.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { within } from '../../../shared/timing/within.ts';
import { ANSWER, CLOSING } from '../../patience.ts';
import type { Channel } from '../../upload-pack/channel.ts';
import type { SshSettings } from '../settings/settings.ts';
import type { ByteStream } from './byte-stream.ts';
import { CommandNotRun, type Connection } from './connection.ts';
import { channelOf, type RawChannel } from './ssh2-channel.ts';
import type { Hop } from './ssh2-login.ts';

/** What of ssh2's Client is used here. */
interface RawClient {
  exec(
    command: string,
    options: { env: Record<string, string> },
    answer: (error: Error | undefined, channel: RawChannel) => void,
  ): unknown;
  end(): unknown;
}

/** A hop that is logged in to. */
export interface Leg<Client extends RawClient> {
  readonly client: Client;
  readonly bytes: ByteStream;
  readonly gone: Promise<void>;
  /** Why it is gone, once that is known. */
  readonly lostBecause: () => DaemonError | undefined;
  /** Has the server say something within so long, or gives it up. */
  readonly prove: (limitMs: number) => void;
  /** Gives it up. */
  readonly fail: (why: DaemonError) => void;
}

/** Commands run on the last host; `legs` and `hops` are the same hosts. */
export function connectionOver(legs: readonly Leg<RawClient>[], hops: readonly Hop[]): Connection {
  const [leg, hop] = [legs.at(-1), hops.at(-1)];
  if (leg === undefined || hop === undefined) throw new DaemonError('bad-ssh-config', 'no host to connect to');
  const name = printable(hop.name);
  const lost = (cause?: unknown): DaemonError =>
    legs.map((each) => each.lostBecause()).find((why) => why !== undefined) ??
    new DaemonError('dropped', `${name} closed the connection`, { cause });
  let running = 0;
  const channelTo = (raw: RawChannel): Channel => {
    const channel = channelOf(raw, leg.gone);
    running += 1;
    void channel.exit.then(() => {
      running -= 1;
    });
    return channel;
  };
  return {
    how: 'ssh',
    shared: true,
    loginMs: 0,
    exec: (command, environment) =>
      new Promise((resolve, reject) => {
        let isLate = false;
        const giveUp = (): void => {
          isLate = true;
          const why = new CommandNotRun('unanswered', 'unanswered', noAnswer(name));
          reject(why);
          // Where none runs, whoever leaves that unanswered has other commands wait as well.
          if (running === 0) leg.fail(why);
        };
        const timer = setTimeout(giveUp, ANSWER.commandMs);
        const answered = (error: Error | undefined, raw: RawChannel): void => {
          clearTimeout(timer);
          if (error !== undefined) reject(isOpen(leg) ? execFailure(error, name) : lost(error));
          // It is for nobody now.
          else if (isLate) channelOf(raw, leg.gone).close();
          else resolve(channelTo(raw));
        };
        try {
          leg.client.exec(command, { env: { ...hop.settings.environment, ...environment } }, answered);
        } catch (error) {
          // ssh2 throws where the connection is gone already.
          clearTimeout(timer);
          reject(lost(error));
        }
      }),
    failureBehind: (exit) => (exit.kind === 'lost' ? lost() : undefined),
    gone: leg.gone.then(() => lost()),
    // What the last host answers has come through the others.
    prove: leg.prove,
    close: (now) => closeLegs(legs, now),
  };
}

const noAnswer = (name: string): string =>
  `${name} let us in, and did not answer within ${ANSWER.commandMs / 1_000} s whether it runs a command`;

/** ssh2 has no more than words for a server that answers the request itself with no. */
function execFailure(error: Error, name: string): DaemonError {
  if (error.message === 'Unable to exec')
    return new CommandNotRun('declined', 'shell-missing', `${name} runs no such command`);
  return new CommandNotRun('refused', 'remote-error', saidBy(name, error.message));
}

const isOpen = ({ bytes: { stream } }: Leg<RawClient>): boolean => !stream.destroyed && stream.writable;

/** Each host is told goodbye through the one before it; `now` skips that. */
export async function closeLegs(legs: readonly Leg<RawClient>[], now: AbortSignal): Promise<void> {
  for (const { client, bytes, gone } of legs.toReversed()) {
    if (!now.aborted) {
      client.end();
      await within(gone, CLOSING.serverMs, now);
    }
    await bytes.close(now);
  }
  // The others have no more than a channel of the first.
  await legs[0]?.gone;
}

/** What of ssh2's Client opens a way on. */
interface JumpHost {
  forwardOut(
    fromHost: string,
    fromPort: number,
    host: string,
    port: number,
    answer: (error: Error | undefined, stream: Duplex) => void,
  ): unknown;
}

/** A way from a host that is logged in to, to the next. Throws unreachable. */
export function openThrough(jump: JumpHost, { hostname, port }: SshSettings, name: string): Promise<ByteStream> {
  const refused = (error: unknown): DaemonError => {
    const why = error instanceof Error ? error.message : String(error);
    return new DaemonError('unreachable', `the jump host cannot reach ${printable(name)}; ${saidBy('it', why)}`, {
      cause: error,
    });
  };
  return new Promise((resolve, reject) => {
    try {
      jump.forwardOut('127.0.0.1', 0, hostname, port, (error, stream) => {
        if (error !== undefined) return reject(refused(error));
        // Its end is told to a reader only; without the jump host it has none at all.
        resolve({ stream, close: async () => void stream.destroy().resume() });
      });
    } catch (error) {
      // ssh2 throws where the connection is gone already.
      reject(refused(error));
    }
  });
}

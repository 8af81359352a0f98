// Owns: the byte streams an ssh connection runs over: a TCP socket, a ProxyCommand, a channel of a jump host.
// Leaves: what is spoken over them (ssh2-connection.ts).
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { readPaced } from '../../../shared/system/paced-reading.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import type { Allowance } from '../../../shared/timing/token-bucket.ts';
import { ANSWER } from '../../patience.ts';
import { type CommandOptions, endChild, startChild } from '../../run-command.ts';
import type { SshSettings } from '../settings/settings.ts';
import { addressesOf, type LookUpOptions } from './look-up.ts';

export interface ByteStream {
  readonly stream: Duplex;
  /** Resolves when nothing is left of it. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

/** In bytes, of what a ProxyCommand says on its stderr. */
const COMPLAINTS: Allowance = { most: 64 * 1024, perMs: 16 };

/** As many addresses of a host as are tried. */
const MOST_ADDRESSES = 16;

export interface SocketOptions extends Pick<LookUpOptions, 'signal' | 'noteChild'> {
  /** Told how long the next step may take. */
  readonly step: (limitMs: number) => void;
}

/**
 * A TCP connection to a host: to each of its addresses in turn, as OpenSSH has it. Throws what the last of them failed
 * by, unreachable or timed-out, or what the signal was aborted with.
 */
export async function openSocket(
  settings: SshSettings,
  { signal, noteChild, step }: SocketOptions,
): Promise<ByteStream> {
  const { hostname, port, addressFamily, connectTimeoutMs, nextAddressMs } = settings;
  step(ANSWER.lookUpMs);
  const found = await addressesOf(hostname, addressFamily, { signal, ...(noteChild && { noteChild }) });
  const addresses = found.slice(0, MOST_ADDRESSES);
  let failure = new DaemonError('unreachable', `${printable(hostname)} has no address`);
  for (const [index, address] of addresses.entries()) {
    const limitMs = index === addresses.length - 1 ? connectTimeoutMs : nextAddressMs;
    step(limitMs + LATE_MS);
    try {
      return await connectTo(address, limitMs, settings, signal);
    } catch (error) {
      signal.throwIfAborted();
      failure = connectFailure(error, `${hostname}:${port}`);
    }
  }
  throw failure;
}

/** The step's own limit is there for when this one does not hold. */
const LATE_MS = 1_000;

function connectTo(
  host: string,
  limitMs: number,
  { port, bindAddress }: SshSettings,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({
      host,
      port,
      ...(bindAddress !== undefined && { localAddress: bindAddress }),
      // Small packets wait for nothing: plain v2 through a relay stalls for 40 ms otherwise (design §8).
      noDelay: true,
      keepAlive: true,
    });
    const gone = new Promise<void>((closed) => socket.once('close', () => closed()));
    const abort = (): unknown => socket.destroy();
    const late = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), timerMs(limitMs));
    signal.addEventListener('abort', abort, { once: true });
    // Kept for good: an error after the connection stands is told by `close`.
    socket.on('error', reject);
    socket.once('close', () => {
      clearTimeout(late);
      reject(signal.reason ?? Object.assign(new Error(), { code: 'ECONNRESET' }));
    });
    socket.once('connect', () => {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
      const close = (): Promise<void> => {
        socket.destroy();
        return gone;
      };
      resolve({ stream: socket, close });
    });
  });
}

/** A ProxyCommand, whose tokens have been expanded, as OpenSSH runs it: by a shell that it replaces. */
export async function openProxyCommand(
  command: string,
  options: CommandOptions,
  log: (text: string) => void,
): Promise<ByteStream> {
  const child = await startChild('/bin/sh', ['-c', `exec ${command}`], options);
  const over = new AbortController();
  void child.exited.then(() => over.abort());
  const complain = (chunk: Buffer): void => log(`ProxyCommand: ${printable(chunk.toString('utf8'))}`);
  readPaced(child.stderr, complain, { pace: COMPLAINTS, over: over.signal });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  // The command ended, or the link was closed while it was written to: `close` tells.
  stream.on('error', () => undefined);
  void child.exited.then(() => stream.destroy());
  return {
    stream,
    close: async (now) => {
      stream.destroy();
      await endChild(child, now);
    },
  };
}

function connectFailure(error: unknown, where: string): DaemonError {
  if (error instanceof DaemonError) return error;
  const code = errorCode(error) ?? String(error);
  const kind = code === 'ETIMEDOUT' ? 'timed-out' : 'unreachable';
  return new DaemonError(kind, `cannot connect to ${printable(where)}: ${CONNECT_ERRORS[code] ?? code}`, {
    cause: error,
  });
}

const CONNECT_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'no connection',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
};

// Owns: the byte streams an ssh connection runs over: a TCP socket, a ProxyCommand, a channel of a jump host.
// Leaves: what is spoken over them (ssh2-connection.ts).
import { connect, isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { readPaced } from '../../../shared/system/paced-reading.ts';
import type { Allowance } from '../../../shared/timing/token-bucket.ts';
import { type CommandOptions, endChild, startChild } from '../../run-command.ts';
import type { SshSettings } from '../settings/settings.ts';
import { addressesOf, type LookUpOptions } from './look-up.ts';

export interface ByteStream {
  readonly stream: Duplex;
  /** Resolves when nothing is left of it. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

/** Next address of a host that has several: OpenSSH waits for each far longer than Node's 250 ms. */
const ADDRESS_MS = 5_000;

/** In bytes, of what a ProxyCommand says on its stderr. */
const COMPLAINTS: Allowance = { most: 64 * 1024, perMs: 16 };

/** A TCP connection to a host. Throws unreachable or timed-out, or what the signal was aborted with. */
export function openSocket(
  settings: SshSettings,
  { signal, noteChild }: Pick<LookUpOptions, 'signal' | 'noteChild'>,
): Promise<ByteStream> {
  const { hostname: host, port, addressFamily: family, bindAddress } = settings;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({
      host,
      port,
      family,
      ...(bindAddress !== undefined && { localAddress: bindAddress }),
      // Small packets wait for nothing: plain v2 through a relay stalls for 40 ms otherwise (design §8).
      noDelay: true,
      keepAlive: true,
      lookup: (name, _options, found) => {
        addressesOf(name, family, { signal, ...(noteChild && { noteChild }) }).then(
          (addresses) =>
            found(
              null,
              addresses.map((address) => ({ address, family: isIP(address) })),
            ),
          (error: unknown) => found(error as NodeJS.ErrnoException, []),
        );
      },
      autoSelectFamily: family === 0,
      autoSelectFamilyAttemptTimeout: ADDRESS_MS,
    });
    const gone = new Promise<void>((closed) => socket.once('close', () => closed()));
    const abort = (): unknown => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    // Kept for good: an error after the connection stands is told by `close`.
    socket.on('error', (error) => reject(connectFailure(error, `${host}:${port}`)));
    socket.once('close', () => reject(signal.reason ?? new DaemonError('unreachable', `no connection to ${host}`)));
    socket.once('connect', () => {
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

function connectFailure(error: Error, where: string): DaemonError {
  if (error instanceof DaemonError) return error;
  const code = errorCode(error) ?? error.message;
  const kind = code === 'ETIMEDOUT' ? 'timed-out' : 'unreachable';
  return new DaemonError(kind, `cannot connect to ${printable(where)}: ${CONNECT_ERRORS[code] ?? code}`, {
    cause: error,
  });
}

const CONNECT_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
};

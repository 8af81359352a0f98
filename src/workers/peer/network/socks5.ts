// Owns: a stream through a SOCKS5 proxy to a name that the proxy looks up (RFC 1928).
// Leaves: which names these are, and what is said through it (tor.ts).
// By ourselves, as npm's socks makes sockets that cannot be half open, and brings a parser of IP addresses along.
import net from 'node:net';
import { DaemonError } from '../../../shared/failures.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import { answerOf } from '../../answer-of.ts';

export interface Proxy {
  readonly host: string;
  readonly port: number;
}

export interface SocksLimits {
  /** For a proxy on this machine to take the connection, and to say how it wants to be asked. */
  readonly greetingMs: number;
  /** To reach the other side. */
  readonly reachMs: number;
}

export interface Wanted {
  readonly host: string;
  readonly port: number;
}

const VERSION = 5;
const [NO_LOGIN, CONNECT, BY_NAME] = [0, 1, 3];
const GRANTED = 0;
/** What a reply says it is bound to is not of use here, but has to be read: its length in bytes, by its kind. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

/** Of RFC 1928, and of tor's own (`ExtendedErrors` in its manual). */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'tor could not reach it',
  2: 'tor is told not to reach it',
  3: 'tor has no way to its network',
  4: 'it is not online: tor finds no such hidden service now',
  5: 'it is not online: its hidden service is there, and nobody listens behind it',
  6: 'tor found no way to it in time',
  240: 'it is not online: tor finds no such hidden service now',
  241: 'tor cannot read what is known of its hidden service',
  242: 'tor was not introduced to its hidden service: it may be offline',
  243: 'tor could not meet its hidden service: it may be offline',
  244: 'its hidden service wants to know tor clients by a key of theirs',
  245: 'its hidden service does not know the key of this tor client',
  246: 'its onion address is none: a letter of it is wrong',
  247: 'tor was not introduced to its hidden service in time: it may be offline',
};

/** Both halves of it end by themselves. Throws a DaemonError, or what the signal was aborted with. */
export async function connectBySocks(
  proxy: Proxy,
  wanted: Wanted,
  { greetingMs, reachMs }: SocksLimits,
  signal: AbortSignal,
): Promise<net.Socket> {
  signal.throwIfAborted();
  const socket = net.connect({ ...proxy, allowHalfOpen: true, noDelay: true });
  const failed = failureOf(socket, proxy);
  const step = async <T>(work: Promise<T>, limitMs: number, what: string): Promise<T> => {
    const late = (): DaemonError => new DaemonError('timed-out', `${what} within ${limitMs / 1_000} s`);
    return answerOf((cut) => unlessAborted(Promise.race([work, failed.promise]), cut), signal, { limitMs, late });
  };
  try {
    await step(greet(socket, proxy), greetingMs, `${named(proxy)} has not answered`);
    await step(request(socket, wanted, proxy), reachMs, 'tor has not reached the peer');
    failed.forget();
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const named = ({ host, port }: Proxy): string => `tor's proxy at ${host}:${port}`;

async function greet(socket: net.Socket, proxy: Proxy): Promise<void> {
  socket.write(Buffer.of(VERSION, 1, NO_LOGIN));
  const [version, method] = await take(socket, 2);
  if (version !== VERSION) throw isNone(proxy);
  if (method !== NO_LOGIN) throw new DaemonError('unreachable', `${named(proxy)} wants a login`);
}

async function request(socket: net.Socket, { host, port }: Wanted, proxy: Proxy): Promise<void> {
  const name = Buffer.from(host);
  const head = Buffer.of(VERSION, CONNECT, 0, BY_NAME, name.length);
  socket.write(Buffer.concat([head, name, Buffer.of(port >> 8, port & 0xff)]));
  const [version, reply = 1, , kind = 0] = await take(socket, 4);
  if (version !== VERSION) throw isNone(proxy);
  // What follows a refusal is of no use.
  if (reply !== GRANTED) throw new DaemonError('unreachable', REFUSALS[reply] ?? `tor could not reach it (${reply})`);
  const bytes = kind === BY_NAME ? (await take(socket, 1))[0] : ADDRESS_BYTES[kind];
  if (bytes === undefined) throw isNone(proxy);
  await take(socket, bytes + 2);
}

const isNone = ({ host, port }: Proxy): DaemonError =>
  new DaemonError('unreachable', `what listens at ${host}:${port} is no SOCKS5 proxy: see remotedaemon.torProxy`);

/** So many bytes; what comes behind them stays with the stream. Waits for ever where they do not come. */
async function take(socket: net.Socket, bytes: number): Promise<Buffer> {
  // Held here: a stream with something left in it would call itself readable again and again.
  let held: Buffer = Buffer.alloc(0);
  while (held.length < bytes) {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) await new Promise<void>((resolve) => socket.once('readable', () => resolve()));
    else held = Buffer.concat([held, chunk]);
  }
  if (held.length > bytes) socket.unshift(held.subarray(bytes));
  return held.subarray(0, bytes);
}

/** What becomes of the connection to the proxy before there is a stream. */
function failureOf(socket: net.Socket, proxy: Proxy) {
  let forget = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const broke = (error: Error): void =>
      reject(new DaemonError('unreachable', whyNot(error, proxy), { cause: error }));
    const ended = (): void => reject(new DaemonError('unreachable', `${named(proxy)} ended without an answer`));
    socket.once('error', broke);
    for (const event of ['end', 'close']) socket.once(event, ended);
    forget = () => {
      socket.off('error', broke);
      for (const event of ['end', 'close']) socket.off(event, ended);
    };
  });
  promise.catch(() => undefined);
  return { promise, forget };
}

function whyNot(error: Error, { host, port }: Proxy): string {
  const code = errorCode(error);
  if (code === 'ECONNREFUSED') return `tor is not running at ${host}:${port}`;
  return `${named({ host, port })} cannot be used: ${code ?? error.message}`;
}

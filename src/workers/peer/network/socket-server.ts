// Owns: listening on a unix socket that others are to find by its path: put there whole, and taken away again.
// Leaves: who connects to it (program.ts, tor.ts), and what they say.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { meaningOf } from '../../../shared/system/errno.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { ownIdentity } from '../../../shared/system/file-identity.ts';
import { type WayInto, wayInto } from '../../../shared/system/socket-path.ts';

const LOOK_EVERY_MS = 30_000;

export interface SocketServer {
  /** It takes no more by itself, and why; never rejects. */
  readonly failed: Promise<DaemonError>;
  /** Takes no more, and is not there any more; streams stay. */
  readonly close: () => void;
}

export interface SocketServerOptions {
  /** Who may connect to it. */
  readonly mode: number;
  /** Both halves of a stream end by themselves. */
  readonly onStream: (stream: net.Socket) => void;
  /** git-annex takes a socket's place without asking: how often it is seen whether that has happened. */
  readonly lookEveryMs?: number;
}

/** Its directory is made where it is not there. Throws a DaemonError: `locked` where somebody listens there already. */
export async function openSocketServer(
  at: string,
  { mode, onStream, lookEveryMs = LOOK_EVERY_MS }: SocketServerOptions,
): Promise<SocketServer> {
  const name = path.basename(at);
  const fresh = `${name}.${process.pid.toString(36)}`;
  try {
    const directory = openDirectory(path.dirname(at), fresh);
    try {
      await throwIfTaken(at, directory.pathTo(name));
      const server = net.createServer({ allowHalfOpen: true }, onStream);
      // Made beside and put there whole: whoever finds it may connect, and it takes the place of what was left.
      fs.rmSync(directory.pathTo(fresh), { force: true });
      server.listen(directory.pathTo(fresh));
      await once(server, 'listening');
      fs.chmodSync(directory.pathTo(fresh), mode);
      fs.renameSync(directory.pathTo(fresh), directory.pathTo(name));
      return opened(at, server, lookEveryMs);
    } finally {
      directory.close();
    }
  } catch (error) {
    throw failureAt(at, error);
  }
}

function opened(at: string, server: net.Server, lookEveryMs: number): SocketServer {
  const identity = ownIdentity(at);
  const isInPlace = (): boolean => identity !== undefined && ownIdentity(at) === identity;
  let fail = (_why: string): void => undefined;
  const failed = new Promise<DaemonError>((resolve) => {
    fail = (why) => resolve(new DaemonError('dropped', `peers cannot come at ${printable(at)} any more: ${why}`));
  });
  server.on('error', (error) => fail(error.message));
  const looking = setInterval(() => isInPlace() || fail('somebody took its place'), lookEveryMs).unref();
  return {
    failed,
    close: () => {
      clearInterval(looking);
      if (isInPlace()) removeIfPossible(at);
      server.close();
    },
  };
}

function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file);
  } catch {
    // Nobody answers there any more, and whoever listens next replaces it.
  }
}

/** Made where it is not there. A daemon does not stand where it is. */
function openDirectory(directory: string, longestName: string): WayInto {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const way = wayInto(directory, longestName);
  if (way === undefined) throw new DaemonError('not-set-up', `${whatIs(directory)} is too long for a socket`);
  return way;
}

const whatIs = (file: string): string => `the path ${printable(file)}`;

/** What an ended process has left may be replaced; what is alive, and what is no socket, may not. */
async function throwIfTaken(at: string, near: string): Promise<void> {
  const found = fs.lstatSync(near, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new DaemonError('not-set-up', `${whatIs(at)} is that of no socket: move away what is there`);
  if (await isAnswered(near)) {
    const who = 'such as git annex remotedaemon, or git annex assistant';
    throw new DaemonError('locked', `another program listens at ${printable(at)} already (${who}): end it`);
  }
}

function isAnswered(at: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tried = net.connect(at);
    const settle = (isThere: boolean) => (): void => {
      tried.destroy();
      resolve(isThere);
    };
    tried.on('connect', settle(true));
    // EAGAIN: somebody is there, and has no time.
    tried.on('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? ''))());
  });
}

function failureAt(at: string, error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof DaemonError || code === undefined) return error;
  const lasting = meaningOf(code) === 'passes' ? 'not-now' : 'not-set-up';
  return new DaemonError(lasting, `nothing can listen at ${printable(at)}: ${code}`, { cause: error });
}

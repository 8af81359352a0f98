// Owns: peers that say what a test has them say, over a unix socket.
// Leaves: real ones (git-annex, and ours: test/end-to-end).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { openP2pStream, type P2pStream } from '../../../src/workers/peer/p2p-stream.ts';
import type { AtEnd } from '../../support/at-end.ts';
import { createLineLog, type LineLog } from '../../support/next-line.ts';
import type { Scratch } from '../../support/temp-repo.ts';

/** One who has come, from the side of the peer. */
export interface Visit {
  /** Counted from 1. */
  readonly number: number;
  readonly socket: Socket;
  readonly stream: P2pStream;
  /** Sends it as it is. */
  readonly send: (text: string | Uint8Array) => void;
  /** Sends lines. */
  readonly say: (...lines: readonly string[]) => void;
  /** The next line; `(end)` where there is none any more, once. */
  readonly hear: () => Promise<string>;
}

export interface ScriptedPeer {
  readonly socketPath: string;
  /** `1: AUTH …` for each line that a visit has heard, `1 came`, `1 is gone`. */
  readonly log: LineLog;
  /** A stream to it, dropped at the end of the test. */
  readonly dial: () => Promise<Socket>;
  readonly stop: () => Promise<void>;
  /** Drops all who are there. */
  readonly dropAll: () => void;
}

let made = 0;

/** Each who comes is dealt with by `script`; what that throws ends the visit. */
export async function startScriptedPeer(
  atEnd: AtEnd,
  scratch: Pick<Scratch, 'directory'>,
  script: (visit: Visit) => Promise<void>,
): Promise<ScriptedPeer> {
  made += 1;
  const socketPath = join(scratch.directory, `p${made}`);
  const log = createLineLog('the peer');
  const sockets = new Set<Socket>();
  let visits = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    visits += 1;
    const number = visits;
    sockets.add(socket);
    log.push(`${number} came`);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      log.push(`${number} is gone`);
    });
    const stream = openP2pStream(socket);
    let isOver = false;
    const hear = async (): Promise<string> => {
      if (isOver) throw new Error('it said that this was all');
      const read = await stream.readLine();
      isOver = read === undefined;
      const line = read ?? '(end)';
      log.push(`${number}: ${line}`);
      return line;
    };
    const send = (text: string | Uint8Array): void => void socket.write(text);
    const say = (...lines: readonly string[]): void => send(lines.map((line) => `${line}\n`).join(''));
    script({ number, socket, stream, send, say, hear }).catch(() => socket.destroy());
  });
  server.listen(socketPath);
  await once(server, 'listening');
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    dropAll();
    await closed;
  };
  atEnd(stop);
  const dial = async (): Promise<Socket> => {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    atEnd(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { socketPath, log, dial, stop, dropAll };
}

export const OWN_UUID = 'own-uuid';
export const PEER_UUID = 'peer-uuid';
/** As git-annex makes them: 128 characters. */
export const TOKEN = 'abcdefgh01234567'.repeat(8);

/** Lets in who has the token, as git-annex does. */
export async function letIn({ hear, say }: Visit): Promise<void> {
  say((await hear()) === `AUTH ${OWN_UUID} ${TOKEN}` ? `AUTH-SUCCESS ${PEER_UUID}` : 'AUTH-FAILURE');
}

/** Lets in, and answers until something is said that is neither of the two questions of ours; gives that. */
export async function greet(visit: Visit, features?: string): Promise<string> {
  await letIn(visit);
  for (;;) {
    const line = await visit.hear();
    if (line === 'VERSION 4') visit.say('VERSION 4');
    else if (line.startsWith('REMOTEDAEMON ')) visit.say(features ?? 'ERROR unknown command');
    else return line;
  }
}

/**
 * Runs a service of git in a repository as git-annex does (P2P/IO.hs, runRelayService): it ends with its client, says
 * its end twice, and then closes. What it sends at once is one DATA, however much that is.
 */
export async function relayGit(visit: Visit, args: readonly string[], { directory, env }: GitPlace): Promise<void> {
  const { socket, stream, say, send } = visit;
  const git = spawn('git', [...args, directory], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  git.stdin.on('error', () => undefined);
  git.stdout.on('data', (bytes: Buffer) => {
    say(`DATA ${bytes.length}`);
    send(bytes);
  });
  const feed = async (): Promise<void> => {
    for (let line = await stream.readLine(); line !== undefined; line = await stream.readLine()) {
      const [word, length] = line.split(' ');
      if (word !== 'DATA') break;
      for await (const piece of stream.readData(Number(length))) git.stdin.write(piece);
    }
    git.kill();
  };
  void feed().catch(() => git.kill());
  const [status] = await once(git, 'close');
  say(`CONNECTDONE ${status ?? 1}`, `CONNECTDONE ${status ?? 1}`);
  socket.end();
}

export interface GitPlace {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program `git-annex-p2p-NET` that leads to the peer's socket, whatever the address. Gives the directory it is in. */
export function makeNetworkProgram(scratch: Scratch, network: string, socketPath: string): string {
  const directory = join(scratch.directory, 'programs');
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `git-annex-p2p-${network}`);
  const script = `const s = require('node:net').connect({ path: ${JSON.stringify(socketPath)}, allowHalfOpen: true });
s.on('error', () => process.exit(1));
process.stdin.pipe(s);
s.pipe(process.stdout);
s.on('close', () => process.exit(0));
`;
  writeFileSync(file, `#!${process.execPath}\n${script}`);
  chmodSync(file, 0o755);
  return directory;
}

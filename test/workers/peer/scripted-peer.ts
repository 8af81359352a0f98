// Owns: peers that say what a test has them say, over a unix socket.
// Leaves: real ones (git-annex, and ours: test/end-to-end).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
const nextPlace = (): string => {
  made += 1;
  return `p${made}`;
};

/** Each who comes is dealt with by `script`; what that throws ends the visit. `at`: its socket, below the scratch directory. */
export async function startScriptedPeer(
  atEnd: AtEnd,
  scratch: Pick<Scratch, 'directory'>,
  script: (visit: Visit) => Promise<void>,
  at = nextPlace(),
): Promise<ScriptedPeer> {
  const socketPath = join(scratch.directory, at);
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

/** What a peer of git-annex has to tell, and when. */
export interface Changes {
  /** Answers the question of whoever waits, or the next one. */
  readonly tell: (line: string) => void;
  /** Resolves with what is to be told. */
  readonly next: () => Promise<string>;
}

export function createChanges(): Changes {
  const told: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  return {
    tell: (line) => {
      const waits = waiting.shift();
      if (waits) waits(line);
      else told.push(line);
    },
    next: () =>
      new Promise((resolve) => {
        const line = told.shift();
        if (line === undefined) waiting.push(resolve);
        else resolve(line);
      }),
  };
}

export interface PeerOfGit {
  readonly repo: GitPlace;
  readonly changes: Changes;
  /** What it answers to REMOTEDAEMON; undefined: as git-annex. */
  readonly features?: string;
}

/** Serves a repository, as git-annex does: lets in, answers, waits to tell of changes, and runs git. */
export async function servePeer(visit: Visit, { repo, changes, features }: PeerOfGit): Promise<void> {
  for (let line = await greet(visit, features); ; line = await visit.hear()) {
    if (line === 'NOTIFYCHANGE' || line === 'NOTIFYMOVED') visit.say(await changes.next());
    else if (line === 'CONNECT git-upload-pack') return relayGit(visit, ['upload-pack'], repo);
    else if (line === 'CONNECT git-upload-pack version=2') {
      const env = { ...repo.env, GIT_PROTOCOL: 'version=2' };
      return relayGit(visit, ['upload-pack'], { ...repo, env }, 'is heard by git');
    } else if (line.startsWith('INVITATION ')) visit.say('INVITATION-TAKEN');
    else if (line === '(end)') return void visit.socket.destroy();
    else visit.say('ERROR unknown command');
  }
}

/** Lets in, says what it knows, and gives the first line that asks something else. */
export async function greet(visit: Visit, features?: string): Promise<string> {
  await letIn(visit);
  for (;;) {
    const line = await visit.hear();
    if (!line.startsWith('REMOTEDAEMON ')) return line;
    visit.say(features ?? 'ERROR unknown command');
  }
}

/**
 * Runs a service of git in a repository as git-annex does (P2P/IO.hs, runRelayService): it ends with its client, says
 * its end twice, and then closes. What it sends at once is one DATA, however much that is. Ours, where protocol v2 was
 * asked for, takes its client's last word for no more than the end of what git is asked.
 */
export async function relayGit(
  visit: Visit,
  args: readonly string[],
  { directory, env }: GitPlace,
  lastWord: 'ends git' | 'is heard by git' = 'ends git',
): Promise<void> {
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
    if (lastWord === 'ends git') git.kill();
    else git.stdin.end();
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

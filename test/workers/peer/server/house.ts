// Owns: a repository that is served in this process over a unix socket, for tests: its loop, its reports, and guests' lines.
// Leaves: networks that are real (test/workers/peer/network), and main (test/main/serve).
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import { formatToken, READ_ONLY_TOKENS_FILE, TOKENS_FILE } from '../../../../src/shared/p2p/credentials.ts';
import { parseToken, type Token } from '../../../../src/shared/p2p/token.ts';
import type { PeerHere, ServeOrder, ServeReport, ServeTask } from '../../../../src/shared/serve-messages.ts';
import type { CloseHow } from '../../../../src/shared/thread-messages.ts';
import type { Network } from '../../../../src/workers/peer/network/network.ts';
import { runServeLoop } from '../../../../src/workers/peer/server/serve-loop.ts';
import type { AtEnd } from '../../../support/at-end.ts';
import { createLineLog, type LineLog, until } from '../../../support/next-line.ts';
import { commit, makeRepo, makeScratch, type Scratch, type TestRepo } from '../../../support/temp-repo.ts';

export const OWN: PeerAddress = { kind: 'p2p', network: 'test', address: 'here' };
export const OUR_UUID = '11111111-1111-1111-1111-111111111111';
export const THEIR_UUID = '22222222-2222-2222-2222-222222222222';

export interface House {
  readonly scratch: Scratch;
  readonly repo: TestRepo;
  readonly gitDir: string;
  readonly socket: string;
  /** `listening …`, `peers UUID:RIGHTS:STREAMS[:waiting] …`, `wants-write N`, `write-over N ok`, `invited N`, `log …`, `ended …` */
  readonly reports: LineLog;
  readonly all: readonly ServeReport[];
  readonly children: ReadonlySet<number>;
  readonly order: (order: ServeOrder) => void;
  readonly close: (how: CloseHow) => void;
  /** Lets go of the port, as a main thread that is gone. */
  readonly abandon: () => void;
  readonly over: Promise<void>;
  readonly write: Token;
  readonly read: Token;
  /** Writes the files of tokens as others do: beside them, then renamed. */
  readonly admit: (tokens: { readonly write?: readonly Token[]; readonly read?: readonly Token[] }) => void;
  readonly visit: () => Guest;
  /** One who was let in. */
  readonly letIn: (token?: Token, uuid?: string) => Promise<Guest>;
}

export interface Guest {
  readonly socket: net.Socket;
  readonly said: LineLog;
  readonly say: (...lines: readonly string[]) => void;
  /** Says it and gives the next line that comes. */
  readonly ask: (line: string) => Promise<string>;
  readonly gone: Promise<void>;
}

export const token = (letter: string): Token => {
  const made = parseToken(letter.repeat(128));
  if (made === undefined) throw new Error('not a token');
  return made;
};

/** `turns`: write turns are given at once. */
export async function openHouse(
  atEnd: AtEnd,
  { bare = false, turns = true, prepare = async () => undefined, ...more }: HouseOptions = {},
): Promise<House> {
  const scratch = more.scratch ?? makeScratch(atEnd);
  const repo = more.repo ?? (await makeRepo(scratch, 'repo', ...(bare ? ['--bare'] : [])));
  if (!bare && !more.repo) await commit(repo);
  const gitDir = bare ? repo.directory : join(repo.directory, '.git');
  await prepare(repo, scratch);
  const socket = more.socket ?? join(scratch.directory, 's');
  const [write, read] = [token('w'), token('r')];
  const admit: House['admit'] = (tokens) => {
    mkdirSync(join(gitDir, 'annex/creds'), { recursive: true, mode: 0o700 });
    const at = more.at ?? OWN;
    for (const [name, list] of [
      [TOKENS_FILE, tokens.write ?? []],
      [READ_ONLY_TOKENS_FILE, tokens.read ?? []],
    ] as const) {
      const file = join(gitDir, 'annex/creds', name);
      writeFileSync(`${file}.new`, list.map((each) => `${formatToken({ token: each, at })}\n`).join(''), {
        mode: 0o600,
      });
      renameSync(`${file}.new`, file);
    }
  };
  admit({ write: [write], read: [read] });
  const task: ServeTask = {
    ...{
      network: 'test',
      directory: repo.directory,
      gitDir,
      repositoryVariables: scratch.env,
      uuid: more.uuid ?? OUR_UUID,
    },
    torProxy: { host: '127.0.0.1', port: 9 },
    settings: {},
    secrets: {},
  };
  const { port1: ours, port2: theirs } = new MessageChannel();
  const reports = createLineLog('the loop');
  const all: ServeReport[] = [];
  const children = new Set<number>();
  const order = (one: ServeOrder): void => ours.postMessage(one);
  ours.on('message', (report: ServeReport) => {
    all.push(report);
    if (report.kind === 'wants-write' && turns) order({ kind: 'write-turn', turn: report.turn });
    if (report.kind === 'child') report.running ? children.add(report.pgid) : children.delete(report.pgid);
    else reports.push(textOf(report));
  });
  const over = runServeLoop(task, theirs, more.network ?? socketNetwork(socket, more.at ?? OWN)).finally(() =>
    theirs.close(),
  );
  const close = (how: CloseHow): void => order({ kind: 'close', how });
  atEnd(async () => {
    close('now');
    await over;
    ours.close();
    if (reports.count(/^log fault here/) > 0) throw new Error(reports.seen.map(({ text }) => text).join('\n'));
  });
  const visit = (): Guest => connect(atEnd, socket);
  const letIn: House['letIn'] = async (given = write, uuid = THEIR_UUID) => {
    const guest = visit();
    guest.say(`AUTH ${uuid} ${given}`);
    await guest.said.next(`AUTH-SUCCESS ${OUR_UUID}`);
    return guest;
  };
  if (!more.network) await reports.next(/^listening /);
  return {
    ...{
      scratch,
      repo,
      gitDir,
      socket,
      reports,
      all,
      children,
      order,
      close,
      over,
      abandon: () => ours.close(),
      write,
      read,
      admit,
      visit,
      letIn,
    },
  };
}

export interface HouseOptions {
  /** Instead of the socket; it is not waited for until that listens. */
  readonly network?: Network;
  readonly bare?: boolean;
  readonly turns?: boolean;
  readonly at?: PeerAddress;
  /** Of somebody else's making. */
  readonly scratch?: Scratch;
  readonly repo?: TestRepo;
  readonly socket?: string;
  readonly uuid?: string;
  readonly prepare?: (repo: TestRepo, scratch: Scratch) => Promise<unknown>;
}

export const peersOf = ({ all }: House): readonly PeerHere[] =>
  all.flatMap((report) => (report.kind === 'peers' ? [report.peers] : [])).at(-1) ?? [];

/** Resolves when the last that was told of who is here is so. */
export const untilPeers = (house: House, what: string, is: (peers: readonly PeerHere[]) => boolean): Promise<void> =>
  until(what, () => is(peersOf(house)));

export function connect(atEnd: AtEnd, socketPath: string): Guest {
  const socket = net.connect({ path: socketPath, allowHalfOpen: true });
  socket.on('error', () => undefined);
  const said = createLineLog('the guest');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) said.push(line);
  });
  const gone = new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', resolve);
  });
  void gone.then(() => {
    said.end('the stream has ended');
    socket.destroy();
  });
  atEnd(() => void socket.destroy());
  const say = (...lines: readonly string[]): void => void socket.write(lines.map((line) => `${line}\n`).join(''));
  const ask = async (line: string): Promise<string> => {
    say(line);
    return (await said.next(() => true)).text;
  };
  return { socket, said, say, ask, gone };
}

export function socketNetwork(path: string, at: PeerAddress): Network {
  return {
    dial: async () => {
      throw new Error('nobody dials here');
    },
    listen: async ({ onStream }) => {
      const server = net.createServer({ allowHalfOpen: true }, (stream) => onStream(stream, at));
      await new Promise<void>((resolve) => server.listen(path, 511, resolve));
      chmodSync(path, 0o600);
      return {
        addresses: [at],
        how: `the socket ${path}`,
        ended: new Promise<never>(() => undefined),
        close: async () => {
          server.close();
          if (existsSync(path)) rmSync(path, { force: true });
        },
      };
    },
  };
}

function textOf(report: Exclude<ServeReport, { kind: 'child' }>): string {
  switch (report.kind) {
    case 'listening':
      return `listening by ${report.how} at ${report.addresses.join(' ')}`;
    case 'peers':
      return `peers ${report.peers
        .map(({ uuid, rights, streams, isWaiting }) => `${uuid}:${rights}:${streams}${isWaiting ? ':waiting' : ''}`)
        .join(' ')}`;
    case 'wants-write':
      return `wants-write ${report.turn}`;
    case 'write-over':
      return `write-over ${report.turn} ${report.ok ? 'ok' : `failed: ${report.detail}`}`;
    case 'invited':
      return `invited ${report.invitation} ${report.text}`;
    case 'log':
      return `log ${report.text}`;
    case 'ended':
      return report.ending.kind === 'closed'
        ? 'ended closed'
        : `ended ${report.ending.failure.code}: ${report.ending.failure.detail}`;
    default:
      return report.kind;
  }
}

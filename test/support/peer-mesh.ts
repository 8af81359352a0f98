// Owns: repositories that are peers of each other over the network of the tests, without a common server.
// Leaves: that network (socket-network.ts), and those who come to it and are no daemon (peer-mesh-stranger.ts).
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import type { AtEnd } from './at-end.ts';
import { type Daemon, PROGRAM, startDaemon } from './daemon.ts';
import { until } from './next-line.ts';
import { untilRef } from './scene.ts';
import { type SocketNetwork, socketNetwork } from './socket-network.ts';
import { commit, type Environment, makeRepo, makeScratch, type Scratch, type TestRepo } from './temp-repo.ts';

export type Rights = 'read' | 'write';

export interface Member {
  /** By which the others find it, and what they call it. */
  readonly name: string;
  readonly repo: TestRepo;
  readonly uuid: string;
  /** The socket at which its daemon takes who comes over the network. */
  readonly socket: string;
}

export interface Mesh {
  readonly scratch: Scratch;
  readonly network: SocketNetwork;
  /** Of all that runs in it. */
  readonly env: Environment;
  /** A repository with one commit; it serves the network once a daemon runs there. */
  readonly join: (name: string) => Promise<Member>;
  /** `here` has `there` as a remote from now on, and a token for it. */
  readonly befriend: (here: Member, there: Member, rights?: Rights) => Promise<void>;
  /** Lets somebody in at a member: gives the token. */
  readonly admit: (at: Member, rights?: Rights) => string;
  /** Takes that away. */
  readonly shutOut: (at: Member, token: string) => void;
  readonly start: (member: Member) => Daemon;
  /** Whether anybody listens in the network for a member; a socket that somebody has left is nobody. */
  readonly isThere: (member: Member) => Promise<boolean>;
}

const TOKENS: Readonly<Record<Rights, string>> = { read: 'p2pauth-read-only', write: 'p2pauth' };

export function startMesh(atEnd: AtEnd): Mesh {
  const scratch = makeScratch(atEnd);
  const network = socketNetwork(scratch);
  // As if it were installed: git finds the remote helpers.
  const helpers = join(dirname(PROGRAM), '../helpers');
  const env: Environment = { ...network.env, PATH: [helpers, network.env.PATH].join(delimiter) };
  const admit = (at: Member, rights: Rights = 'write'): string => {
    const token = randomBytes(64).toString('hex');
    appendFileSync(join(creds(at.repo), TOKENS[rights]), `${token} ${network.urlOf(at.name)}\n`, { mode: 0o600 });
    return token;
  };
  return {
    scratch,
    network,
    env,
    admit,
    shutOut: ({ repo }, token) => {
      for (const file of [TOKENS.write, TOKENS.read]
        .map((name) => join(creds(repo), name))
        .filter((path) => existsSync(path))) {
        const kept = readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => !line.startsWith(token));
        writeFileSync(file, kept.join('\n'));
      }
    },
    join: (name) => makeMember({ ...scratch, env }, network, name),
    befriend: async (here, there, rights) => {
      writeFileSync(join(creds(here.repo), `sock%3A${there.name}`), `${admit(there, rights)}\n`, { mode: 0o600 });
      await here.repo.git('remote', 'add', there.name, network.urlOf(there.name));
      await here.repo.git('config', `remote.${there.name}.annex-uuid`, there.uuid);
    },
    start: (member) => startDaemon(atEnd, member.repo.directory, env),
    isThere: ({ name }) => isTaken(join(env.TESTNET_DIRECTORY ?? '', name)),
  };
}

/** All that a member knows: of those who may come, and of those to whom it may. */
export function secretsOf({ repo }: Member): string[] {
  const folder = creds(repo);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return files.flatMap((text) => text.match(/\b[a-z0-9]{128}\b/g) ?? []);
}

/** So many repositories of which each has all others as remotes. */
export async function makeFriends(mesh: Mesh, names: readonly string[]): Promise<Member[]> {
  const members = await Promise.all(names.map(mesh.join));
  for (const here of members) {
    for (const there of othersOf(members, here)) await mesh.befriend(here, there);
  }
  return members;
}

export interface Running extends Member {
  readonly daemon: Daemon;
}

/** Starts a daemon in each; resolves once each is connected to all others and has what they have. */
export async function startFriends(mesh: Mesh, members: readonly Member[]): Promise<Running[]> {
  const running = members.map((member) => ({ ...member, daemon: mesh.start(member) }));
  for (const { name, daemon } of running) {
    for (const other of members) if (other.name !== name) await daemon.line(`CONNECTED ${other.name}`);
  }
  for (const member of members) await untilEverywhere(member, members, await member.repo.git('rev-parse', 'main'));
  return running;
}

export const othersOf = <M extends Member>(members: readonly M[], { name }: Member): M[] =>
  members.filter((member) => member.name !== name);

/** Commits in one, and resolves once all others have it. */
export async function commitEverywhere(here: Member, members: readonly Member[]): Promise<string> {
  const tip = await commit(here.repo);
  await untilEverywhere(here, members, tip);
  return tip;
}

export async function untilEverywhere(from: Member, members: readonly Member[], tip: string): Promise<void> {
  await Promise.all(othersOf(members, from).map(({ repo }) => untilRef(repo, `refs/remotes/${from.name}/main`, tip)));
}

/** A commit whose pack is as big as that: of random bytes, which nothing makes smaller. */
export async function commitBytes(repo: TestRepo, bytes: number): Promise<string> {
  const files = join(repo.directory, `big-${randomUUID()}`);
  mkdirSync(files);
  for (let left = bytes, part = 0; left > 0; part += 1, left -= PART_BYTES) {
    writeFileSync(join(files, String(part)), randomBytes(Math.min(left, PART_BYTES)));
  }
  await repo.git('add', files);
  await repo.git('commit', '--quiet', '-m', `${bytes} bytes`);
  return repo.git('rev-parse', 'HEAD');
}

const PART_BYTES = 8 * 1024 * 1024;

/** Waits until so many bytes of a pack that is still coming have come. */
export async function untilReceiving({ directory }: TestRepo, bytes: number): Promise<void> {
  const folder = join(directory, '.git/objects/pack');
  await until(`a pack is received in ${directory}`, () =>
    readdirSync(folder)
      .filter((name) => name.startsWith('tmp_pack_'))
      .some((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) >= bytes),
  );
}

/** Of the place where a network by program hands over who comes, as git-annex names it. */
export const socketOf = (directory: string, name: string): string =>
  join(directory, '.git/annex/p2p', createHash('md5').update(`sock:${name}`).digest('hex'));

/** What is random anyhow is not made smaller; what comes is a pack at once, so that it can be seen coming. */
const PLAIN = '[core]\n\tcompression = 0\n\tbigFileThreshold = 1m\n[transfer]\n\tunpackLimit = 1\n';

async function makeMember(scratch: Scratch, network: SocketNetwork, name: string): Promise<Member> {
  const repo = await makeRepo(scratch, name);
  const uuid = randomUUID();
  await commit(repo, `The first of ${name}`);
  appendFileSync(
    join(repo.directory, '.git/config'),
    `[remotedaemon]\n\tserve = ${network.name}\n\tuuid = ${uuid}\n[testnet]\n\taddress = ${name}\n${PLAIN}`,
  );
  return { name, repo, uuid, socket: socketOf(repo.directory, name) };
}

function isTaken(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => settle(true));
    const settle = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.on('error', () => settle(false));
  });
}

function creds({ directory }: TestRepo): string {
  const folder = join(directory, '.git/annex/creds');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

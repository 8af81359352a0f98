// Owns: a laboratory in which real git-annex believes that there is tor: repositories, their hidden services and tokens.
// Leaves: its namespaces (annex-peer-namespaces.ts), what stands for tor there (annex-peer-tor.mjs), and real tor
//   (annex-peer-real-tor.ts).
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type Entrances,
  lacksNamespaces,
  NAMESPACE_PEERS,
  openNamespaces,
  PROXY_PORT,
  startSaying,
  UID_INSIDE,
} from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { createLineLog, type LineLog, logLines, until } from './next-line.ts';
import { lacksPeers, type Peer } from './peers.ts';
import { killQuietly } from './processes.ts';
import { makeRepo, type Scratch, type TestRepo } from './temp-repo.ts';

const run = promisify(execFile);

const TOR = fileURLToPath(new URL('annex-peer-tor.mjs', import.meta.url));
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const PORT = 4242;

export interface HiddenService {
  readonly onion: string;
  /** What a remote of it has as its URL. */
  readonly url: string;
  readonly socket: string;
  readonly uuid: string;
}

export interface AnnexLaboratory extends Entrances {
  /** Where the same proxy is for those who are outside of that network: the value of `remotedaemon.torProxy`. */
  readonly proxy: string;
  /** From here on torrc has a hidden service for this repository, and it knows its address. */
  readonly hide: (repo: TestRepo) => Promise<HiddenService>;
  /** Runs git-annex, or git, in there to its end; gives its stdout, and throws with its stderr. */
  readonly git: (repo: TestRepo, ...args: readonly string[]) => Promise<string>;
  /** Starts `git annex remotedaemon --foreground`. */
  readonly startAnnex: (repo: TestRepo) => AnnexDaemon;
}

export interface AnnexDaemon {
  readonly pid: number;
  readonly line: LineLog['next'];
  readonly lines: LineLog;
  readonly send: (line: string) => void;
  /** What it debugs: each line of the protocol, without tokens. */
  readonly stderr: () => string;
  readonly stop: () => Promise<void>;
}

/** For `describe.skipIf`: says what is missing, a program or leave to make namespaces. */
export const lacksAnnexLaboratory = (whatIsTested: string, ...alsoNeeded: readonly Peer[]): boolean =>
  lacksPeers(whatIsTested, 'git-annex-shell', 'tor', ...NAMESPACE_PEERS, ...alsoNeeded) ||
  lacksNamespaces(whatIsTested);

export async function annexLaboratory(atEnd: AtEnd, scratch: Scratch): Promise<AnnexLaboratory> {
  const { directory, env } = scratch;
  const etc = join(directory, 'etc');
  const torrc = join(etc, 'torrc');
  mkdirSync(etc);
  writeFileSync(torrc, '');
  const port = await freePort('127.0.0.1');
  const tor = (at: number): string[] => [process.execPath, TOR, torrc, String(at)];
  const [entrances] = await Promise.all([
    openNamespaces(atEnd, scratch, etc, tor(PROXY_PORT)),
    startSaying(atEnd, 'ready', tor(port), env),
  ]);
  return {
    ...laboratoryIn(atEnd, scratch, entrances),
    proxy: `127.0.0.1:${port}`,
    hide: (repo) => hide(scratch, torrc, repo),
  };
}

/** What all laboratories have, whatever stands for tor in their namespaces. */
export function laboratoryIn(
  atEnd: AtEnd,
  { env }: Scratch,
  entrances: Entrances,
): Pick<AnnexLaboratory, 'beside' | 'inside' | 'git' | 'startAnnex'> {
  return {
    ...entrances,
    git: async (repo, ...args) => {
      const [program = '', ...before] = entrances.inside(repo.directory);
      const { stdout } = await run(program, [...before, 'git', ...args], { env, maxBuffer: 2 ** 26 });
      return stdout.trimEnd();
    },
    startAnnex: (repo) => startAnnex(atEnd, entrances.inside(repo.directory), env),
  };
}

/** An empty repository with git-annex in it, and one commit. */
export async function makeAnnexRepo(scratch: Scratch, name: string): Promise<TestRepo> {
  const repo = await makeRepo(scratch, name);
  await repo.git('annex', 'init', '--quiet', name);
  await repo.git('commit', '--quiet', '--allow-empty', '-m', `The first of ${name}`);
  return repo;
}

/** As git-annex makes them. */
export const makeToken = (): string => randomBytes(64).toString('hex');

/** Lets in whoever has this token, with all rights; undefined: nobody. */
export function admit({ directory }: TestRepo, token: string | undefined): void {
  writeSecret(directory, 'p2pauth', token === undefined ? '' : `${token}\n`);
}

/** Lets in whoever has this token, to read. */
export function admitToRead({ directory }: TestRepo, token: string): void {
  writeSecret(directory, 'p2pauth-read-only', `${token}\n`);
}

/** What `git annex p2p --link` does once it has an address and a token: the remote, and the token's file. */
export async function link(repo: TestRepo, name: string, to: HiddenService, token: string): Promise<void> {
  await repo.git('remote', 'add', name, to.url);
  await repo.git('config', `remote.${name}.annex-uuid`, to.uuid);
  giveToken(repo, to, token);
}

/** The token that it shows there from now on. */
export function giveToken({ directory }: TestRepo, { onion }: HiddenService, token: string): void {
  // Of two names that are in use the one that this git-annex knows.
  writeSecret(directory, onion, `${token}\n`);
}

function writeSecret(directory: string, name: string, text: string): void {
  const folder = join(directory, '.git/annex/creds');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), text, { mode: 0o600 });
}

async function hide(scratch: Scratch, torrc: string, repo: TestRepo): Promise<HiddenService> {
  const uuid = await uuidOf(repo);
  const onion = `${[...randomBytes(56)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}.onion`;
  const folder = nameService(scratch, torrc, uuid);
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'hostname'), `${onion}\n`);
  return hidden(repo, { uuid, onion, socket: socketIn(scratch, uuid) });
}

/** git-annex's, or what ours was told to be. */
export const uuidOf = async (repo: TestRepo): Promise<string> =>
  (await repo.git('config', '--get-regexp', '^(annex|remotedaemon)\\.uuid$')).split(' ')[1] ?? '';

/** Adds it to torrc, by a name that ends as git-annex, and ours, looks for it; gives its folder. */
export function nameService(scratch: Scratch, torrc: string, uuid: string): string {
  const folder = join(scratch.directory, `tor-annex_${UID_INSIDE}_${uuid}`);
  appendFileSync(torrc, `\nHiddenServiceDir ${folder}\nHiddenServicePort ${PORT} unix:${socketIn(scratch, uuid)}\n`);
  return folder;
}

export const socketIn = ({ directory }: Scratch, uuid: string): string => join(directory, uuid.slice(0, 8));

/** The repository knows its address from now on. */
export function hidden(repo: TestRepo, service: Omit<HiddenService, 'url'>): HiddenService {
  const url = `tor-annex::${service.onion}:${PORT}`;
  writeSecret(repo.directory, 'p2paddrs', `${url}\n`);
  return { ...service, url };
}

function startAnnex(atEnd: AtEnd, inside: readonly string[], env: Scratch['env']): AnnexDaemon {
  const [program = '', ...before] = inside;
  const command = [...before, 'git', 'annex', 'remotedaemon', '--foreground', '--debug'];
  const child = spawn(program, command, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => child.stdin.destroy());
  const lines = createLineLog('git-annex', () => `Its stderr:\n${said}`);
  logLines(child.stdout, lines);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    killQuietly(-child.pid);
    await gone;
  };
  atEnd(stop);
  return {
    pid: child.pid ?? -1,
    line: lines.next,
    lines,
    send: (line) => void child.stdin.write(`${line}\n`),
    stderr: () => said,
    stop,
  };
}

/** Waits until somebody listens at its socket. */
export async function untilServed({ socket }: HiddenService): Promise<void> {
  await until(`somebody serves ${socket}`, () => existsSync(socket));
}

/** What a git-annex that was killed leaves. */
export const removeSocket = ({ socket }: HiddenService): void => rmSync(socket, { force: true });

// Owns: a laboratory in which real git-annex believes that there is tor: namespaces of its own, with a torrc of ours in
//   the place of the machine's, and with a SOCKS5 server where tor's would be.
// Leaves: that server (annex-peer-tor.mjs), and what is tried there (end-to-end/peers-annex.test.ts).
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { createLineLog, type LineLog, logLines, until } from './next-line.ts';
import { lacksPeers } from './peers.ts';
import { killQuietly } from './processes.ts';
import { makeRepo, type Scratch, type TestRepo } from './temp-repo.ts';

const run = promisify(execFile);

/** Where git-annex expects it, and cannot be told another. */
const [TORRC_FOLDER, PROXY_PORT] = ['/etc/tor', 9050];
const TOR = fileURLToPath(new URL('annex-peer-tor.mjs', import.meta.url));
/** Who is root is so in there, too; who is not becomes it there, and owns what is his outside. */
const isRoot = process.getuid?.() === 0;
const UNSHARED = ['--mount', '--net', ...(isRoot ? [] : ['--map-root-user'])];
const ENTERED = isRoot ? [] : ['--user', '--preserve-credentials'];
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export interface HiddenService {
  readonly onion: string;
  /** What a remote of it has as its URL. */
  readonly url: string;
  readonly socket: string;
  readonly uuid: string;
}

export interface AnnexLaboratory {
  /** To be put before a command, which then runs in `directory` with the laboratory's /etc/tor. */
  readonly beside: (directory: string) => readonly string[];
  /** The same, and with the laboratory's network, which is nothing but its tor. */
  readonly inside: (directory: string) => readonly string[];
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
export function lacksAnnexLaboratory(whatIsTested: string): boolean {
  if (lacksPeers(whatIsTested, 'git-annex-shell', 'tor', 'unshare', 'nsenter', 'busybox')) return true;
  const tried = spawnSync('unshare', [...UNSHARED, 'busybox', 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  if (tried.status === 0) return false;
  const reason = `namespaces of its own are not to be had here (${(tried.stderr ?? String(tried.error)).trim()})`;
  if (process.env.REQUIRE_PEERS === '1') throw new Error(`${whatIsTested}: ${reason}, and REQUIRE_PEERS=1 is set`);
  process.stderr.write(`\n*** SKIPPED: ${whatIsTested}: ${reason}\n\n`);
  return true;
}

export async function annexLaboratory(atEnd: AtEnd, scratch: Scratch): Promise<AnnexLaboratory> {
  const { directory, env } = scratch;
  const etc = join(directory, 'etc');
  const torrc = join(etc, 'torrc');
  mkdirSync(etc);
  writeFileSync(torrc, '');
  const begin = `mount --bind "$1" ${TORRC_FOLDER} && busybox ip link set lo up && exec "$2" "$3" "$4" ${PROXY_PORT}`;
  const words = [etc, process.execPath, TOR, torrc];
  const port = await freePort('127.0.0.1');
  const [inner] = await Promise.all([
    startTor(atEnd, 'unshare', [...UNSHARED, 'sh', '-c', begin, 'sh', ...words], env),
    startTor(atEnd, process.execPath, [TOR, torrc, String(port)], env),
  ]);
  const enter = (...namespaces: readonly string[]) =>
    function entering(where: string): readonly string[] {
      return ['nsenter', `--target=${inner}`, ...ENTERED, ...namespaces, `--wd=${where}`];
    };
  const inside = enter('--mount', '--net');
  return {
    beside: enter('--mount'),
    inside,
    proxy: `127.0.0.1:${port}`,
    hide: (repo) => hide(scratch, torrc, repo),
    git: async (repo, ...args) => {
      const [program = '', ...before] = inside(repo.directory);
      const { stdout } = await run(program, [...before, 'git', ...args], { env, maxBuffer: 2 ** 26 });
      return stdout.trimEnd();
    },
    startAnnex: (repo) => startAnnex(atEnd, inside(repo.directory), env),
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

async function hide({ directory }: Scratch, torrc: string, repo: TestRepo): Promise<HiddenService> {
  const uuid = await repo
    .git('config', '--get-regexp', '^(annex|remotedaemon)\\.uuid$')
    .then((line) => line.split(' ')[1] ?? '');
  const onion = `${[...randomBytes(56)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}.onion`;
  // Its name ends as git-annex, and ours, looks for it.
  const folder = join(directory, `tor-annex_${isRoot ? process.getuid?.() : 0}_${uuid}`);
  const socket = join(directory, onion.slice(0, 8));
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, 'hostname'), `${onion}\n`);
  appendFileSync(torrc, `\nHiddenServiceDir ${folder}\nHiddenServicePort 4242 unix:${socket}\n`);
  const url = `tor-annex::${onion}:4242`;
  writeSecret(repo.directory, 'p2paddrs', `${url}\n`);
  return { onion, url, socket, uuid };
}

/** Resolves to its process when it listens. */
async function startTor(atEnd: AtEnd, program: string, args: readonly string[], env: Scratch['env']): Promise<number> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = createLineLog('what stands for tor');
  logLines(child.stdout, said);
  logLines(child.stderr, { push: said.push, end: () => undefined });
  atEnd(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    killQuietly(child.pid);
    await once(child, 'exit');
  });
  await said.next('ready');
  return child.pid ?? -1;
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

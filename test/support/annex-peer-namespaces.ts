// Owns: namespaces in which /etc/tor is ours and the network is nothing but what runs there, and ways into them.
// Leaves: what runs there (annex-peer.ts, annex-peer-real-tor.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lacksOwn } from './abilities.ts';
import type { AtEnd } from './at-end.ts';
import { createLineLog, LIMIT_MS, logLines } from './next-line.ts';
import type { Peer } from './peers.ts';
import { killQuietly } from './processes.ts';
import type { Environment, Scratch } from './temp-repo.ts';

/** Where git-annex looks for tor, and cannot be told another place. */
const TORRC_FOLDER = '/etc/tor';
export const PROXY_PORT = 9050;
/** Who is root is so in there, too; who is not becomes it there, and owns what is his outside. */
const isRoot = process.getuid?.() === 0;
export const UID_INSIDE = 0;
const UNSHARED = ['--mount', '--net', ...(isRoot ? [] : ['--map-root-user'])];
const ENTERED = isRoot ? [] : ['--user', '--preserve-credentials'];

export const NAMESPACE_PEERS: readonly Peer[] = ['unshare', 'nsenter', 'busybox'];

export interface Entrances {
  /** To be put before a command, which then runs in `directory` with the laboratory's /etc/tor. */
  readonly beside: (directory: string) => readonly string[];
  /** The same, and with the laboratory's network, which is nothing but its tor. */
  readonly inside: (directory: string) => readonly string[];
}

/** Says so where they are not to be had; with REQUIRE_PEERS=1 that throws. */
export function lacksNamespaces(whatIsTested: string): boolean {
  return lacksOwn(whatIsTested, 'namespaces', [...UNSHARED, 'busybox', 'ip', 'link', 'set', 'lo', 'up']);
}

/** Makes them, with `etc` in the place of /etc/tor; they last as long as `command` runs there, which says `ready` first. */
export async function openNamespaces(
  atEnd: AtEnd,
  { env }: Scratch,
  etc: string,
  command: readonly string[],
): Promise<Entrances> {
  const begin = `mount --bind "$1" ${TORRC_FOLDER} && busybox ip link set lo up && shift && exec "$@"`;
  const words = ['unshare', ...UNSHARED, 'sh', '-c', begin, 'sh', etc, ...command];
  const holder = await startSaying(atEnd, 'ready', words, env);
  const enter = (...namespaces: readonly string[]) =>
    function entering(where: string): readonly string[] {
      return ['nsenter', `--target=${holder}`, ...ENTERED, ...namespaces, `--wd=${where}`];
    };
  return { beside: enter('--mount'), inside: enter('--mount', '--net') };
}

/** Starts something that runs until the end; resolves to its process once it has said this. */
export async function startSaying(
  atEnd: AtEnd,
  what: string | RegExp,
  [program = '', ...args]: readonly string[],
  env: Environment,
  limitMs = LIMIT_MS,
): Promise<number> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = createLineLog(program);
  logLines(child.stdout, said);
  logLines(child.stderr, { push: said.push, end: () => undefined });
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    killQuietly(child.pid);
    await once(child, 'exit');
  });
  await said.next(what, limitMs);
  return child.pid ?? -1;
}

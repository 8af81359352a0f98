// Owns: two machines on one cable, each a network namespace: what a test's host is, and the server beside it.
// Leaves: what runs in them. Needs iproute2 and network namespaces, so root.
import { spawnSync } from 'node:child_process';
import { lacksOwn } from './abilities.ts';
import { startSaying } from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import type { Environment } from './temp-repo.ts';

export interface OwnNetwork {
  /** Of a process that is there as long as it is. */
  readonly pid: number;
  /** To be put before a command that is to run there. */
  readonly through: readonly string[];
  /** Runs lines of sh there; throws what they complain of. */
  readonly run: (script: string) => void;
  /** The same, for what they print. */
  readonly read: (script: string) => string;
}

/** Says so where they are not to be had; to root with REQUIRE_PEERS=1 that throws. */
export function lacksOwnNetworks(whatIsTested: string): boolean {
  const words = ['--net', 'sh', '-c', 'ip link set lo up && ip link add veth-a type veth peer name veth-b'];
  return lacksOwn(whatIsTested, 'networks', words);
}

/** One with nothing but loopback, and that is up. */
export async function openOwnNetwork(atEnd: AtEnd, env: Environment): Promise<OwnNetwork> {
  const words = ['unshare', '--net', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep 600'];
  const pid = await startSaying(atEnd, 'ready', words, env);
  const through = ['nsenter', `--target=${pid}`, '--net'];
  const read = (script: string): string => {
    const [program = '', ...args] = [...through, 'sh', '-ec', script];
    const done = spawnSync(program, args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${script}\n${done.stderr}`);
    return done.stdout;
  };
  return { pid, through, run: (script) => void read(script), read };
}

/** Of both `eth0` is up, and has no address that anybody gave it. */
export async function openCable(atEnd: AtEnd, env: Environment): Promise<readonly [OwnNetwork, OwnNetwork]> {
  const [host, server] = await Promise.all([openOwnNetwork(atEnd, env), openOwnNetwork(atEnd, env)]);
  host.run(`ip link add eth0 type veth peer name eth0 netns ${server.pid}; ip link set eth0 up`);
  server.run('ip link set eth0 up');
  return [host, server];
}

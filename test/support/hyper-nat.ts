// Owns: two networks behind a router each, which translates addresses and lets nothing in unasked, and nodes of hyper outside.
// Leaves: what runs in them. Needs iproute2, iptables, and network namespaces, so root.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSaying } from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import type { Environment } from './temp-repo.ts';

export interface Networks {
  readonly bootstrap: string;
  /** To be put before a command that is to run behind one of the routers. */
  readonly behind: readonly [readonly string[], readonly string[]];
  /** The first router has another address outside, and knows nothing of what went through it. */
  readonly readdress: () => void;
}

/** Nobody's who could be reached from here: there is no way out of these namespaces. */
const OUTSIDE = '5.5.5';
const HOSTS = [1, 2, 3, 4, 5, 6].map((each) => `${OUTSIDE}.${each}`);
const PORT = 23_456;
const NODES = join(dirname(fileURLToPath(import.meta.url)), 'hyper-nodes.mjs');

/** Says so where they are not to be had; to root with REQUIRE_PEERS=1 that throws. */
export function lacksRouters(whatIsTested: string): boolean {
  const words = [
    '--net',
    'sh',
    '-c',
    'ip link add veth-a type veth peer name veth-b && iptables -t nat -A POSTROUTING -j MASQUERADE',
  ];
  const tried = spawnSync('unshare', words, { encoding: 'utf8' });
  if (tried.status === 0) return false;
  const reason = `routers of its own are not to be had here (${(tried.stderr ?? String(tried.error)).trim()})`;
  if (process.env.REQUIRE_PEERS === '1' && process.getuid?.() === 0)
    throw new Error(`${whatIsTested}: ${reason}, and REQUIRE_PEERS=1 is set`);
  process.stderr.write(`\n*** SKIPPED: ${whatIsTested}: ${reason}\n\n`);
  return true;
}

export async function openNetworks(atEnd: AtEnd, env: Environment): Promise<Networks> {
  const holders = await Promise.all(Array.from({ length: 5 }, () => openNamespace(atEnd, env)));
  const [outside = 0, ...inner] = holders;
  inside(
    outside,
    `ip link add br0 type bridge; for each in 1 2 3 4 5 6; do ip addr add ${OUTSIDE}.$each/24 dev br0; done; ip link set br0 up`,
  );
  const behind = [0, 1].map((index) => {
    const [router = 0, host = 0] = inner.slice(2 * index);
    makeRouter({ index, outside, router, host });
    return ['nsenter', `--target=${host}`, '--net'];
  });
  const [first = [], second = []] = behind;
  const nodes = ['nsenter', `--target=${outside}`, '--net', process.execPath, NODES, String(PORT), ...HOSTS];
  await startSaying(atEnd, 'ready', nodes, env);
  const [router = 0] = inner;
  return {
    bootstrap: `${OUTSIDE}.1:${PORT}`,
    behind: [first, second],
    readdress: () => inside(router, `ip addr flush dev wan; ip addr add ${OUTSIDE}.99/24 dev wan`),
  };
}

const openNamespace = (atEnd: AtEnd, env: Environment): Promise<number> =>
  startSaying(atEnd, 'ready', ['unshare', '--net', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep 600'], env);

interface Router {
  readonly index: number;
  readonly outside: number;
  readonly router: number;
  readonly host: number;
}

/**
 * What comes unasked is dropped at its outer side, as routers of homes do. Were it let in to be refused, the flow that it
 * leaves in the router's table would have the ports that the host's own answer needs, which would then go by another one:
 * then two of them never meet.
 */
function makeRouter({ index, outside, router, host }: Router): void {
  const lan = `10.${index + 1}.0`;
  inside(
    outside,
    `ip link add veth${index} type veth peer name wan netns ${router}; ip link set veth${index} master br0 up`,
  );
  inside(
    router,
    `ip addr add ${OUTSIDE}.${index + 11}/24 dev wan; ip link set wan up
    ip link add lan type veth peer name eth0 netns ${host}; ip addr add ${lan}.1/24 dev lan; ip link set lan up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -j ACCEPT
    iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
    iptables -P FORWARD DROP
    iptables -A INPUT -i wan -j DROP`,
  );
  inside(host, `ip addr add ${lan}.2/24 dev eth0; ip link set eth0 up; ip route add default via ${lan}.1`);
}

function inside(namespace: number, script: string): void {
  const words = [`--target=${namespace}`, '--net', 'sh', '-ec', script];
  const done = spawnSync('nsenter', words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${script}\n${done.stderr}`);
}

// Owns: two networks behind a router each, which translates addresses and lets nothing in unasked, and nodes of hyper outside.
// Leaves: what runs in them. Needs iproute2, iptables, and network namespaces, so root.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacksOwn } from './abilities.ts';
import { startSaying } from './annex-peer-namespaces.ts';
import type { AtEnd } from './at-end.ts';
import { type OwnNetwork, openOwnNetwork } from './own-networks.ts';
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
  return lacksOwn(whatIsTested, 'routers', words);
}

export async function openNetworks(atEnd: AtEnd, env: Environment): Promise<Networks> {
  const open = (): Promise<OwnNetwork> => openOwnNetwork(atEnd, env);
  const [outside, ...sides] = await Promise.all([open(), openSide(open), openSide(open)]);
  outside.run(
    `ip link add br0 type bridge; for each in 1 2 3 4 5 6; do ip addr add ${OUTSIDE}.$each/24 dev br0; done; ip link set br0 up`,
  );
  for (const [index, side] of sides.entries()) makeRouter(index, outside, side);
  await startSaying(atEnd, 'ready', [...outside.through, process.execPath, NODES, String(PORT), ...HOSTS], env);
  const [first, second] = sides;
  return {
    bootstrap: `${OUTSIDE}.1:${PORT}`,
    behind: [first.host.through, second.host.through],
    readdress: () => first.router.run(`ip addr flush dev wan; ip addr add ${OUTSIDE}.99/24 dev wan`),
  };
}

interface Side {
  readonly router: OwnNetwork;
  readonly host: OwnNetwork;
}

async function openSide(open: () => Promise<OwnNetwork>): Promise<Side> {
  const [router, host] = await Promise.all([open(), open()]);
  return { router, host };
}

/**
 * What comes unasked is dropped at its outer side, as routers of homes do. Were it let in to be refused, the flow that it
 * leaves in the router's table would have the ports that the host's own answer needs, which would then go by another one:
 * then two of them never meet.
 */
function makeRouter(index: number, outside: OwnNetwork, { router, host }: Side): void {
  const lan = `10.${index + 1}.0`;
  outside.run(
    `ip link add veth${index} type veth peer name wan netns ${router.pid}; ip link set veth${index} master br0 up`,
  );
  router.run(
    `ip addr add ${OUTSIDE}.${index + 11}/24 dev wan; ip link set wan up
    ip link add lan type veth peer name eth0 netns ${host.pid}; ip addr add ${lan}.1/24 dev lan; ip link set lan up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
    iptables -A FORWARD -i lan -j ACCEPT
    iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
    iptables -P FORWARD DROP
    iptables -A INPUT -i wan -j DROP`,
  );
  host.run(`ip addr add ${lan}.2/24 dev eth0; ip link set eth0 up; ip route add default via ${lan}.1`);
}

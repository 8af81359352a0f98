// Owns: what is made of this machine's addresses and clocks, on made-up ones.
// Leaves: reading them (addresses.test.ts).
import { expect, test } from 'vitest';
import {
  type Addresses,
  mayReach,
  type NetworkNews,
  newsOf,
  watchNetwork,
} from '../../../../src/main/host/network/network.ts';

const on = (name: string, ...all: string[]) =>
  all.map((at) => ({ at, interface: name, isOfNoNetwork: /^(?:127\.|fe80)/.test(at) }));
const LO = on('lo', '127.0.0.1');
const CAME = { came: true, why: 'the network came back or changed' };
const WENT = { came: false, why: 'a network is gone' };
const WOKE = { came: true, why: 'this machine woke from sleep' };
const LAN = [...LO, ...on('eth0', '192.0.2.7')];

const LOOKS: readonly (readonly [string, Addresses, Addresses, number, number, NetworkNews | undefined])[] = [
  ['nothing new', LAN, LAN, 5, 5, undefined],
  ['an address more', LO, LAN, 5, 5, CAME],
  ['a link-local one, as of a cable to another machine', LO, [...LO, ...on('eth0', 'fe80::1')], 5, 5, CAME],
  ['one beside a network, as of a container that starts', LAN, [...LAN, ...on('veth1', 'fe80::1')], 5, 5, undefined],
  ['and of one that ends', [...LAN, ...on('veth1', 'fe80::1')], LAN, 5, 5, undefined],
  ['a network beside which there was one', [...LAN, ...on('eth0', 'fe80::1')], LO, 5, 5, WENT],
  ['the same address on another interface', LAN, [...LO, ...on('wlan0', '192.0.2.7')], 5, 5, CAME],
  ['another address', LAN, [...LO, ...on('eth0', '198.51.100.7')], 5, 5, CAME],
  ['an address less', LAN, LO, 5, 5, WENT],
  ['a clock that went on while the other stood', LAN, LAN, 3_605, 5, WOKE],
  ['a short sleep', LAN, LAN, 9, 5, WOKE],
  ['a look that comes late', LAN, LAN, 25, 25, WOKE],
  ['a look that comes a little late', LAN, LAN, 12, 12, undefined],
  ['a wall clock that is set back', LAN, LAN, -3_600, 5, undefined],
  ['a sleep and another network', LAN, [...LO, ...on('eth0', '198.51.100.7')], 3_605, 5, CAME],
  ['addresses that cannot be told any more', LAN, undefined, 5, 5, undefined],
  ['addresses that can be told again', undefined, LAN, 5, 5, undefined],
  ['a sleep, where addresses cannot be told', undefined, undefined, 3_605, 5, WOKE],
];

test.each(LOOKS)('%s', (_what, before, now, wallS, monotonicS, news) => {
  const at = { wallMs: 1_000_000, monotonicMs: 50 };
  const later = { wallMs: at.wallMs + wallS * 1_000, monotonicMs: at.monotonicMs + monotonicS * 1_000 };
  expect(newsOf({ addresses: before, at }, { addresses: now, at: later })).toEqual(news);
});

test.each<[string, Addresses, boolean]>([
  ['loopback only', LO, false],
  ['no interface at all', [], false],
  ['what is there without a network', [...LO, ...on('eth0', 'fe80::1')], false],
  ['an address', LAN, true],
  ['what nobody can tell', undefined, true],
])('by %s another host may be reached: %s', (_what, addresses, may) => {
  expect(mayReach(addresses)).toBe(may);
});

test('an address that goes and is back by the next look has come back for who asked in between', () => {
  let addresses: Addresses = LAN;
  let look = (): void => expect.unreachable();
  let monotonicMs = 0;
  const told: NetworkNews[] = [];
  const network = watchNetwork({
    addresses: () => addresses,
    now: () => ({ wallMs: monotonicMs, monotonicMs }),
    every: (ms, onTime) => {
      look = () => {
        monotonicMs += ms;
        onTime();
      };
      return () => undefined;
    },
    changed: (news) => told.push(news),
  });
  look();
  expect([network.isOnline(), told]).toEqual([true, []]);
  addresses = LO;
  expect(network.isOnline()).toBe(false);
  addresses = LAN;
  look();
  look();
  expect(told).toEqual([CAME]);
});

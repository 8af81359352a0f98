// Owns: what is made of this machine's addresses and clocks, on made-up ones.
// Leaves: reading them (addresses.test.ts).
import { expect, test } from 'vitest';
import {
  type Addresses,
  mayReach,
  type NetworkNews,
  newsOf,
  type Routes,
  watchNetwork,
} from '../../../../src/main/host/network/network.ts';

const on = (name: string, ...all: string[]) =>
  all.map((at) => ({ at, interface: name, isOfNoNetwork: /^(?:127\.|fe80)/.test(at) }));
const LO = on('lo', '127.0.0.1');
const CAME = { came: true, lost: false, why: 'the network came back or changed' };
const CHANGED = { ...CAME, lost: true };
const WENT = { came: false, lost: true, why: 'a network is gone' };
const WOKE = { came: true, lost: true, why: 'this machine woke from sleep' };
const LAN = [...LO, ...on('eth0', '192.0.2.7')];

const LOOKS: readonly (readonly [string, Addresses, Addresses, number, number, NetworkNews | undefined])[] = [
  ['nothing new', LAN, LAN, 5, 5, undefined],
  ['an address more', LO, LAN, 5, 5, CAME],
  ['a link-local one, as of a cable to another machine', LO, [...LO, ...on('eth0', 'fe80::1')], 5, 5, CAME],
  ['one beside a network, as of a container that starts', LAN, [...LAN, ...on('veth1', 'fe80::1')], 5, 5, undefined],
  ['and of one that ends', [...LAN, ...on('veth1', 'fe80::1')], LAN, 5, 5, undefined],
  ['a network beside which there was one', [...LAN, ...on('eth0', 'fe80::1')], LO, 5, 5, WENT],
  ['the same address on another interface', LAN, [...LO, ...on('wlan0', '192.0.2.7')], 5, 5, CHANGED],
  ['another address', LAN, [...LO, ...on('eth0', '198.51.100.7')], 5, 5, CHANGED],
  ['an address less', LAN, LO, 5, 5, WENT],
  ['a clock that went on while the other stood', LAN, LAN, 3_605, 5, WOKE],
  ['a short sleep', LAN, LAN, 9, 5, WOKE],
  ['a look that comes late', LAN, LAN, 25, 25, WOKE],
  ['a look that comes a little late', LAN, LAN, 12, 12, undefined],
  ['a wall clock that is set back', LAN, LAN, -3_600, 5, undefined],
  ['a sleep and another network', LAN, [...LO, ...on('eth0', '198.51.100.7')], 3_605, 5, CHANGED],
  ['addresses that cannot be told any more', LAN, undefined, 5, 5, undefined],
  ['addresses that can be told again', undefined, LAN, 5, 5, undefined],
  ['a sleep, where addresses cannot be told', undefined, undefined, 3_605, 5, WOKE],
];

test.each(LOOKS)('%s', (_what, before, now, wallS, monotonicS, news) => {
  const at = { wallMs: 1_000_000, monotonicMs: 50 };
  const later = { wallMs: at.wallMs + wallS * 1_000, monotonicMs: at.monotonicMs + monotonicS * 1_000 };
  expect(newsOf({ addresses: before, routes: [], at }, { addresses: now, routes: [], at: later })).toEqual(news);
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

const ROUTED = { came: true, lost: false, why: 'the network has another default route' };
const REROUTED = { ...ROUTED, lost: true };
const UNROUTED = { came: false, lost: true, why: 'a default route is gone' };

test.each<[string, Routes, Routes, NetworkNews | undefined]>([
  ['the same', ['0101A8C0 eth0'], ['0101A8C0 eth0'], undefined],
  ['the first', [], ['0101A8C0 eth0'], ROUTED],
  ['another gateway, where the address is the same', ['0101A8C0 eth0'], ['FE01A8C0 eth0'], REROUTED],
  ['the same gateway by another interface', ['0101A8C0 eth0'], ['0101A8C0 wlan0'], REROUTED],
  ['one more', ['0101A8C0 eth0'], ['00000000 tun0', '0101A8C0 eth0'], ROUTED],
  ['one less', ['00000000 tun0', '0101A8C0 eth0'], ['0101A8C0 eth0'], UNROUTED],
  ['in another order', ['a x', 'b y'], ['b y', 'a x'], undefined],
  ['what nobody can tell any more', ['0101A8C0 eth0'], undefined, undefined],
  ['what can be told again', undefined, ['0101A8C0 eth0'], undefined],
])('default routes: %s', (_what, before, routes, news) => {
  const at = { wallMs: 0, monotonicMs: 0 };
  expect(newsOf({ addresses: LAN, routes: before, at }, { addresses: LAN, routes, at })).toEqual(news);
});

/** A watch of a machine that is made up. */
function madeUp() {
  const here = { addresses: LAN as Addresses, wallMs: 0, monotonicMs: 0 };
  const told: NetworkNews[] = [];
  const timers = new Map<() => void, number>();
  const network = watchNetwork({
    addresses: () => here.addresses,
    routes: () => [],
    now: () => ({ wallMs: here.wallMs, monotonicMs: here.monotonicMs }),
    every: (ms, look) => {
      timers.set(look, ms);
      return () => timers.delete(look);
    },
    changed: (news) => told.push(news),
  });
  const pass = (ms: number): void => {
    here.wallMs += ms;
    here.monotonicMs += ms;
    for (const [look, everyMs] of [...timers]) if (here.monotonicMs % everyMs === 0) look();
  };
  return { here, told, timers, network, pass };
}

test('an address that goes and is back by the next look has come back for who asked in between', () => {
  const { here, told, network, pass } = madeUp();
  pass(5_000);
  expect([network.isOnline(), told]).toEqual([true, []]);
  here.addresses = LO;
  expect(network.isOnline()).toBe(false);
  here.addresses = LAN;
  pass(5_000);
  pass(5_000);
  expect(told).toEqual([CAME]);
});

test('who is told to look does so at once, and the next look finds nothing new', () => {
  const { here, told, network, pass } = madeUp();
  here.addresses = [...LAN, ...on('wlan0', '198.51.100.7')];
  network.look();
  expect(told).toEqual([CAME]);
  pass(5_000);
  expect(told).toEqual([CAME]);
});

test('a sleep shows within two seconds of its end, and is told of once, whoever notices first', () => {
  const { here, told, network, pass } = madeUp();
  pass(2_000);
  here.wallMs += 3_600_000;
  pass(2_000);
  expect(told).toEqual([WOKE]);
  network.woke();
  expect(told).toEqual([WOKE]);
  pass(20_000);
  network.woke();
  here.wallMs += 1_000;
  network.look();
  expect(told).toEqual([WOKE, WOKE]);
});

test('where somebody tells of sleep the clocks are not looked at every two seconds, and a sleep shows at the next look', () => {
  const { here, told, timers, network, pass } = madeUp();
  network.sleepIsTold(true);
  expect([...timers.values()]).toEqual([5_000]);
  here.wallMs += 3_600_000;
  pass(5_000);
  expect(told).toEqual([WOKE]);
  network.sleepIsTold(false);
  expect([...timers.values()]).toEqual([5_000, 2_000]);
  network.close();
  expect(timers.size).toBe(0);
});

test('where somebody tells of changes, a look a minute finds what was not told; a sleep shows as soon as else', () => {
  const { here, told, timers, network, pass } = madeUp();
  here.addresses = [...LAN, ...on('wlan0', '198.51.100.7')];
  network.linksAreTold(true);
  expect([told, [...timers.values()]]).toEqual([[CAME], [60_000, 2_000]]);
  here.wallMs += 3_600_000;
  pass(2_000);
  expect(told).toEqual([CAME, WOKE]);
  network.sleepIsTold(true);
  expect([...timers.values()]).toEqual([60_000, 5_000]);
  for (let passed = 0; passed < 120_000; passed += 5_000) pass(5_000);
  expect(told).toEqual([CAME, WOKE]);
  here.addresses = LAN;
  network.linksAreTold(false);
  expect([told.length, [...timers.values()]]).toEqual([3, [5_000]]);
});

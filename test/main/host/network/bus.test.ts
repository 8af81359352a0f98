// Owns: what is made of a system bus: a real one, with stand-ins for those who tell of the network.
// Leaves: what the daemon does about it (end-to-end/metered.test.ts).
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type BusState,
  isMetered,
  NOBODY_THERE,
  stepBus,
  tellsOfSleep,
} from '../../../../src/main/host/network/bus/bus-news.ts';
import { busSocket, watchBus } from '../../../../src/main/host/network/bus/watch-bus.ts';
import { until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { LOGIND, NETWORK_MANAGER, startSystemBus } from '../../../support/system-bus.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const PROPERTIES = 'org.freedesktop.DBus.Properties';
const BOTH: BusState = { owners: { [NETWORK_MANAGER]: ':1.1', [LOGIND]: ':1.2' }, values: { Connectivity: 1 } };

const changed = (sender: string, ...pairs: readonly (readonly [string, unknown])[]) =>
  ({
    kind: 'signal',
    sender,
    interface: PROPERTIES,
    member: 'PropertiesChanged',
    body: [NETWORK_MANAGER, pairs.map(([name, value]) => [name, [[{ type: 'u' }], [value]]]), []],
  }) as const;
const sleeps = (sender: string, begins: boolean) =>
  ({
    kind: 'signal',
    sender,
    interface: 'org.freedesktop.login1.Manager',
    member: 'PrepareForSleep',
    body: [begins],
  }) as const;
const owner = (name: string, now: string) =>
  ({
    kind: 'signal',
    sender: 'org.freedesktop.DBus',
    interface: 'org.freedesktop.DBus',
    member: 'NameOwnerChanged',
    body: [name, '', now],
  }) as const;

test('full connectivity is news where it was known to be less, and a machine that wakes is', () => {
  const tells = (event: Parameters<typeof stepBus>[1], state = BOTH) => stepBus(state, event).tells;
  expect(tells(changed(':1.1', ['Connectivity', 4]))).toEqual([{ kind: 'full-connectivity' }]);
  expect(tells(changed(':1.1', ['State', 70], ['Connectivity', 4]))).toEqual([{ kind: 'full-connectivity' }]);
  expect(tells(changed(':1.1', ['Connectivity', 2]))).toEqual([]);
  expect(tells(changed(':1.1', ['Connectivity', 4]), { ...BOTH, values: { Connectivity: 4 } })).toEqual([]);
  expect(tells({ kind: 'value', property: 'Connectivity', value: ['u', [4]] }, { ...BOTH, values: {} })).toEqual([]);
  expect(tells(sleeps(':1.2', false))).toEqual([{ kind: 'woke' }]);
  expect(tells(sleeps(':1.2', true))).toEqual([]);
});

test('what anybody else says counts for nothing, and neither does what makes no sense', () => {
  for (const event of [
    changed(':1.9', ['Connectivity', 4]),
    changed(':1.2', ['Connectivity', 4]),
    sleeps(':1.1', false),
    sleeps('org.freedesktop.login1', false),
    { ...owner(LOGIND, ':1.9'), sender: ':1.9' },
    changed(':1.1', ['Connectivity', 'full']),
    { ...changed(':1.1'), body: [] },
    { ...changed(':1.1'), body: [NETWORK_MANAGER, 'Connectivity', 4] },
  ])
    expect(stepBus(BOTH, event)).toEqual({ state: BOTH, tells: [] });
});

test('who comes is asked, and what one said who is gone holds no more', () => {
  const come = stepBus(NOBODY_THERE, owner(NETWORK_MANAGER, ':1.5'));
  expect(come).toEqual({
    state: { owners: { [NETWORK_MANAGER]: ':1.5' }, values: {} },
    tells: [{ kind: 'ask-values' }],
  });
  const metered = stepBus(come.state, { kind: 'value', property: 'Metered', value: ['u', [3]] }).state;
  expect([isMetered(NOBODY_THERE), isMetered(metered)]).toEqual([undefined, true]);
  expect(isMetered(stepBus(metered, changed(':1.5', ['Metered', 4])).state)).toBe(false);
  expect(isMetered(stepBus(metered, owner(NETWORK_MANAGER, '')).state)).toBeUndefined();
  expect([BOTH, stepBus(BOTH, owner(LOGIND, '')).state].map(tellsOfSleep)).toEqual([true, false]);
});

test.each<[string | undefined, string | undefined]>([
  [undefined, '/run/dbus/system_bus_socket'],
  ['unix:path=/run/a', '/run/a'],
  ['tcp:host=h,port=1;unix:guid=3,path=/run/a%20b,x=y', '/run/a b'],
  ['unix:abstract=/a', '\0/a'],
  ['tcp:host=h,port=1', undefined],
])('the bus at %s', (address, socket) => {
  expect(busSocket(address === undefined ? {} : { DBUS_SYSTEM_BUS_ADDRESS: address })).toBe(socket);
});

/** Listens at an address, and writes down what it hears. */
function listenAt(address: string) {
  const heard: string[] = [];
  const note = (what: string) => (): void => void heard.push(what);
  const watch = watchBus({
    env: { DBUS_SYSTEM_BUS_ADDRESS: address },
    fullConnectivity: note('full connectivity'),
    woke: note('woke'),
    sleepIsTold: (isTold) => heard.push(`sleep is ${isTold ? 'told' : 'not told'}`),
    meteredChanged: () => heard.push(`metered ${watch.isMetered()}`),
    log: (text) => heard.push(text),
  });
  onTestFinished(watch.close);
  return { heard, watch, hears: (what: string) => until(what, () => heard.includes(what)) };
}

describe.skipIf(lacksPeers('a system bus', 'dbus-daemon'))('on a real bus', () => {
  test('whoever is there is asked, whoever comes is heard, and a bus that went is joined again', async () => {
    const scratch = makeScratch(onTestFinished);
    const bus = await startSystemBus(onTestFinished, scratch);
    const manager = await bus.standIn(NETWORK_MANAGER);
    manager.set({ Connectivity: 1, Metered: 1 });
    const { heard, watch, hears } = listenAt(bus.address);
    await watch.asked;
    expect([heard, watch.isMetered()]).toEqual([['metered true'], true]);
    manager.set({ Connectivity: 4, Metered: 2 });
    await hears('full connectivity');
    await hears('metered false');
    const logind = await bus.standIn(LOGIND);
    await hears('sleep is told');
    logind.signal('/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [false]);
    await hears('woke');
    manager.leave();
    await hears('metered undefined');
    bus.stop();
    await hears('sleep is not told');
    const again = await startSystemBus(onTestFinished, scratch);
    (await again.standIn(NETWORK_MANAGER)).set({ Metered: 3 });
    await until('it is joined again', () => watch.isMetered() === true);
  });
});

test('where there is no bus there is nobody to wait for, and nothing to be told', async () => {
  const { heard, watch } = listenAt('unix:path=/nonexistent/bus');
  await watch.asked;
  expect([heard, watch.isMetered()]).toEqual([[], undefined]);
});

test.each([
  ['lets nobody in', 'REJECTED EXTERNAL\r\n', ''],
  ['says more than it was asked', 'OK 1234\r\nand more', ''],
  ['says what is no message', 'OK 1234\r\n', 'x'.repeat(64)],
  ['says a message of 2 GB', 'OK 1234\r\n', 'l\x02\0\x01\xff\xff\xff\x7f\x01\0\0\0\x10\0\0\0'],
  ['says one that makes no sense', 'OK 1234\r\n', `l\x02\0\x01\0\0\0\0\x01\0\0\0\x08\0\0\0${'\xff'.repeat(8)}`],
])('one that %s is left alone for a while, and does no harm', async (_what, greeting, message) => {
  const path = join(makeScratch(onTestFinished).directory, 'bus');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(greeting, 'latin1');
      if (message !== '') socket.once('data', () => socket.write(message, 'latin1'));
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect(existsSync(path)).toBe(true);
  const { heard, watch } = listenAt(`unix:path=${path}`);
  await watch.asked;
  expect(heard).toEqual([expect.stringMatching(/^the system bus does not tell of the network: /)]);
});

import { networkInterfaces } from 'node:os';
import { expect, onTestFinished, test } from 'vitest';
import { addresses, watchNetwork } from '../../../../src/main/host/network/interfaces.ts';

const info = (address: string, internal = false) => {
  const common = { address, internal, netmask: '', mac: '00:00:00:00:00:00', cidr: null };
  return address.includes(':')
    ? ({ ...common, family: 'IPv6', scopeid: 0 } as const)
    : ({ ...common, family: 'IPv4' } as const);
};

test.each([
  ['no interface at all', {}, []],
  ['an interface without an address', { eth0: [], wlan0: undefined }, []],
  ['loopback, by either family', { lo: [info('127.0.0.1', true), info('::1', true)] }, []],
  ['an IPv6 address that is there without a network', { eth0: [info('fe80::1'), info('FE80::2')] }, []],
  ['an address of a network', { lo: [info('127.0.0.1', true)], eth0: [info('192.0.2.7')] }, ['192.0.2.7']],
  ['a link-local IPv4 address, which another host may have as well', { eth0: [info('169.254.3.4')] }, ['169.254.3.4']],
  [
    'several, each of which is named',
    { eth0: [info('192.0.2.7'), info('2001:db8::7'), info('fe80::7')], tun0: [info('10.0.0.2')] },
    ['192.0.2.7', '2001:db8::7', '10.0.0.2'],
  ],
])('of %s, what another host can be reached through is kept', (_what, interfaces, kept) => {
  expect(addresses(interfaces)).toEqual(kept);
});

test('this machine is online exactly if it has such an address', () => {
  const network = watchNetwork(() => expect.fail('nothing came back'));
  onTestFinished(network.close);
  expect(network.isOnline()).toBe(addresses(networkInterfaces()).length > 0);
});

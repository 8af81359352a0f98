import { expect, test } from 'vitest';
import { parseIpv6Routes, parseRoutes, readDefaultRoutes } from '../../../../src/main/host/network/routes.ts';

const V4 = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0101A8C0	0003	0	0	100	00000000	0	0	0
tun0	00000000	0A0A0A0A	0003	0	0	0	00000080	0	0	0
*	00000000	00000000	0201	0	0	999	00000000	0	0	0
eth0	0001A8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;
const ZEROS = '0'.repeat(32);
const V6 = `20010db8000000000000000000000000 40 ${ZEROS} 00 ${ZEROS} 00000100 00000001 00000000 00000001       v0
${ZEROS} 00 ${ZEROS} 00 ${ZEROS} 000003e7 00000001 00000000 00200200       lo
${ZEROS} 00 ${ZEROS} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003       v0
`;
const OF_BOTH = ['0101A8C0 eth0', 'fe800000000000000000000000000001 v0'];

test('default routes are those to everywhere that lead somewhere', () => {
  expect([...parseRoutes(V4), ...parseIpv6Routes(V6)]).toEqual(OF_BOTH);
  expect([...parseRoutes('nonsense\n\t\n'), ...parseIpv6Routes('nonsense\n\n')]).toEqual([]);
});

test('where one family is not there the other tells; where none is, nobody can', () => {
  const file = (name: string) => (name.endsWith('ipv6_route') ? V6 : V4);
  expect(readDefaultRoutes(file)).toEqual(OF_BOTH);
  expect(readDefaultRoutes((name) => (name.endsWith('ipv6_route') ? undefined : V4))).toEqual(OF_BOTH.slice(0, 1));
  expect(readDefaultRoutes(() => undefined)).toBeUndefined();
});

test('those of this machine are read, where it is Linux', () => {
  const routes = readDefaultRoutes();
  if (process.platform === 'linux') expect(routes).toEqual(expect.any(Array));
  else expect(routes).toBeUndefined();
});

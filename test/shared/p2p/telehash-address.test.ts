// Owns: addresses in the network telehash: one spelling each, and what is none.
// Leaves: addresses of peers as such (address.test.ts), and reaching nodes (test/workers/peer/network/telehash).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPeerUrl, parsePeerUrl, withoutWay } from '../../../src/shared/p2p/address.ts';
import { admitted, parseTokens, tokenFileOf } from '../../../src/shared/p2p/credentials.ts';
import {
  decodeBase32,
  encodeBase32,
  formatTelehashAddress,
  parseTelehashAddress,
} from '../../../src/shared/p2p/telehash-address.ts';
import { parseToken } from '../../../src/shared/p2p/token.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const number = fc.integer({ min: 0, max: 255 });
const paths = fc.array(
  fc.record({
    ip: fc.tuple(number, number, number, number).map((parts) => parts.join('.')),
    port: fc.integer({ min: 1, max: 65_535 }),
  }),
  { minLength: 1, maxLength: 4 },
);

test('an address is read as it was written, and fits into a name of a file', () => {
  fc.assert(
    fc.property(bytes, bytes, paths, (hash, key, ways) => {
      const whole = { hashname: encodeBase32(hash), way: { key, paths: ways } };
      const text = formatTelehashAddress(whole);
      expect(parseTelehashAddress(text)).toEqual(whole);
      const address = parsePeerUrl(`p2p-annex::telehash:${text}`);
      if ('why' in address) throw new Error(address.why);
      expect(tokenFileOf(address).length).toBeLessThan(240);
    }),
  );
});

test('base32 has one spelling, and is that of telehash', () => {
  expect(encodeBase32(Buffer.from('foobar'))).toBe('mzxw6ytboi');
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (text) => {
      const read = decodeBase32(text);
      if (read !== undefined) expect(encodeBase32(read)).toBe(text);
    }),
  );
});

const HASHNAME = encodeBase32(new Uint8Array(32).fill(7));

test.each([
  '',
  HASHNAME.slice(1),
  `${HASHNAME}a`,
  HASHNAME.toUpperCase(),
  `${HASHNAME}.`,
  `${HASHNAME}.${'a'.repeat(52)}`,
  `${HASHNAME}.${'a'.repeat(60)}`,
  // A port that is none.
  `${HASHNAME}.${'a'.repeat(61)}`,
  `${HASHNAME}.${'a'.repeat(61)}.a`,
  '__proto__',
  `${'7'.repeat(52)}`,
])('%s is none', (text) => {
  expect(parseTelehashAddress(text)).toBeUndefined();
});

test('what is long is refused at once', () => {
  expect(parsePeerUrl(`p2p-annex::telehash:${HASHNAME}.${'a'.repeat(900)}`)).toMatchObject({ why: expect.any(String) });
  expect(parseTelehashAddress('a'.repeat(10_000_000))).toBeUndefined();
});

test('a token is taken wherever this machine is today', () => {
  const of = (ip: string) => {
    const way = { key: new Uint8Array(32), paths: [{ ip, port: 1 }] };
    return parsePeerUrl(`p2p-annex::telehash:${formatTelehashAddress({ hashname: HASHNAME, way })}`);
  };
  const [then, now] = [of('10.0.0.1'), of('10.9.9.9')];
  const token = parseToken('abc');
  if ('why' in then || 'why' in now || token === undefined) throw new Error('these are fine');
  const all = parseTokens(`abc ${formatPeerUrl(then)}\n`, 'read');
  expect(admitted(all, token, now)).toMatchObject({ rights: 'read' });
  expect(withoutWay(then)).toEqual(withoutWay(now));
  const other = encodeBase32(new Uint8Array(32).fill(8));
  expect(admitted(all, token, { kind: 'p2p', network: 'telehash', address: other })).toBeUndefined();
});

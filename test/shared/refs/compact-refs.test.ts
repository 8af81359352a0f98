// Owns: that a listing kept as bytes says, and comes to, what the same lines in a map do, whatever the lines are.
// Leaves: what a comparison has to come to (all-here.test.ts), and git's own answers (test/workers/refs/compare.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';
import { createRefListing } from '../../../src/shared/git-protocol/ref-listing.ts';
import { gatherRefs } from '../../../src/shared/refs/compact-refs.ts';
import { movesBetween, parseRefLines } from '../../../src/shared/refs/ref-advertisement.ts';
import { parseRefName } from '../../../src/shared/remote.ts';
import { cuts, inOrder, listing, name, packed, pieces, refLine, sorted } from './listings.ts';

test('it has the refs that a map of the same lines has, in the order of their names', () => {
  fc.assert(
    fc.property(listing, name, (lines, asked) => {
      const text = lines.join('\n');
      const [map, bytes] = [inOrder(parseRefLines(text)), packed(text)];
      expect([...bytes]).toEqual([...map]);
      expect([[...bytes.keys()], [...bytes.values()]]).toEqual([[...map.keys()], [...map.values()]]);
      expect(bytes.size).toBe(map.size);
      const ref = parseRefName(asked) ?? expect.unreachable(asked);
      expect([bytes.has(ref), bytes.get(ref)]).toEqual([map.has(ref), map.get(ref)]);
    }),
  );
});

test('the moves between two are those between two maps', () => {
  fc.assert(
    fc.property(listing, listing, name, (before, after, unwanted) => {
      const [old, now] = [before.join('\n'), [...before, ...after].join('\n')];
      const isWanted = (ref: string): boolean => ref !== unwanted;
      for (const [one, other] of [
        [old, now],
        [now, old],
        [old, old],
      ] as const) {
        const moves = movesBetween(parseRefLines(one), parseRefLines(other), isWanted);
        expect(sorted(movesBetween(packed(one), packed(other), isWanted))).toEqual(sorted(moves));
      }
    }),
  );
});

test('what says the same as before is that itself, in whatever order it comes, and all else is none of it', () => {
  let same = 0;
  fc.assert(
    fc.property(listing, listing, fc.boolean(), fc.boolean(), (earlier, others, isLike, isReversed) => {
      const before = packed(earlier.join('\n'));
      const again = isReversed
        ? [...parseRefLines(earlier.join('\n'))].map(([ref, tip]) => `${tip} ${ref}`).reverse()
        : earlier;
      const text = (isLike ? again : [...earlier, ...others]).join('\n');
      const now = packed(text, [], before);
      const map = inOrder(parseRefLines(text));
      expect([...now]).toEqual([...map]);
      const isSame = JSON.stringify([...before]) === JSON.stringify([...map]);
      expect(now === before).toBe(isSame);
      if (isSame) same += 1;
    }),
    { numRuns: 300 },
  );
  expect(same).toBeGreaterThan(50);
});

test('one that is cut short, or has one more, is not the one before', () => {
  const lines = ['1', '2', '3'].map((digit) => `${digit.repeat(40)} refs/heads/${digit}`);
  const before = packed(lines.join('\n'));
  for (const now of [lines.slice(0, 2), lines.slice(1), [...lines, `${'4'.repeat(40)} refs/heads/4`], []])
    expect([...packed(now.join('\n'), [], before)]).toEqual([...parseRefLines(now.join('\n'))]);
});

test('what git prints is read the same however it is cut, bytes that are no UTF-8 and a last line without its end too', () => {
  fc.assert(
    fc.property(listing, fc.boolean(), fc.option(fc.nat()), cuts, (lines, isEnded, broken, lengths) => {
      const bytes = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''));
      if (broken !== null && bytes.length > 0) bytes[broken % bytes.length] = 0xc3;
      expect([...packed(bytes, lengths)]).toEqual([
        ...inOrder(parseRefLines(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))),
      ]);
    }),
  );
});

test.each([
  ['v0', (first: string) => [`${first}\0multi_ack agent=git/2`], []],
  ['v1', (first: string) => ['version 1', `${first}\0multi_ack agent=git/2`], []],
  ['v2', (first: string) => [first], ['version 2', 'object-format=sha1']],
])('what upload-pack lists in %s is read the same however it is cut', (_version, begin, greeting) => {
  const lineOf = (text: string): string => pktLine({ kind: 'data', text });
  fc.assert(
    fc.property(fc.array(refLine, { minLength: 1, maxLength: 20 }), cuts, (lines, lengths) => {
      const [first = '', ...others] = lines;
      const reader = createRefListing([]);
      if (greeting.length > 0) reader.push(Buffer.from(`${greeting.map(lineOf).join('')}0000`));
      const bytes = Buffer.from(`${[...begin(first), ...others].map(lineOf).join('')}0000`);
      for (const piece of pieces(bytes, lengths)) reader.push(piece);
      expect([...(reader.refs() ?? [])]).toEqual([...inOrder(parseRefLines(lines.join('\n')))]);
    }),
  );
});

test('many names take more than one piece of memory, and are found in each', () => {
  const names = Array.from(
    { length: 9_000 },
    (_, at) => `refs/heads/${String(at * 7).padStart(6, '0')}/${'x'.repeat(at % 90)}y`,
  );
  const refs = packed(names.map((each, at) => `${(at % 10).toString().repeat(40)} ${each}`).join('\n'));
  expect(refs.packed?.chunks.length).toBeGreaterThan(3);
  expect([...refs.keys()]).toEqual(names);
  for (const [at, each] of names.entries()) {
    expect(refs.get(parseRefName(each) ?? expect.unreachable())).toBe((at % 10).toString().repeat(40));
  }
  expect(movesBetween(refs, refs, () => true)).toEqual([]);
});

test('one that is longer than any of git is not kept, and not kept quiet about', () => {
  const gathered = gatherRefs();
  const take = (text: string): void => gathered.line(Buffer.from(text), 0, text.length);
  take(`warning: ${'x'.repeat(60_000)}`);
  expect(gathered.isFull()).toBe(false);
  take(`${'1'.repeat(40)} refs/heads/${'x'.repeat(60_000)}`);
  expect(gathered.isFull()).toBe(true);
});

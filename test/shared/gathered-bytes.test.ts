// Owns: that bytes are gathered whatever pieces they come in, and no more than asked for.
// Leaves: what is made of them (control-protocol/line-splitter.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatherBytes } from '../../src/shared/gathered-bytes.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('what came first is kept up to the limit, and all is counted', () => {
  const gathered = gatherBytes(1_000);
  const piece = new Uint8Array(3);
  for (let at = 0; at < 400; at += 1) gathered.add(piece.fill(0x61 + (at % 26)));
  expect([gathered.totalBytes(), gathered.view().length]).toEqual([1_200, 1_000]);
  expect(text(gathered.view()).slice(0, 9)).toBe('aaabbbccc');
  gathered.clear();
  gathered.add(Uint8Array.of(0x7a));
  expect([gathered.totalBytes(), text(gathered.view())]).toEqual([1, 'z']);
});

test('a million pieces of one byte take no memory of their own', () => {
  const gathered = gatherBytes(1024 * 1024);
  const before = process.memoryUsage().heapUsed;
  const piece = Uint8Array.of(0x78);
  for (let at = 0; at < 1024 * 1024; at += 1) gathered.add(piece);
  expect(gathered.view().length).toBe(1024 * 1024);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(40 * 1024 * 1024);
});

test('what is gathered is what was added and not dropped', () => {
  const steps = fc.array(fc.oneof(fc.uint8Array({ maxLength: 3_000 }), fc.nat({ max: 4_000 })), { maxLength: 50 });
  fc.assert(
    fc.property(steps, (all) => {
      const gathered = gatherBytes();
      let expected = Buffer.alloc(0);
      for (const step of all) {
        if (typeof step === 'number') gathered.drop(step);
        else gathered.add(step);
        expected = typeof step === 'number' ? expected.subarray(step) : Buffer.concat([expected, step]);
        expect(gathered.length()).toBe(expected.length);
        expect(Buffer.from(gathered.view()).equals(expected)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});

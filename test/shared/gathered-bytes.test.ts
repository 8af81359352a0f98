// Owns: that bytes come out as they went in, whatever is dropped between.
// Leaves: that it takes no time (test/hostile/texts.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatherBytes } from '../../src/shared/gathered-bytes.ts';

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

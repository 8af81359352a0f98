// Owns: how much a server may tell at once, and that what goes on for long is read no faster than it is worth.
// Leaves: what its lines mean (reading.test.ts).
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readPaced } from '../../../../src/shared/system/paced-reading.ts';
import { PACE } from '../../../../src/workers/ssh/watch/listen.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** How many bytes are read of so many that come at once. */
function readOf(bytes: number): number {
  const stream = new PassThrough({ highWaterMark: bytes });
  let read = 0;
  const over = new AbortController();
  const take = (chunk: Buffer): void => {
    read += chunk.length;
  };
  readPaced(stream, take, { pace: PACE, over: over.signal });
  stream.resume();
  for (let said = 0; said < bytes; said += CHUNK.length) stream.write(CHUNK);
  over.abort();
  return read;
}

test('that sixty thousand refs moved is heard at once, and of a flood the rest stays with the server', () => {
  const push = 60_000 * 110;
  expect(readOf(push)).toBeGreaterThanOrEqual(push);
  expect(readOf(64 * 1024 * 1024)).toBeLessThan(10 * 1024 * 1024);
});

// Owns: which link ends where a thread has no more memory, and that the buffers of a thread are its own.
// Leaves: the bounds of each buffer (test/workers/ssh/connection/ssh2-limits.test.ts).
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { createMemoryWatch, type MemoryUse } from '../../src/workers/memory-watch.ts';

const MiB = 1024 * 1024;
const FINE: MemoryUse = { heapBytes: 20 * MiB, heapLimitBytes: 128 * MiB, buffersBytes: 5 * MiB };
const FULL_OF_BUFFERS: MemoryUse = { ...FINE, buffersBytes: 500 * MiB };
const FULL: MemoryUse = { ...FINE, heapBytes: 120 * MiB };

function watchWith(...uses: MemoryUse[]) {
  const ended: string[] = [];
  let collected = 0;
  const clock = { nowMs: 0 };
  const watch = createMemoryWatch(
    () => uses.shift() ?? FINE,
    () => {
      collected += 1;
    },
    () => clock.nowMs,
  );
  const meter = (name: string) => watch.meter(({ code }) => ended.push(`${name} ${code}`));
  return { ended, meter, clock, collected: () => collected };
}

test.each([
  ['buffers', FULL_OF_BUFFERS],
  ['its heap', FULL],
])('where a thread is full of %s, the link that brought most ends, and no other', (_what, full) => {
  const { ended, meter } = watchWith(FINE, full, full);
  const [quiet, evil] = [meter('quiet'), meter('evil')];
  for (let at = 0; at < 20; at += 1) {
    quiet.received(MiB / 10);
    evil.received(MiB);
  }
  expect(ended).toEqual(['evil too-much-noise']);
});

test('what is only garbage is nobody’s fault', () => {
  const { ended, meter, collected } = watchWith(FULL, FINE);
  meter('busy').received(100 * MiB);
  expect([ended, collected()]).toEqual([[], 1]);
});

test('one that has ended is not blamed', () => {
  const { ended, meter } = watchWith(FULL, FULL);
  const gone = meter('gone');
  gone.received(3 * MiB);
  gone.release();
  meter('here').received(MiB);
  expect(ended).toEqual(['here too-much-noise']);
});

describe('while the one that was ended still closes', () => {
  const endOne = () => {
    const watch = watchWith(...Array.from({ length: 20 }, () => FULL));
    const evil = watch.meter('evil');
    evil.received(5 * MiB);
    expect(watch.ended).toEqual(['evil too-much-noise']);
    return { ...watch, evil, good: watch.meter('good') };
  };

  test('no other ends for the memory that it has', () => {
    const { ended, good } = endOne();
    good.received(100 * MiB);
    expect(ended).toHaveLength(1);
  });

  test('and is released, the next is looked for', () => {
    const { ended, good, evil } = endOne();
    evil.release();
    good.received(5 * MiB);
    expect(ended).toEqual(['evil too-much-noise', 'good too-much-noise']);
  });

  test('but never gets there, it is not waited for', () => {
    const { ended, good, clock } = endOne();
    clock.nowMs = 3_000;
    good.received(5 * MiB);
    expect(ended).toEqual(['evil too-much-noise', 'good too-much-noise']);
  });
});

test('what Node counts in a thread is that thread’s alone', async () => {
  const mine = Buffer.alloc(50 * MiB, 1);
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads'); const v8 = require('node:v8');
     const before = v8.getHeapStatistics().external_memory; const kept = Buffer.alloc(${20 * MiB}, 1);
     parentPort.postMessage([before, v8.getHeapStatistics().external_memory, kept.length]);`,
    { eval: true },
  );
  const [before, after] = await new Promise<[number, number]>((resolve) => worker.once('message', resolve));
  await worker.terminate();
  expect(mine.length).toBe(50 * MiB);
  expect(before).toBeLessThan(20 * MiB);
  expect(after - before).toBeGreaterThanOrEqual(20 * MiB);
});

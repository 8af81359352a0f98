import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AGES_MS, createStatusWriter } from '../../../src/main/instance/status-file.ts';
import type { DaemonStatus } from '../../../src/shared/status.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const at = (ms: number): string => new Date(ms).toISOString();

/** A remote that is polled every second; `writes` counts what was written. */
function setUp() {
  const remote = { name: 'origin', state: 'connected', lastPoll: at(0), lastCheck: at(0) };
  const seen = { writes: 0, complaints: 0, cures: 0 };
  let isFull = false;
  const writer = createStatusWriter({
    gather: () => ({ pid: 1, remotes: [{ ...remote }] }) as unknown as DaemonStatus,
    write: () => {
      if (isFull) throw new Error('ENOSPC');
      seen.writes += 1;
    },
    fails: () => {
      seen.complaints += 1;
    },
    works: () => {
      seen.cures += 1;
    },
  });
  const later = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      remote.lastPoll = at(Date.now());
      remote.lastCheck = at(Date.now());
      writer.changed();
      await vi.advanceTimersByTimeAsync(1_000);
    }
  };
  const fill = (full: boolean): void => {
    isFull = full;
  };
  return { remote, seen, writer, later, fill };
}

test('the status is written for what is different, and not because a remote has answered once more', async () => {
  const { remote, seen, writer, later } = setUp();
  await later(20_000);
  expect(seen.writes).toBe(1);
  remote.state = 'waiting';
  writer.changed();
  await later(1_000);
  expect(seen.writes).toBe(2);
  await later(AGES_MS);
  expect(seen.writes).toBe(3);
  writer.close();
});

test('what could not be written is written as soon as it can, and both are told once', async () => {
  const { seen, writer, later, fill } = setUp();
  fill(true);
  await later(2_000);
  expect(seen).toEqual({ writes: 0, complaints: 1, cures: 0 });
  fill(false);
  await later(2_000);
  expect(seen).toEqual({ writes: 1, complaints: 1, cures: 1 });
  writer.close();
});

// Owns: when memory is given back.
// Leaves: by which threads (worker-pool.test.ts), and how much (npm run bench).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGiveBack } from '../../../../src/main/supervisor/threads/give-back.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function counted() {
  const given = vi.fn();
  return { given, ...createGiveBack(given) };
}

test('memory is given back a moment after the last link has opened, and once', () => {
  const { given, opening } = counted();
  const [first, second] = [opening(), opening()];
  vi.advanceTimersByTime(3_000);
  first('connected');
  vi.advanceTimersByTime(3_000);
  expect(given).not.toHaveBeenCalled();
  second('connected');
  second('ended');
  vi.advanceTimersByTime(2_000);
  expect(given).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(600_000);
  expect(given).toHaveBeenCalledTimes(1);
});

test('a Node without its inspector gives nothing back, and goes on', () => {
  vi.spyOn(process.features, 'inspector', 'get').mockReturnValue(false);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(() => expect.unreachable('it throws then'));
  const { given, opening } = counted();
  opening()('connected');
  vi.advanceTimersByTime(2_000);
  expect(given).toHaveBeenCalledTimes(1);
  vi.restoreAllMocks();
});

test('it waits for the fetches that follow', () => {
  const { given, opening, busy } = counted();
  opening()('connected');
  for (let time = 0; time < 10; time += 1) {
    busy();
    vi.advanceTimersByTime(500);
  }
  expect(given).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(given).toHaveBeenCalledTimes(1);
  busy();
  vi.advanceTimersByTime(120_000);
  expect(given).toHaveBeenCalledTimes(1);
});

test('a host that takes its time keeps the others for some seconds only', () => {
  const { given, opening } = counted();
  opening();
  const quick = opening();
  quick('connected');
  for (let second = 0; second < 20; second += 1) {
    opening()('ended');
    vi.advanceTimersByTime(1_000);
  }
  expect(given).toHaveBeenCalledTimes(1);
});

test('links that come and go cost a collection a minute at most', () => {
  const { given, opening } = counted();
  for (let second = 0; second < 180; second += 2) {
    opening()('connected');
    vi.advanceTimersByTime(2_000);
  }
  expect(given.mock.calls.length).toBeGreaterThan(1);
  expect(given.mock.calls.length).toBeLessThan(4);
});

test('a link that never connects costs no collection', () => {
  const { given, opening } = counted();
  opening()('ended');
  vi.advanceTimersByTime(120_000);
  expect(given).not.toHaveBeenCalled();
});

test('nothing is given back after the end', () => {
  const { given, opening, close } = counted();
  opening()('connected');
  close();
  vi.advanceTimersByTime(120_000);
  expect(given).not.toHaveBeenCalled();
});

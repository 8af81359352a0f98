import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gather } from '../../../src/main/config/gather.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('news are told once it is quiet', () => {
  const tell = vi.fn();
  const { note } = gather(tell, 100, 1_000);
  note();
  vi.advanceTimersByTime(99);
  note();
  vi.advanceTimersByTime(99);
  expect(tell).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(tell).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(tell).toHaveBeenCalledTimes(1);
});

test('a steady stream of news is told after the longest wait', () => {
  const tell = vi.fn();
  const { note } = gather(tell, 100, 1_000);
  for (let i = 0; i < 50; i++) {
    note();
    vi.advanceTimersByTime(50);
  }
  expect(tell).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(100);
  expect(tell).toHaveBeenCalledTimes(3);
});

test('news that come while others are told are told too', () => {
  const tell = vi.fn(() => {
    if (tell.mock.calls.length === 1) news.note();
  });
  const news = gather(tell, 100, 1_000);
  news.note();
  vi.advanceTimersByTime(200);
  expect(tell).toHaveBeenCalledTimes(2);
});

test('closed, it tells nothing more', () => {
  const tell = vi.fn();
  const { note, close } = gather(tell, 100, 1_000);
  note();
  close();
  vi.advanceTimersByTime(10_000);
  expect(tell).not.toHaveBeenCalled();
});

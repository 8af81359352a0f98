// Owns: when a server of XMPP is asked whether it is there, and what follows where it does not answer.
// Leaves: connecting again (xmpp.test.ts).
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { DaemonError } from '../../../../../src/shared/failures.ts';
import { keepAlive } from '../../../../../src/workers/peer/network/xmpp/keep-alive.ts';
import type { Element } from '../../../../../src/workers/peer/network/xmpp/library.ts';

afterEach(() => void vi.useRealTimers());

function makeStage(answers: boolean) {
  vi.useFakeTimers();
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const destroy = vi.fn();
  const limits: number[] = [];
  const ask = (iq: Element, limitMs: number): Promise<Element> => {
    limits.push(limitMs);
    return new Promise((resolve, reject) => {
      if (answers) return resolve(iq);
      setTimeout(() => reject(new DaemonError('timed-out', 'nobody answers')), limitMs);
    });
  };
  const doubt = keepAlive({ options: { domain: 'host' }, socket: { destroy } }, { ask }, over.signal);
  return { doubt, limits, destroy, over };
}

test('it is asked every two minutes, and nothing happens while it answers', async () => {
  const { limits, destroy } = makeStage(true);
  await vi.advanceTimersByTimeAsync(600_000);
  expect([limits.length, destroy.mock.calls.length]).toEqual([5, 0]);
});

test('after a sleep it is asked at once, and has ten seconds', async () => {
  const { limits, destroy } = makeStage(false);
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(limits).toEqual([10_000]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(destroy).toHaveBeenCalledOnce();
});

test('many doubts are one question, and none once it is over', async () => {
  const { doubt, limits, over } = makeStage(false);
  doubt();
  doubt();
  expect(limits).toEqual([10_000]);
  await vi.advanceTimersByTimeAsync(10_000);
  over.abort();
  doubt();
  expect(limits).toHaveLength(1);
});

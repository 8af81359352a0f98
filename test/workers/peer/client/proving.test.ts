// Owns: when a peer is asked whether it is still there, on made-up time.
// Leaves: asking a stream (ready-streams.test.ts), and being let in once more (peer-link.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { proveNowAndThen } from '../../../../src/workers/peer/client/proving.ts';

test('a peer that answers is left in peace; of one that does not it is proved, until the link ends', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const [asked, proved] = [vi.fn(async () => asked.mock.calls.length < 3), vi.fn(async () => undefined)];
  const over = new AbortController();
  const done = proveNowAndThen({ ready: { isAnswered: asked }, listening: { prove: proved }, signal: over.signal });
  await vi.advanceTimersByTimeAsync(600_000);
  expect([asked.mock.calls.length, proved.mock.calls.length]).toEqual([2, 0]);
  await vi.advanceTimersByTimeAsync(300_000);
  expect([asked.mock.calls.length, proved.mock.calls.length]).toEqual([3, 1]);
  over.abort();
  await done;
  expect(vi.getTimerCount()).toBe(0);
});

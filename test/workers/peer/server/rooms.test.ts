// Owns: who gets one of few places, who waits for one, and who leaves his for others.
// Leaves: what is done in them (git.test.ts, objects.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { createRoom, type Place } from '../../../../src/workers/peer/server/rooms.ts';

const FOR_EVER = new AbortController().signal;

function timed() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return createRoom({ most: 3, mostPerToken: 2, idleMs: 1_000 });
}

/** What has become of somebody who wants in. */
async function enters(entered: Promise<Place>): Promise<'inside' | 'waits'> {
  await new Promise(setImmediate);
  return Promise.race([entered.then(() => 'inside' as const), new Promise<'waits'>((r) => setImmediate(r, 'waits'))]);
}

test('of one token no more than its share are inside, and it keeps no other out', async () => {
  const room = timed();
  const first = await room.enter('a', FOR_EVER);
  await room.enter('a', FOR_EVER);
  const third = room.enter('a', FOR_EVER);
  expect(await enters(third)).toBe('waits');
  expect(await enters(room.enter('b', FOR_EVER))).toBe('inside');
  first.leave();
  expect(await enters(third)).toBe('inside');
});

test('who has fewest inside comes next, also before others who have waited longer', async () => {
  const room = timed();
  const [first] = [await room.enter('a', FOR_EVER), await room.enter('a', FOR_EVER), await room.enter('b', FOR_EVER)];
  const [again, other, newcomer] = ['a', 'b', 'c'].map((token) => room.enter(token, FOR_EVER));
  if (!again || !other || !newcomer) throw new Error('nobody');
  first.leave();
  expect(await enters(newcomer)).toBe('inside');
  expect([await enters(again), await enters(other)]).toEqual(['waits', 'waits']);
  (await newcomer).leave();
  expect([await enters(again), await enters(other)]).toEqual(['inside', 'waits']);
});

test('one of whom nothing is heard makes room for who waits, the longest first', async () => {
  const room = timed();
  const places = [await room.enter('a', FOR_EVER), await room.enter('b', FOR_EVER), await room.enter('c', FOR_EVER)];
  const next = room.enter('d', FOR_EVER);
  vi.advanceTimersByTime(900);
  places[0]?.note();
  vi.advanceTimersByTime(500);
  expect(places.map(({ away }) => away.aborted)).toEqual([false, true, false]);
  expect(await enters(next)).toBe('waits');
  places[1]?.leave();
  expect(await enters(next)).toBe('inside');
  vi.advanceTimersByTime(10_000);
  expect(places.map(({ away }) => away.aborted)).toEqual([false, true, false]);
});

test('who waits no longer gets none, and takes none', async () => {
  const room = timed();
  const places = [await room.enter('a', FOR_EVER), await room.enter('a', FOR_EVER)];
  const cut = new AbortController();
  const third = room.enter('a', cut.signal);
  cut.abort(new Error('it is gone'));
  await expect(third).rejects.toThrow('it is gone');
  for (const place of places) place.leave();
  for (const token of ['a', 'a', 'b']) expect(await enters(room.enter(token, FOR_EVER))).toBe('inside');
});

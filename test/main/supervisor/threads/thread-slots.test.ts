import { expect, test } from 'vitest';
import { createThreadSlots, type LoopOwner } from '../../../../src/main/supervisor/threads/thread-slots.ts';

const remote = (name: string): LoopOwner => ({ kind: 'remote', name });

/** Threads are numbered as they are started. */
function setUp(mostThreads: number) {
  let started = 0;
  const slots = createThreadSlots(
    () => (started += 1),
    () => mostThreads,
  );
  const threadsOf = (...names: readonly string[]): number[] => names.map((name) => slots.of(remote(name)).thread);
  return { slots, threadsOf };
}

test('each remote has a thread of its own while there are enough, and past that they share evenly', () => {
  const { threadsOf } = setUp(3);
  expect(threadsOf('a', 'b', 'c')).toEqual([1, 2, 3]);
  expect(threadsOf('d', 'e', 'f', 'g').sort()).toEqual([1, 1, 2, 3]);
});

test('a remote stays where it is, also when its thread is replaced by another', () => {
  const { slots, threadsOf } = setUp(2);
  expect(threadsOf('a', 'b', 'c', 'a', 'b', 'c')).toEqual([1, 2, 1, 1, 2, 1]);
  slots.of(remote('a')).thread = 9;
  expect(threadsOf('a', 'b', 'c')).toEqual([9, 2, 9]);
});

test('a slot is gone with the last remote that leaves it, and its place is free', () => {
  const { slots, threadsOf } = setUp(2);
  threadsOf('a', 'b', 'c');
  expect(slots.leave(remote('a'))).toBeUndefined();
  expect(slots.leave(remote('c'))?.thread).toBe(1);
  expect(slots.leave(remote('nobody'))).toBeUndefined();
  expect(threadsOf('d', 'e')).toEqual([3, 2]);
});

test('remotes with the same carrier share a thread, however many there may be', () => {
  const { slots } = setUp(9);
  const threadOf = (name: string, carrier?: string) => slots.of(remote(name), carrier).thread;
  expect([threadOf('a', 'x'), threadOf('b'), threadOf('c', 'x'), threadOf('d', 'y')]).toEqual([1, 2, 1, 3]);
  slots.leave(remote('a'));
  expect(threadOf('e', 'x')).toBe(1);
});

test('a remote whose next link has another carrier moves to where that is, and what it leaves empty is used again', () => {
  const { slots } = setUp(9);
  const threadOf = (name: string, carrier?: string) => slots.of(remote(name), carrier).thread;
  expect([threadOf('a', 'x'), threadOf('b')]).toEqual([1, 2]);
  expect([threadOf('b', 'x'), threadOf('c'), threadOf('d')]).toEqual([1, 2, 3]);
  expect([threadOf('a', 'z'), threadOf('e', 'x')]).toEqual([1, 1]);
});

test('a service is another owner than the remote of the same name', () => {
  const { slots } = setUp(9);
  const service: LoopOwner = { kind: 'service', name: 'a' };
  expect([slots.of(remote('a')).thread, slots.of(service).thread]).toEqual([1, 2]);
  expect(slots.leave(service)?.thread).toBe(2);
  expect(slots.of(remote('a')).thread).toBe(1);
});

test('suspects are put apart, with one thread more where there is only one', () => {
  const suspected = new Set<string>();
  const slots = createThreadSlots(
    () => ({}),
    () => 1,
    (key) => (suspected.has(key) ? 'suspect' : 'trusted'),
  );
  const names = ['a', 'b', 'c', 'd'];
  const place = (name: string) => slots.of(remote(name));
  expect(new Set(names.map(place)).size).toBe(1);
  for (const name of names) suspected.add(`remote ${name}`);
  const where = names.map(place);
  expect([...new Set(where)].map((slot) => where.filter((other) => other === slot).length)).toEqual([2, 2]);
});

/** Two threads, in which all live already; `guilty` are put where they are to be. */
function withGuilty(...names: readonly string[]) {
  const guilty = new Set<string>();
  const slots = createThreadSlots(
    () => ({}),
    () => 2,
    (key) => (guilty.has(key) ? 'guilty' : 'trusted'),
  );
  const place = (name: string) => slots.of(remote(name));
  for (const name of ['x', 'y', ...names]) place(name);
  for (const name of names) guilty.add(`remote ${name}`);
  return { slots, place, where: names.map(place) };
}

test('each of the guilty lives alone, though all threads be taken', () => {
  const { slots, place, where } = withGuilty('a', 'b');
  expect([new Set(where).size, slots.all().length]).toEqual([2, 4]);
  expect(['x', 'y', 'z'].some((name) => where.includes(place(name)))).toBe(false);
  expect(['a', 'b'].map(place)).toEqual(where);
});

test('many guilty share four threads among themselves, and the others keep theirs', () => {
  const { slots, place, where } = withGuilty(...'abcdefgh');
  expect([new Set(where).size, slots.all().length]).toEqual([4, 6]);
  expect(['x', 'y', 'z'].some((name) => where.includes(place(name)))).toBe(false);
  expect(new Set(['x', 'y', 'z'].map(place)).size).toBe(2);
});

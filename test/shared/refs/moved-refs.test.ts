// Owns: what is told of the refs that were gathered, and of how many.
// Leaves: who gathers them (test/workers).
import { expect, test } from 'vitest';
import { gatherMovedRefs } from '../../../src/shared/refs/moved-refs.ts';
import type { ObjectName, RefName } from '../../../src/shared/remote.ts';

const tip = 'a'.repeat(40) as ObjectName;
const move = (name: string) => ({ ref: `refs/heads/${name}` as RefName, tip });

test('each ref is told once, as it moved last, and all of it once', () => {
  const moved = gatherMovedRefs();
  expect(moved.take()).toBeUndefined();
  moved.add(move('a'));
  moved.add(move('b'));
  moved.add({ ...move('a'), tip: undefined });
  expect(moved.take()).toEqual({ refs: [{ ...move('a'), tip: undefined }, move('b')] });
  expect(moved.take()).toBeUndefined();
});

test('where one of them has no name, none is told', () => {
  const moved = gatherMovedRefs();
  moved.add(move('a'));
  moved.addUnnamed();
  moved.add(move('b'));
  expect(moved.take()).toEqual({});
});

test('of too many, or with names that are too long, none is told', () => {
  const moved = gatherMovedRefs();
  for (let at = 0; at < 1_000; at += 1) moved.add(move(`b${at}`));
  expect(moved.take()?.refs).toHaveLength(1_000);
  for (let at = 0; at < 400_000; at += 1) moved.add(move(`b${at}`));
  expect(moved.take()).toEqual({});
  for (let at = 0; at < 10; at += 1) moved.add(move(`${at}${'x'.repeat(30_000)}`));
  expect(moved.take()).toEqual({});
});

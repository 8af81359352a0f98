// Owns: what is made of a watcher's lines, before READY and after it.
// Leaves: real watchers (notify-changes.test.ts, server-watch.test.ts).
import { expect, test } from 'vitest';
import { DaemonError } from '../../../../src/shared/failures.ts';
import { type LineMeaning, type ReadingState, STARTING, step } from '../../../../src/workers/ssh/watch/reading.ts';

const READY: ReadingState = { kind: 'ready', oddInARow: 0 };
const ODD: LineMeaning = { kind: 'odd', text: 'Last login: never' };
const broken = new DaemonError('remote-error', 'broken');

test.each<[string, ReadingState, LineMeaning, ReadingState, string[]]>([
  ['READY connects', STARTING, { kind: 'ready', how: 'a test' }, READY, ['connected']],
  ['a second READY is nothing', READY, { kind: 'ready', how: 'a test' }, READY, []],
  ['what moved is told', READY, { kind: 'moved' }, READY, ['moved']],
  ['what was only noted is not', READY, { kind: 'noted' }, READY, []],
  ['a failure ends it, ready or not', STARTING, { kind: 'failed', error: broken }, STARTING, ['failed']],
  ['an odd line before READY is logged', STARTING, ODD, { kind: 'starting', oddInARow: 1 }, ['log']],
  ['after READY it may hide one that moved', READY, ODD, { kind: 'ready', oddInARow: 1 }, ['log', 'moved']],
  ['a message ends a row of odd lines', { kind: 'ready', oddInARow: 50 }, { kind: 'noted' }, READY, []],
])('%s', (_name, before, line, after, effects) => {
  const next = step(before, line);
  expect([next.state, next.effects.map(({ kind }) => kind)]).toEqual([after, effects]);
});

test.each<[string, ReadingState, Record<string, number>]>([
  ['before READY a hundred odd lines are no watcher', STARTING, { log: 10, noise: 1 }],
  ['after READY they end the link, and each may have hidden one that moved', READY, { log: 10, moved: 100, failed: 1 }],
])('%s, of which ten are logged', (_name, before, expected) => {
  let state = before;
  const counts: Record<string, number> = {};
  for (let lines = 0; lines < 100; lines += 1) {
    const next = step(state, ODD);
    state = next.state;
    for (const { kind } of next.effects) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  expect(counts).toEqual(expected);
});

// Owns: what is made of a watcher's lines, before READY and after it.
// Leaves: real watchers (notify-changes.test.ts, server-watch.test.ts).
import { expect, test } from 'vitest';
import { DaemonError } from '../../../../src/shared/failures.ts';
import { createReading, type LineMeaning, type ReadingState, step } from '../../../../src/workers/ssh/watch/reading.ts';

const ODD: LineMeaning = { kind: 'odd', text: 'Last login: never' };
const READY: LineMeaning = { kind: 'ready', how: 'a test' };
const WAITING: LineMeaning = { kind: 'waiting' };
const broken = new DaemonError('remote-error', 'broken');

test.each<[string, ReadingState, LineMeaning, boolean, ReadingState, string[]]>([
  ['READY connects', 'starting', READY, true, 'ready', ['connected']],
  ['a second READY is nothing', 'ready', READY, true, 'ready', []],
  ['who waits is handed what there is', 'starting', WAITING, true, 'handed', ['hand']],
  ['and no more than once', 'handed', WAITING, true, 'handed', []],
  ['READY connects then', 'handed', READY, true, 'ready', ['connected']],
  ['one who is ready is handed nothing', 'ready', WAITING, true, 'ready', []],
  ['what moved is told', 'ready', { kind: 'moved' }, true, 'ready', ['moved']],
  ['and that something may have moved', 'ready', { kind: 'unsure' }, true, 'ready', ['unsure']],
  ['what was only noted is not', 'ready', { kind: 'noted' }, true, 'ready', []],
  ['a failure ends it, ready or not', 'starting', { kind: 'failed', error: broken }, true, 'starting', ['failed']],
  ['an odd line before READY is logged', 'starting', ODD, true, 'starting', ['log']],
  ['after READY it may hide one that moved', 'ready', ODD, true, 'ready', ['log', 'moved']],
  ['one too many before READY is no watcher', 'starting', ODD, false, 'starting', ['log', 'noise']],
  ['one too many after READY ends the link', 'ready', ODD, false, 'ready', ['log', 'moved', 'failed']],
])('%s', (_name, before, line, mayBeOdd, after, effects) => {
  const next = step(before, line, mayBeOdd);
  expect([next.state, next.effects.map(({ kind }) => kind)]).toEqual([after, effects]);
});

/** The number of the line that ended the link, of so many that come `everyMs`. */
function endedBy(lines: number, everyMs: number, between: LineMeaning[]): number | undefined {
  let nowMs = 0;
  const reading = createReading(() => nowMs);
  reading(READY);
  for (let at = 1; at <= lines; at += 1) {
    nowMs += everyMs;
    for (const line of between) reading(line);
    if (reading(ODD).some(({ kind }) => kind === 'failed')) return at;
  }
  return undefined;
}

test('a hundred odd lines in a short time end the link, whatever stands between them', () => {
  expect(endedBy(1_000, 0, [])).toBe(100);
  expect(endedBy(1_000, 0, [{ kind: 'noted' }, { kind: 'moved' }, READY])).toBe(100);
  expect(endedBy(1_000, 1_000, [])).toBeLessThan(130);
});

test('one now and then does not', () => {
  expect(endedBy(10_000, 6_000, [])).toBeUndefined();
});

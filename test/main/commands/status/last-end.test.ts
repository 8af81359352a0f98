import { expect, test } from 'vitest';
import { noneRuns } from '../../../../src/main/commands/status/last-end.ts';

const NOW = Date.parse('2025-03-04T12:00:00Z');
const at = new Date(NOW - 300_000).toISOString();

test.each([
  ['the repository was moved', 'the repository was moved'],
  ['STOP', 'it was told to stop'],
  ['SIGTERM', 'it was ended by SIGTERM'],
  ['a\u001b[31m', 'a [31m'],
])('where none runs it is told when and why the last one ended: %j', (why, words) => {
  expect(noneRuns({ kind: 'ended', at, why }, NOW)).toBe(
    `no daemon is running here; the last ended 5 min ago: ${words}`,
  );
});

test('of one that ended by a clock which was set back since it is told when that was', () => {
  expect(noneRuns({ kind: 'ended', at: '2025-03-05T12:00:00.000Z', why: 'STOP' }, NOW)).toBe(
    'no daemon is running here; the last ended at 2025-03-05T12:00:00.000Z, by a clock that was set back since: it was told to stop',
  );
});

test('one that did not say that it ended was killed, and nobody knows when', () => {
  expect(noneRuns({ kind: 'killed', at }, NOW)).toBe(
    'no daemon is running here; the last was killed, or the machine went down, 5 min ago or later',
  );
  expect(noneRuns(undefined, NOW)).toBe('no daemon is running here');
});

// Owns: which lines of the log a person is shown, and how.
// Leaves: reading them (read-log.test.ts), and the command (test/end-to-end/log.test.ts).
import { expect, test } from 'vitest';
import { createLogView, type LogChoice } from '../../../src/main/commands/render-log.ts';
import { fileLine, type LogLevel } from '../../../src/shared/log-line.ts';

const NOON = new Date(2025, 10, 30, 12, 0, 0).getTime();
const line = (seconds: number, level: LogLevel, scope: string, text: string): string =>
  fileLine({ atMs: NOON + seconds * 1000, level, scope, text }).trimEnd();

const LINES = [
  'what an earlier process left',
  line(0, 'info', 'daemon', 'it runs'),
  line(1, 'info', 'origin', 'fetched main 3f5a1c2..9e0ab41'),
  line(2, 'warn', 'other', 'fetch failed: away'),
  line(3, 'info', 'git', 'origin: git said: hm'),
  line(4, 'error', 'daemon', 'a fault: see below'),
  'Error: a fault',
  '    at somewhere \u001b[31m(x.ts:1)',
  line(70, 'debug', 'origin', 'runs git fetch'),
];

function shown(choice: Partial<LogChoice> = {}, colours = false, nowMs = NOON): string[] {
  const view = createLogView({ names: [], ...choice }, { colours, nowMs });
  return LINES.flatMap((each) => view(each) ?? []);
}

test('all of it in local time, what a crash has left as it stands', () => {
  expect(shown()).toEqual([
    'what an earlier process left',
    'Nov 30 12:00:00 daemon: it runs',
    'Nov 30 12:00:01 origin: fetched main 3f5a1c2..9e0ab41',
    'Nov 30 12:00:02 other: warning: fetch failed: away',
    'Nov 30 12:00:03 git: origin: git said: hm',
    'Nov 30 12:00:04 daemon: error: a fault: see below',
    'Error: a fault',
    '    at somewhere  [31m(x.ts:1)',
    'Nov 30 12:01:10 origin: debug: runs git fetch',
  ]);
});

test('of one remote, whichever part of the program says it', () => {
  expect(shown({ names: ['origin'] })).toEqual([
    'Nov 30 12:00:01 origin: fetched main 3f5a1c2..9e0ab41',
    'Nov 30 12:00:03 git: origin: git said: hm',
    'Nov 30 12:01:10 origin: debug: runs git fetch',
  ]);
  expect(shown({ names: ['other', 'daemon'] })).toHaveLength(3);
});

test('from a point in time on, with what belongs to the lines that are shown', () => {
  expect(shown({ sinceMs: NOON + 4000 }).map((each) => each.replace(/^Nov 30 /, ''))).toEqual([
    '12:00:04 daemon: error: a fault: see below',
    'Error: a fault',
    '    at somewhere  [31m(x.ts:1)',
    '12:01:10 origin: debug: runs git fetch',
  ]);
});

test('in another year the year is told', () => {
  expect(shown({ names: ['other'] }, false, new Date(2026, 1, 1).getTime())).toEqual([
    'Nov 30 2025 12:00:02 other: warning: fetch failed: away',
  ]);
});

test('levels have their colours where there are some', () => {
  const [, first, , warning] = shown({}, true);
  expect(first).toBe('Nov 30 12:00:00 daemon: it runs');
  expect(warning).toBe('Nov 30 12:00:02 \u001b[33mother: warning: fetch failed: away\u001b[39m');
});

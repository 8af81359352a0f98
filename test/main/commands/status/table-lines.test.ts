// Owns: what the table of remotes does where there is less room than it would like.
// Leaves: what is in its cells (view.test.ts), and terminals (test/end-to-end/status-terminal.test.ts).
import { expect, test } from 'vitest';
import type { RemoteRow } from '../../../../src/main/commands/status/shown.ts';
import { tableLines } from '../../../../src/main/commands/status/table-lines.ts';
import { inColour, withoutColour } from '../../../../src/main/commands/terminal/colour.ts';
import { textWidth } from '../../../../src/main/commands/terminal/text-width.ts';

const row = (part: Partial<RemoteRow>): RemoteRow => ({
  name: 'origin',
  state: { text: 'connected', tone: 'good' },
  watchedBy: 'git-annex-shell notifychanges over ssh2',
  lastChange: '3 min ago',
  ...part,
});
const DOWN = row({ name: 'backup', state: { text: 'down', tone: 'bad' }, watchedBy: '', lastChange: '' });
const WIDE = row({ name: '日本語の名前' });
const lines = (width: number | undefined, ...rows: readonly RemoteRow[]): string[] =>
  tableLines(rows, { width, paint: withoutColour });

test('is as wide as it needs to be where there is room, and where there is no end to it', () => {
  for (const width of [undefined, 80])
    expect(lines(width, row({}), DOWN, WIDE)).toEqual([
      'REMOTE        STATE      WATCHED BY                               LAST CHANGE',
      'origin        connected  git-annex-shell notifychanges over ssh2  3 min ago',
      'backup        down       -                                        -',
      '日本語の名前  connected  git-annex-shell notifychanges over ssh2  3 min ago',
    ]);
});

test('cuts first by what a remote is watched', () => {
  expect(lines(60, row({}))).toEqual([
    'REMOTE  STATE      WATCHED BY                    LAST CHANGE',
    'origin  connected  git-annex-shell notifychang…  3 min ago',
  ]);
});

test('tells it below where nearly nothing of it would be left, and then leaves out the last change', () => {
  expect(lines(40, row({}), DOWN)).toEqual([
    'REMOTE  STATE      LAST CHANGE',
    'origin  connected  3 min ago',
    '  git-annex-shell notifychanges over ss…',
    'backup  down       -',
  ]);
  expect(lines(20, row({}), DOWN)).toEqual([
    'REMOTE  STATE',
    'origin  connected',
    '  git-annex-shell n…',
    'backup  down',
  ]);
});

test('keeps its columns where they are, where it is drawn again and again, while a state comes and goes', () => {
  const live = (text: string) =>
    tableLines([row({ state: { text, tone: 'busy' } })], { width: 80, paint: withoutColour, isLive: true });
  expect(live('waiting')[1]).toBe('origin  waiting      git-annex-shell notifychanges over ssh2  3 min ago');
  const [head] = live('waiting');
  for (const state of ['connected', 'connecting', 'syncing', 'syncing 42%', 'down']) expect(live(state)[0]).toBe(head);
});

test('cuts a long name, and no other cell for it', () => {
  const long = row({ name: 'a-remote-with-a-very-long-name-of-its-own' });
  expect(lines(80, long)[1]).toBe('a-remote-with-a-very-long…  connected  git-annex-shell notifychang…  3 min ago');
  expect(lines(undefined, long)[1]).toContain(long.name);
  const other = row({ name: long.name, watchedBy: 'x' });
  expect(lines(80, other)[1]).toBe('a-remote-with-a-very-long-name-of-its-own  connected  x           3 min ago');
});

test('is nowhere wider than the page', () => {
  const rows = [row({}), DOWN, WIDE, row({ state: { text: 'connecting (waiting for READY), syncing', tone: 'busy' } })];
  for (let width = 10; width < 120; width += 1)
    for (const line of lines(width, ...rows)) expect([width, textWidth(line) <= width]).toEqual([width, true]);
});

test('has its colours beside the text, not in its width', () => {
  const coloured = tableLines([row({}), DOWN], { width: 80, paint: inColour });
  expect(coloured[1]).toBe('origin  \u001b[32mconnected\u001b[39m  git-annex-shell notifychanges over ssh2  3 min ago');
  expect(coloured[2]).toBe('backup  \u001b[31mdown\u001b[39m       -                                        -');
});

// Owns: the journal's file: numbers without gaps whatever befalls it, its privacy, its rotation.
// Leaves: reading it while it is written (read-journal.test.ts), and what daemons note (test/end-to-end/events.test.ts).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Journal, type JournalOptions, openJournal } from '../../../src/main/journal/journal.ts';
import { lastEnd } from '../../../src/main/journal/journal-end.ts';
import type { Happened } from '../../../src/shared/events.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const AT = '2025-03-04T12:00:00.000Z';
const syncing = (remote: string): Happened => ({ event: 'SYNCING', remote });

const makePath = (): string => `${makeScratch(onTestFinished).directory}/events.jsonl`;

function open(at: string, options: Partial<JournalOptions> = {}) {
  const lacking: string[] = [];
  const without = {
    lacks: (_what: string, text: string) => void lacking.push(text),
    found: () => void lacking.push('found'),
  };
  const journal: Journal = openJournal({ at, isInPlace: () => true, without, now: () => new Date(AT), ...options });
  onTestFinished(journal.close);
  return { ...journal, lacking };
}

const linesOf = (at: string): string[] => fs.readFileSync(at, 'utf8').split('\n').slice(0, -1);
const idsIn = (...files: readonly string[]): number[] =>
  files.flatMap(linesOf).map((line) => (JSON.parse(line) as { id: number }).id);
const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

test('an event is a line of JSON, its number first, in a private file', () => {
  const at = makePath();
  const { note } = open(at);
  note({ event: 'STARTED', pid: 1, version: '0.1.0', mode: 'run' });
  note({ event: 'WARNING', remote: 'ori\ngin', text: 'a "text"' });
  expect(linesOf(at)).toEqual([
    `{"id":1,"at":"${AT}","event":"STARTED","pid":1,"version":"0.1.0","mode":"run"}`,
    `{"id":2,"at":"${AT}","event":"WARNING","remote":"ori\\ngin","text":"a \\"text\\""}`,
  ]);
  expect(fs.statSync(at).mode & 0o777).toBe(0o600);
});

test('the next daemon goes on with the next number, and how the last one ended is told', () => {
  const at = makePath();
  expect(lastEnd({ journal: at })).toBeUndefined();
  const first = open(at);
  first.note(syncing('a'));
  expect(lastEnd({ journal: at })).toEqual({ kind: 'killed', at: AT });
  first.ends('STOP');
  first.ends('the second reason is none');
  first.close();
  first.note(syncing('too late'));
  expect(lastEnd({ journal: at })).toEqual({ kind: 'ended', at: AT, why: 'STOP' });
  open(at).note(syncing('b'));
  expect(idsIn(at)).toEqual([1, 2, 3]);
});

test.each<[string, string]>([
  ['the beginning of a line', '{"id":3,"at":"2025-03'],
  ['a whole line that has no end yet', `{"id":3,"at":"${AT}","event":"RESUME"}`],
  ['what a disk makes of a lost block', '\0\0\0\0'],
  ['the same with an end', '\0\0\0\0\n'],
  ['a line of another program', 'hello\n'],
  ['empty lines', '\n\n\n'],
  ['what is longer than a line', 'x'.repeat(600_000)],
])('behind the last event stands %s: it is cut off, and its number is given once', (_what, torn) => {
  const at = makePath();
  const before = open(at);
  before.note(syncing('a'));
  before.note(syncing('b'));
  fs.appendFileSync(at, torn);
  open(at).note(syncing('c'));
  expect(linesOf(at).map((line) => JSON.parse(line).remote)).toEqual(['a', 'b', 'c']);
  expect(idsIn(at)).toEqual([1, 2, 3]);
});

test('a file in which no event is begins anew behind what its predecessor has', () => {
  const at = makePath();
  open(at, { mostBytes: 150 }).note(syncing('a'));
  fs.renameSync(at, `${at}.1`);
  fs.writeFileSync(at, 'rubbish');
  open(at).note(syncing('b'));
  expect(idsIn(`${at}.1`, at)).toEqual([1, 2]);
});

test('it is rotated by size, with one predecessor, and numbers go on over both', () => {
  const at = makePath();
  const { note } = open(at, { mostBytes: 1_000 });
  for (let count = 1; count <= 100; count += 1) note(syncing(`remote ${count}`));
  expect([at, `${at}.1`].map((file) => fs.statSync(file).size).every((size) => size <= 1_000)).toBe(true);
  expect(fs.statSync(`${at}.1`).mode & 0o777).toBe(0o600);
  const ids = idsIn(`${at}.1`, at);
  expect(ids).toEqual(upTo(100, ids[0]));
  expect(ids.length).toBeGreaterThan(10);
  expect(fs.readdirSync(dirname(at)).filter((name) => name.startsWith('events'))).toHaveLength(2);
});

test('one that somebody removes is made anew, and its numbers go on', () => {
  const at = makePath();
  const { note } = open(at);
  note(syncing('a'));
  fs.unlinkSync(at);
  note(syncing('b'));
  expect(idsIn(at)).toEqual([2]);
});

test('one that somebody cuts off goes on with whole lines and its numbers', () => {
  const at = makePath();
  const { note } = open(at);
  for (const remote of ['a', 'b', 'c']) note(syncing(remote));
  fs.truncateSync(at, fs.statSync(at).size - 10);
  note(syncing('d'));
  expect(idsIn(at)).toEqual([1, 2, 4]);
  fs.truncateSync(at);
  note(syncing('e'));
  expect(idsIn(at)).toEqual([5]);
});

test('where it cannot be written what happens waits, and has its number once it can', () => {
  const at = makePath();
  const { note, close, lacking } = open(at);
  note(syncing('a'));
  fs.renameSync(at, `${at}.away`);
  fs.mkdirSync(at);
  note(syncing('b'));
  note(syncing('c'));
  expect(lacking).toEqual([
    expect.stringMatching(/^what happens cannot be kept \(.* is a directory.*and waits in memory$/),
  ]);
  fs.rmdirSync(at);
  close();
  expect(idsIn(`${at}.away`, at)).toEqual([1, 2, 3]);
  expect(lacking.at(-1)).toBe('found');
});

test('on a full disk no number is missing, and no line is cut', () => {
  const scratch = makeScratch(onTestFinished);
  // A limit on the size of files does to a write what a full disk does: what fits is written, then nothing.
  const script = `
    import { openJournal } from ${JSON.stringify(new URL('../../../dist/for-tests/src/main/journal/journal.js', import.meta.url).href)};
    process.on('SIGXFSZ', () => {});
    const without = { lacks: () => {}, found: () => {} };
    const journal = openJournal({ at: 'events.jsonl', isInPlace: () => true, without });
    for (let count = 0; count < 100; count += 1) journal.note({ event: 'SYNCING', remote: 'r' + count });
  `;
  fs.writeFileSync(`${scratch.directory}/full.mjs`, script);
  const run = (limit: string) =>
    spawnSync('sh', ['-c', `ulimit -f ${limit} && exec "$0" full.mjs`, process.execPath], {
      cwd: scratch.directory,
      env: scratch.env,
    }).status;
  const at = `${scratch.directory}/events.jsonl`;
  expect(run('4')).toBe(0);
  const written = idsIn(at);
  expect(written).toEqual(upTo(written.length));
  expect(fs.statSync(at).size).toBeGreaterThan(1_500);
  expect(written.length).toBeLessThan(100);
  expect(fs.readFileSync(at, 'utf8')).toMatch(/\n$/);
  expect(run('unlimited')).toBe(0);
  expect(idsIn(at)).toEqual(upTo(written.length + 100));
});

test('of what waits too much the oldest is forgotten, which has no number yet', () => {
  const at = makePath();
  const { note, close } = open(at);
  fs.mkdirSync(at);
  for (let count = 1; count <= 30; count += 1)
    note({ event: 'WARNING', remote: `r${count}`, text: 'x'.repeat(100_000) });
  fs.rmdirSync(at);
  close();
  const kept = linesOf(at);
  expect(kept.length).toBeLessThan(12);
  expect(kept.at(-1)).toContain('"r30"');
  expect(idsIn(at)).toEqual(upTo(kept.length));
});

test('nothing is written into a directory that has come in the place of its own; what was moved away is still its own', () => {
  const scratch = makeScratch(onTestFinished);
  const [own, moved] = [`${scratch.directory}/own`, `${scratch.directory}/moved`];
  fs.mkdirSync(own);
  let isInPlace = true;
  const { note, ends, close } = open(`${own}/events.jsonl`, { isInPlace: () => isInPlace, mostBytes: 100 });
  note(syncing('a'));
  fs.renameSync(own, moved);
  fs.mkdirSync(own);
  isInPlace = false;
  note(syncing('b'));
  ends('the repository was moved or removed');
  close();
  expect(fs.readdirSync(own)).toEqual([]);
  expect(idsIn(`${moved}/events.jsonl`)).toEqual([1, 2, 3]);
  expect(lastEnd({ journal: `${moved}/events.jsonl` })).toMatchObject({ why: 'the repository was moved or removed' });
});

test('where only its lock was taken away, another daemon may write the same file, and this one does no more', () => {
  const at = makePath();
  let isInPlace = true;
  const { note, ends, close } = open(at, { isInPlace: () => isInPlace });
  note(syncing('a'));
  isInPlace = false;
  note(syncing('b'));
  ends('its lock was taken away');
  close();
  expect(idsIn(at)).toEqual([1]);
});

test('the longest event there can be is one line that can be read', () => {
  const at = makePath();
  const [old, next] = ['1'.repeat(64), '2'.repeat(64)];
  const moved = upTo(1_000).map((count) => ({
    // As long as any that are told (shared/moves.ts), each character written as six.
    ...{ ref: `${'\u202e'.repeat(61)}${count}`, old, new: next, how: 'forwarded' as const },
  }));
  open(at).note({ event: 'DONESYNCING', remote: 'origin', operation: 'fetch', ok: true, tookMs: 1, moved });
  open(at).note(syncing('a'));
  expect(idsIn(at)).toEqual([1, 2]);
});

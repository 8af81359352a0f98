// Owns: readers of the journal: each event once and in order, while it is written, rotated, torn and removed.
// Leaves: writing it (journal.test.ts), and the command (test/end-to-end/events.test.ts).
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { followJournal } from '../../../src/main/journal/follow-journal.ts';
import { openJournal } from '../../../src/main/journal/journal.ts';
import { type From, openReader } from '../../../src/main/journal/read-journal.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const makePath = (): string => `${makeScratch(onTestFinished).directory}/events.jsonl`;
const OLDEST: From = { kind: 'oldest' };

function write(at: string, mostBytes = 1_000, now = () => new Date()) {
  const without = { lacks: () => undefined, found: () => undefined };
  const journal = openJournal({ at, isInPlace: () => true, without, mostBytes, now });
  onTestFinished(journal.close);
  const note = (count: number): void => {
    for (let each = 0; each < count; each += 1) journal.note({ event: 'SYNCING', remote: 'origin' });
  };
  return { ...journal, note };
}

/** All that there is now. */
function idsFrom(at: string, from: From = OLDEST): number[] {
  const reader = openReader(at, from);
  const ids: number[] = [];
  for (let lines = reader.next(); lines.length > 0; lines = reader.next()) ids.push(...lines.map(({ id }) => id));
  reader.close();
  return ids;
}

const upTo = (last: number, first = 1): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Gathers what a follower is given, until the test is over. */
function follow(at: string, from: From = OLDEST) {
  const stop = new AbortController();
  const ids: number[] = [];
  const over = (async () => {
    for await (const lines of followJournal(at, from, stop.signal)) ids.push(...lines.map(({ id }) => id));
  })();
  const failure = over.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  onTestFinished(async () => {
    stop.abort();
    await failure;
  });
  return { ids, failure, stop: () => stop.abort() };
}

test.each<[From, number[]]>([
  [OLDEST, upTo(20)],
  [{ kind: 'after', id: 0 }, upTo(20)],
  [{ kind: 'after', id: 18 }, [19, 20]],
  [{ kind: 'after', id: 20 }, []],
  [{ kind: 'last', count: 3 }, [18, 19, 20]],
  [{ kind: 'last', count: 99 }, upTo(20)],
  [{ kind: 'at', atMs: 15_000 }, upTo(20, 15)],
  [{ kind: 'at', atMs: 99_000 }, []],
])('from %j on', (from, ids) => {
  const at = makePath();
  let seconds = 0;
  // Rotated in between.
  const clock = (): Date => {
    seconds += 1;
    return new Date(seconds * 1_000);
  };
  write(at, 1_100, clock).note(20);
  expect(fs.existsSync(`${at}.1`)).toBe(true);
  expect(idsFrom(at, from)).toEqual(ids);
});

test('of numbers that are no longer kept it is said from which on there are some; of those not given yet, which is the last', () => {
  const at = makePath();
  expect(idsFrom(at)).toEqual([]);
  expect(() => openReader(at, { kind: 'after', id: 1 })).toThrow(
    'there is no event number 1 here: there are no events yet',
  );
  write(at, 500).note(50);
  const [oldest = 0] = idsFrom(at);
  expect(oldest).toBeGreaterThan(30);
  expect(idsFrom(at, { kind: 'after', id: oldest - 1 })).toEqual(upTo(50, oldest));
  expect(() => idsFrom(at, { kind: 'after', id: oldest - 2 })).toThrow(
    `the events behind number ${oldest - 2} are no longer kept: the oldest is number ${oldest} (--since=${oldest - 1})`,
  );
  expect(() => openReader(at, { kind: 'after', id: 51 })).toThrow(
    'there is no event number 51 here: the last one is number 50',
  );
});

test('what was cut off and mended is never read, nor is any number read twice', () => {
  const at = makePath();
  const first = write(at);
  first.note(2);
  const reader = openReader(at, OLDEST);
  onTestFinished(reader.close);
  expect(reader.next().map(({ id }) => id)).toEqual([1, 2]);
  fs.appendFileSync(at, '{"id":3,"at":"2025-03-04T12:00:00.000Z","event":"SYNC');
  expect(reader.next()).toEqual([]);
  write(at).note(1);
  expect(reader.next().map(({ id, text }) => [id, JSON.parse(text).remote])).toEqual([[3, 'origin']]);
});

test('a reader that comes late to a file that was rotated once still has all; twice, and it is told what it has missed', () => {
  const at = makePath();
  const { note } = write(at, 700);
  note(2);
  const [patient, late] = [openReader(at, OLDEST), openReader(at, OLDEST)];
  for (const reader of [patient, late]) {
    onTestFinished(reader.close);
    expect(reader.next()).toHaveLength(2);
  }
  const ids = [1, 2];
  for (let turn = 0; turn < 10; turn += 1) {
    note(5);
    for (let lines = patient.next(); lines.length > 0; lines = patient.next()) ids.push(...lines.map(({ id }) => id));
  }
  expect(ids).toEqual(upTo(52));
  expect(() => {
    while (late.next().length > 0);
  }).toThrow(/^the events behind number \d+ are no longer kept/);
});

test('two followers have every event once, over rotation, a restart, and from before there is a file', async () => {
  const at = makePath();
  const followers = [follow(at), follow(at)];
  const { note, close } = write(at, 5_000);
  note(1);
  await until('both have seen the first', () => followers.every(({ ids }) => ids.length === 1));
  const later = follow(at, { kind: 'after', id: 1 });
  let written = 1;
  for (let turn = 0; turn < 30; turn += 1) {
    note(20);
    written += 20;
    await until('all have seen it', () => [...followers, later].every(({ ids }) => ids.at(-1) === written));
  }
  close();
  write(at).note(3);
  await until('the restart is seen', () => [...followers, later].every(({ ids }) => ids.at(-1) === written + 3));
  for (const { ids } of followers) expect(ids).toEqual(upTo(written + 3));
  expect(later.ids).toEqual(upTo(written + 3, 2));
});

test('where all was removed, and has begun anew, a follower is told and not left to wait for numbers that are past', async () => {
  const at = makePath();
  const first = write(at, 700);
  first.note(30);
  const { ids, failure } = follow(at);
  await until('all is seen', () => ids.at(-1) === 30);
  first.close();
  for (const file of [at, `${at}.1`]) fs.rmSync(file);
  write(at).note(1);
  expect((await failure)?.message).toBe('the events were removed, and have begun anew with number 1');
});

test('of a file that somebody empties what comes is read on, be it by this daemon or, as it begins anew, with a word', async () => {
  const at = makePath();
  const first = write(at, 100_000);
  first.note(30);
  const [reader, { ids, failure }] = [openReader(at, { kind: 'after', id: 30 }), follow(at)];
  onTestFinished(reader.close);
  await until('all is seen', () => ids.at(-1) === 30);
  fs.truncateSync(at);
  expect(reader.next()).toEqual([]);
  first.note(2);
  await until('what came then is seen', () => ids.at(-1) === 32);
  expect(ids).toEqual(upTo(32));
  expect(reader.next().map(({ id }) => id)).toEqual([31, 32]);
  fs.truncateSync(at);
  expect(reader.next()).toEqual([]);
  first.close();
  write(at).note(1);
  const told = 'the events were removed, and have begun anew with number 1';
  expect(() => reader.next()).toThrow(told);
  expect((await failure)?.message).toBe(told);
});

test('a follower ends when it is told to, whether or not something happens', async () => {
  const at = makePath();
  const { failure, stop } = follow(at);
  stop();
  expect(await failure).toBeUndefined();
});

// Owns: that every line of a log is read once, across rotation.
// Leaves: which are shown (render-log.test.ts).
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { followLog, readLog } from '../../../src/main/commands/read-log.ts';
import { createLog, type Log } from '../../../src/main/log/log.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const makePath = (): string => `${makeScratch(onTestFinished).directory}/daemon.log`;

function open(path: string, mostBytes: number): Log {
  const log = createLog({ kind: 'file', path, mostBytes });
  onTestFinished(log.close);
  return log;
}

function follow(path: string): string[] {
  const end = new AbortController();
  const seen: string[] = [];
  const followed = followLog(path, (lines) => seen.push(...lines), end.signal);
  onTestFinished(() => {
    end.abort();
    return followed;
  });
  return seen;
}

test('there is none before a daemon has run', () => {
  expect(readLog(makePath())).toBeUndefined();
});

test('it is followed from its beginning, across rotation, and when it comes only later', async () => {
  const path = makePath();
  const seen = follow(path);
  const log = open(path, 500);
  for (let count = 0; count < 40; count += 1) {
    log.info('count', String(count));
    // Fewer lines at once than a file holds: only so many can be missed by one who looks now and then.
    if (count % 5 === 0) await until(`line ${count} is seen`, () => seen.at(-1)?.endsWith(`count: ${count}`) ?? false);
  }
  await until('all is seen', () => seen.length >= 40);
  expect(seen.map((line) => line.replace(/^.*: /, ''))).toEqual(Array.from({ length: 40 }, (_, count) => `${count}`));
  // The file holds so many lines, and its predecessor as many.
  const kept = readLog(path) ?? [];
  expect(kept.length).toBeGreaterThan(10);
  expect(kept).toEqual(seen.slice(-kept.length));
});

test('a line that is still being written is seen once it is whole, and at the end as it is', async () => {
  const path = makePath();
  const [snow, man] = [Buffer.from('snowman ☃\n').subarray(0, 9), Buffer.from('snowman ☃\n').subarray(9)];
  fs.writeFileSync(path, Buffer.concat([Buffer.from('first\n'), snow]));
  const seen = follow(path);
  expect(seen).toEqual(['first']);
  expect(readLog(path)).toHaveLength(2);
  fs.appendFileSync(path, Buffer.concat([man, Buffer.from('last\n')]));
  await until('they are seen', () => seen.length === 3);
  expect(seen).toEqual(['first', 'snowman ☃', 'last']);
});

test('what was copied, and not emptied yet, is not read twice', () => {
  const path = makePath();
  for (const file of [path, `${path}.1`]) fs.writeFileSync(file, 'a\nb\n');
  expect(readLog(path)).toEqual(['a', 'b']);
});

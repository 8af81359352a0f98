// Owns: that one remote's lines leave the log to the others, with real files.
// Leaves: the log itself (log.test.ts), counting (test/shared/timing/line-budget.test.ts).
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../../src/main/log/log.ts';
import { makeScratch } from '../../support/temp-repo.ts';

test('a remote that has a million things to say does not wipe what was said before, and it is told how many were left out', async () => {
  const path = `${makeScratch(onTestFinished).directory}/daemon.log`;
  const log = createLog({ kind: 'file', path });
  log.ofRemote.info('good', 'connected');
  log.info('daemon', 'runs');
  for (let line = 1; line <= 20_000; line += 1) log.ofRemote.info('evil', `line ${line} ${'x'.repeat(400)}`);
  log.ofRemote.info('good', 'synced');
  await log.close();
  const text = fs.readFileSync(path, 'utf8');
  expect(fs.existsSync(`${path}.1`)).toBe(false);
  expect(text.length).toBeLessThan(80 * 1024);
  expect(text).toMatch(/good: connected\n.*daemon: runs\n.*evil: line 1 /);
  const shown = text.match(/evil: line/g)?.length ?? 0;
  expect(text.trimEnd().split('\n').slice(-2)).toEqual([
    expect.stringMatching(/good: synced$/),
    expect.stringMatching(new RegExp(`evil: ${20_000 - shown} more lines were not shown$`)),
  ]);
});

test('what a remote says for information leaves room for its warnings, which have all of its share', async () => {
  const path = `${makeScratch(onTestFinished).directory}/daemon.log`;
  const log = createLog({ kind: 'file', path });
  for (let line = 1; line <= 200; line += 1) log.ofRemote.info('evil', 'x'.repeat(1_000));
  for (let line = 1; line <= 10; line += 1) log.ofRemote.warn('evil', `it is wrong ${line} ${'x'.repeat(900)}`);
  await log.close();
  const text = fs.readFileSync(path, 'utf8');
  expect(text.match(/ info {2}evil/g)?.length).toBeGreaterThan(40);
  expect(text.match(/it is wrong/g)).toHaveLength(10);
});

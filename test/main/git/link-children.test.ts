// Owns: that what a link runs is noted while it runs, and ended if the link ended without it.
// Leaves: the file itself (running-file.test.ts), and who reports children (test/workers/refs).
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLinkChildren } from '../../../src/main/git/link-children.ts';
import { createRunningFile } from '../../../src/main/git/running-file.ts';
import { startTimeOf } from '../../../src/main/host/process-identity.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { isAlive, killQuietly } from '../../support/processes.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const ORIGIN = remoteName('origin');

function setUp() {
  const path = join(makeScratch(onTestFinished).directory, 'running');
  const children = createLinkChildren(createRunningFile(path, { startTimeOf, log: () => undefined }));
  const { pid = 0 } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  expect(pid).toBeGreaterThan(1);
  onTestFinished(() => killQuietly(-pid));
  return { path, pid, ...children };
}

/** Empty where there is no such file, too. */
function noted(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

test('a child is noted from its beginning to its exit', async () => {
  const { path, pid, noteChild, endChildren } = setUp();
  noteChild(ORIGIN, pid, true);
  await until('it is noted', () => noted(path) !== '');
  expect(noted(path)).toBe(`${pid} ${await startTimeOf(pid)}`);
  noteChild(ORIGIN, pid, false);
  expect(noted(path)).toBe('');
  endChildren(ORIGIN);
  expect(isAlive(pid)).toBe(true);
});

test('what a link that has ended left running is ended and forgotten, and no other', async () => {
  const { path, pid, noteChild, endChildren } = setUp();
  noteChild(ORIGIN, pid, true);
  await until('it is noted', () => noted(path) !== '');
  endChildren(remoteName('another'));
  expect(isAlive(pid)).toBe(true);
  endChildren(ORIGIN);
  await until('it is ended', () => !isAlive(pid));
  await until('it is forgotten', () => noted(path) === '');
});

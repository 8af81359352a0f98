import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { hasEnded, type Sighting, watchProcess } from '../../../src/main/host/process-watch.ts';

const there = (started?: string): Sighting => ({ kind: 'there', started });
const gone: Sighting = { kind: 'gone' };

test.each<[string, Sighting, Sighting, boolean]>([
  ['it is still there', there('boot.1'), there('boot.1'), false],
  ['it is gone', there('boot.1'), gone, true],
  ['another has its number', there('boot.1'), there('boot.2'), true],
  ['it was gone before', gone, gone, true],
  ['it was gone before, and its number was given away', gone, there('boot.2'), true],
  ['of one that is hidden only its number is known', there(), there(), false],
  ['one that is hidden is gone', there(), gone, true],
  ['one that was seen is hidden now', there('boot.1'), there(), false],
])('%s', (_what, first, now, ended) => {
  expect(hasEnded(first, now)).toBe(ended);
});

test('a process that ends is noticed, and one that had ended before at once', async () => {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  const pid = child.pid ?? expect.fail('it was not started');
  onTestFinished(() => void child.kill('SIGKILL'));
  const noticed = new Promise<void>((resolve) => onTestFinished(watchProcess(pid, resolve)));
  const exited = once(child, 'exit');
  child.stdin.end();
  await exited;
  await noticed;
  await new Promise<void>((resolve) => onTestFinished(watchProcess(pid, resolve)));
});

test.skipIf(!existsSync('/proc/self/stat'))('one that is waited for by nobody, a zombie, is gone', async () => {
  // The shell's child ends, and what the shell has become never asks for it.
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [text] = await once(parent.stdout, 'data');
  await new Promise<void>((resolve) => onTestFinished(watchProcess(Number(String(text)), resolve)));
});

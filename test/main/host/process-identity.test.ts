import { spawn } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProcStat } from '../../../src/main/host/process-identity.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const hasProc = existsSync('/proc/self/stat');

test.skipIf(!hasProc)('a process is told by its group and start, whatever it is called', async () => {
  const program = join(makeScratch(onTestFinished).directory, 'a) Z 1 2');
  symlinkSync('/bin/sh', program);
  const child = spawn(program, ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.stdin.end();
    await ended;
  });
  const pid = child.pid ?? expect.fail('it was not started');
  await until('it leads its group', () => readProcStat(pid)?.group === pid);
  expect(readProcStat(pid)).toEqual({ isLiving: true, group: pid, startTime: expect.stringMatching(/^\d+$/) });
  expect(Number(readProcStat(pid)?.startTime)).toBeGreaterThanOrEqual(Number(readProcStat(process.pid)?.startTime));
  child.stdin.end();
  await ended;
  expect(readProcStat(pid)).toBeUndefined();
});

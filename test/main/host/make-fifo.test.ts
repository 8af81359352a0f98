import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeFifo } from '../../../src/main/host/system-command.ts';
import { pathWithout } from '../../support/path-without.ts';
import { lacksPeers } from '../../support/peers.ts';
import { makeScratch, type Scratch } from '../../support/temp-repo.ts';

function without(scratch: Scratch, ...programs: readonly string[]): void {
  vi.stubEnv('PATH', pathWithout({ ...scratch, env: { PATH: process.env.PATH ?? '' } }, programs));
  onTestFinished(() => void vi.unstubAllEnvs());
}

test.skipIf(lacksPeers('pipes made by perl', 'perl'))('where mkfifo is missing, perl makes the pipes', async () => {
  const scratch = makeScratch(onTestFinished);
  const pipes = ['one', 'other'].map((name) => path.join(scratch.directory, name));
  without(scratch, 'mkfifo');
  await makeFifo(...pipes);
  for (const pipe of pipes) {
    const { mode } = fs.statSync(pipe);
    expect([fs.statSync(pipe).isFIFO(), mode & 0o777]).toEqual([true, 0o600]);
  }
  await expect(makeFifo(path.join(scratch.directory, 'no', 'folder'))).rejects.toThrow(/No such file/);
});

test('where both are missing it says what to install', async () => {
  const scratch = makeScratch(onTestFinished);
  without(scratch, 'mkfifo', 'perl');
  await expect(makeFifo(path.join(scratch.directory, 'pipe'))).rejects.toThrow(/neither mkfifo nor perl/);
});

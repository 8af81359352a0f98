// Owns: that the repository of another owner is read where git reads it, and nowhere else.
// Leaves: what is read (local-watch.test.ts).
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { whyRefused } from '../../../src/workers/local/ownership.ts';
import { makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { connectedLink, openLocalLink } from './link.ts';

const SOMEBODY = 12_345;

function giveAway(directory: string, uid: number): void {
  for (const name of readdirSync(directory, { recursive: true })) chownSync(join(directory, String(name)), uid, uid);
  chownSync(directory, uid, uid);
}

describe.skipIf(process.getuid?.() !== 0)('the repository of another owner', () => {
  test('is not read, and the words are git’s, with the command that it names', async () => {
    const server = await makeServerRepo(makeScratch(onTestFinished));
    giveAway(server.directory, SOMEBODY);
    const link = openLocalLink(onTestFinished, server.directory);
    expect(await link.ended).toEqual({
      code: 'remote-error',
      detail:
        `git detected dubious ownership in repository at '${server.directory}'; if you trust it: ` +
        `git config --global --add safe.directory ${server.directory}`,
    });
    expect(link.reports.count(/^(?:connected|moved)/)).toBe(0);
  });

  test('is not read either by a name that git adds .git to', async () => {
    const server = await makeServerRepo(makeScratch(onTestFinished));
    giveAway(server.directory, SOMEBODY);
    const link = openLocalLink(onTestFinished, server.directory.replace(/\.git$/, ''));
    expect(await link.ended).toMatchObject({ code: 'remote-error' });
  });

  test('is left as soon as it becomes another’s', async () => {
    const server = await makeServerRepo(makeScratch(onTestFinished));
    const link = await connectedLink(onTestFinished, server.directory);
    giveAway(server.directory, SOMEBODY);
    expect(await link.ended).toMatchObject({ code: 'not-there' });
  });
});

test('nothing is read before git has said whose it is: one that was ended is asked again', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const bin = join(scratch.directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), '#!/bin/sh\nkill -KILL $$\n', { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const link = openLocalLink(onTestFinished, server.directory);
  expect(await link.ended).toMatchObject({ code: 'not-now' });
  expect(link.reports.count(/^(?:connected|moved)/)).toBe(0);
});

test('what git says for another reason is left to whoever reads it', () => {
  expect(whyRefused("fatal: '/x' does not appear to be a git repository\n")).toBeUndefined();
  expect(whyRefused('')).toBeUndefined();
});

// Owns: that only what a fetch of ours has made, and nobody else has moved, is taken for ours.
// Leaves: deleting it (gone-remotes.test.ts).
import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isLogOfOurs, isMadeByUs } from '../../../src/main/git/made-by-us.ts';
import type { RefName } from '../../../src/shared/remote.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';

const MAKING = `${'0'.repeat(40)} ${'a'.repeat(40)} U <u@e> 1 +0000`;
const MOVING = `${'a'.repeat(40)} ${'b'.repeat(40)} U <u@e> 2 +0000`;

test.each([
  ['it was made', `${MAKING}\tremote-daemon: storing head\n`, false, true],
  [
    'it was made and moved',
    `${MAKING}\tremote-daemon pr: storing head\n${MOVING}\tremote-daemon: fast-forward\n`,
    false,
    true,
  ],
  ['it was only moved', `${MOVING}\tremote-daemon: fast-forward\n`, false, false],
  ['somebody has moved it since', `${MAKING}\tremote-daemon: storing head\n${MOVING}\tmine\n`, false, false],
  ['somebody moved it without a word', `${MAKING}\tremote-daemon: storing head\n${MOVING}\n`, false, false],
  ['somebody made it', `${MAKING}\tfetch pr: storing head\n`, false, false],
  ['its log was emptied', '', false, false],
  ['a HEAD that git 2.48 made', `${MAKING}\tfetch\n`, true, true],
  ['a HEAD that somebody set', `${MAKING}\tremote set-head\n`, true, false],
  ['a branch that says the same', `${MAKING}\tfetch\n`, false, false],
])('by a reflog: %s', (_, log, isSymbolic, isOurs) => {
  expect(isLogOfOurs(log, isSymbolic)).toBe(isOurs);
});

/** A repository without reflogs, a ref in a folder, and a moment that is later than the folder. */
async function withoutLogs() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  await repo.git('config', 'core.logAllRefUpdates', 'false');
  await repo.git('commit', '-q', '--allow-empty', '-m', 'one');
  const common = join(repo.directory, '.git');
  const ref = 'refs/remotes/pr/main' as RefName;
  const make = () => repo.git('update-ref', ref, 'HEAD');
  await make();
  const madeMs = statSync(join(common, ref)).birthtimeMs;
  /** As if it had been written just now. */
  const touch = () => utimesSync(join(common, ref), Date.now() / 1000 + 100, Date.now() / 1000 + 100);
  const isOurs = (sinceMs: number) => isMadeByUs(common, { ref, isSymbolic: false }, sinceMs);
  return { repo, madeMs, make, touch, isOurs };
}

test('without a reflog it is ours in a folder that came later, and not where it may merely have been moved', async () => {
  const { madeMs, touch, isOurs } = await withoutLogs();
  expect(isOurs(madeMs)).toBe(true);
  touch();
  expect(isOurs(madeMs + 1_000)).toBe(false);
});

test('without a reflog it is not ours where it was packed before', async () => {
  const { repo, madeMs, make, isOurs } = await withoutLogs();
  await repo.git('pack-refs', '--all', '--prune');
  await repo.git('commit', '-q', '--allow-empty', '-m', 'two');
  await make();
  expect(isOurs(madeMs)).toBe(false);
});

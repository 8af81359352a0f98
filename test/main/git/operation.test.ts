// Owns: that an operation leaves nothing behind in memory of very much that git has printed.
// Leaves: its ending and its signs of life (git-lane.test.ts, fetch.test.ts), and git itself (run-git.test.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startOperation } from '../../../src/main/git/operation.ts';
import type { GitExit } from '../../../src/main/git/run-git.ts';
import { until } from '../../support/next-line.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { placeOf } from './git-place.ts';

const MUCH = 3 * 1024 * 1024;

test('what git printed very much of is given back when the operation is over', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  writeFileSync(join(repo.directory, 'much'), 'x'.repeat(MUCH));
  const blob = await repo.git('hash-object', '-w', 'much');
  let printed: WeakRef<GitExit> | undefined;
  let characters = 0;
  const operation = startOperation(placeOf(scratch, repo), async ({ git }) => {
    const exit = await git(['cat-file', 'blob', blob], scratch.env);
    printed = new WeakRef(exit);
    characters = exit.stdout.length;
    return { ok: true };
  });
  expect(await operation.finished).toEqual({ ok: true });
  expect(characters).toBe(MUCH);
  // V8 itself is in no hurry: it was 20 s when this was tried.
  await until('it is gone from memory', () => printed?.deref() === undefined, 10_000);
});

// Owns: what the names in a CHANGED mean here, with real git.
// Leaves: to whom that is told (test/main/serve).
import { expect, onTestFinished, test } from 'vitest';
import { lookUpRefs } from '../../../src/main/git/named-refs.ts';
import { gitQuery } from '../../../src/main/git/run-git.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';

async function makeStage() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'here');
  const tip = await commit(repo);
  const asked: (readonly string[])[] = [];
  const lookUp = (...names: readonly string[]) =>
    lookUpRefs(names, (args) => {
      asked.push(args);
      return gitQuery(args, { cwd: repo.directory, env: scratch.env });
    });
  return { repo, tip, asked, lookUp };
}

test('a ref is what it points at now, one that is not there is gone, and only it itself is meant', async () => {
  const { repo, tip, asked, lookUp } = await makeStage();
  await repo.git('branch', 'x/y');
  await repo.git('tag', '-a', '-m', 'a tag', 'v1');
  const tag = (await repo.git('rev-parse', 'refs/tags/v1')).trim();
  expect(await lookUp('refs/heads/main', 'refs/heads/x', 'refs/heads/main', 'refs/tags/v1')).toEqual({
    refs: [
      { ref: 'refs/heads/main', tip },
      { ref: 'refs/heads/x', tip: undefined },
      { ref: 'refs/tags/v1', tip: tag },
    ],
    objects: [],
  });
  expect(asked).toHaveLength(1);
});

test('an object is told as it is, without asking git, and what is neither is passed over', async () => {
  const { tip, asked, lookUp } = await makeStage();
  expect(await lookUp(tip, 'main', '-x')).toEqual({ refs: [], objects: [tip] });
  expect(asked).toEqual([]);
});

test('where git does not answer a ref is told without its object', async () => {
  const refs = await lookUpRefs(['refs/heads/main'], async () => ({ ok: false, stdout: '' }));
  expect(refs).toEqual({ refs: [{ ref: 'refs/heads/main', tip: 'unknown' }], objects: [] });
});

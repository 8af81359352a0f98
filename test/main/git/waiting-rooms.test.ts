import { expect, onTestFinished, test } from 'vitest';
import { createRepositoryWork } from '../../../src/main/git/repository-git.ts';
import { planFetch, waitingRoom } from '../../../src/shared/refs/fetch-plan.ts';
import { type Remote, remoteName } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { placeOf } from './git-place.ts';

/** As far as it matters for what waits. */
const remoteWith = (name: string, refspec: string): Remote => {
  const inputs = { remote: name, refspecs: [refspec], bare: false, mirror: false, prunes: false, prunesTags: false };
  const plan = planFetch({ ...inputs, others: [] });
  return { name: remoteName(name), ...(plan && { plan }) } as Remote;
};

test('what waits for a remote that is gone, or has nothing wait any more, is let go, and looked for only then', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  const tip = await commit(repo);
  let started = 0;
  const record = (): (() => void) => {
    started += 1;
    return () => undefined;
  };
  const work = createRepositoryWork({
    place: placeOf(scratch, repo, { record }),
    objectsDirectory: `${repo.directory}/.git/objects`,
    refsDirectory: `${repo.directory}/.git/refs`,
    besideDirectory: `${repo.directory}/.git/remote-daemon/beside`,
    relayEnvironment: () => undefined,
    fetchMode: () => 'fetch',
    fetchTimeoutMs: () => 60_000,
    maxFetchBytes: () => undefined,
    held: () => false,
    log: (text) => expect.unreachable(text),
    debug: () => undefined,
    brought: () => undefined,
  });
  onTestFinished(async () => {
    work.close();
    await work.endRunning();
  });
  const waitingFor = ['a', 'a/b', 'c'].map((name) => `${waitingRoom(name)}notes/n`);
  const [inA = '', inB = ''] = waitingFor;
  for (const ref of waitingFor) await repo.git('update-ref', ref, tip);
  const left = (...refs: readonly string[]): Promise<void> =>
    until(`only ${refs.join(', ')} waits`, async () => {
      const listed = await repo.git('for-each-ref', '--format=%(refname)', 'refs/prefetch/');
      return listed === [...refs].sort().join('\n');
    });
  const notes = '+refs/notes/*:refs/notes/*';
  const [a, b] = [remoteWith('a', notes), remoteWith('a/b', notes)];
  work.configured([a, b]);
  await left(inA, inB);
  work.configured([b, a]);
  work.configured([remoteWith('a', '+refs/heads/*:refs/remotes/a/*'), b]);
  await left(inB);
  work.configured([]);
  await left();
  // Each time that they were others: looking, and deleting.
  expect(started).toBe(6);
});

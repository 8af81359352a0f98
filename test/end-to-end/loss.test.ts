// Owns: that a repository that has lost most of its refs takes nothing away here at once, and what was meant arrives later.
// Leaves: what is believed when (test/shared/refs/loss.test.ts), and the ways in which refs are lost (test/main/git/prune.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/next-line.ts';
import { localScene, startConnected, untilRef } from '../support/scene.ts';

test('many branches that are deleted are doubted first, and are gone here a moment later', async () => {
  const scene = await localScene(onTestFinished);
  const names = ['a', 'b', 'c', 'd'];
  await scene.server.git('fetch', '--quiet', '.', ...names.map((name) => `main:refs/heads/${name}`));
  await scene.clone.git('config', 'fetch.prune', 'true');
  const daemon = await startConnected(onTestFinished, scene);
  await untilRef(scene.clone, 'refs/remotes/origin/d', await scene.server.git('rev-parse', 'main'));
  await scene.server.git('branch', '-D', ...names);
  await until('it is doubted', async () => daemon.stderr().includes('of its refs are said to be gone'));
  const left = await scene.clone.git('for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes/origin/');
  expect(left.split('\n')).toEqual(expect.arrayContaining(names));
  await Promise.all(names.map((name) => untilRef(scene.clone, `refs/remotes/origin/${name}`, undefined)));
  expect(daemon.lines.count(/^WARNING|^DONESYNCING \S+ 0/)).toBe(0);
});

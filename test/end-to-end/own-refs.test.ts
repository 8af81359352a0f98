// Owns: that the daemon's fetches leave tags, notes and other refs of one's own alone, and say once what they left out.
// Leaves: every other config (test/main/git/nothing-lost.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { localScene, startConnected, untilRef } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

test('what is only here stays, what is new there comes, and what was left out is told once', async () => {
  const scene = await localScene(onTestFinished);
  const { clone, server } = scene;
  const there = ['refs/notes/commits', 'refs/x/a', 'refs/tags/v1'];
  for (const ref of [...there, 'refs/x/new']) await server.git('update-ref', ref, 'main');
  for (const kind of ['notes', 'x'])
    await clone.git('config', '--add', 'remote.origin.fetch', `+refs/${kind}/*:refs/${kind}/*`);
  for (const key of ['fetch.prune', 'fetch.pruneTags']) await clone.git('config', key, 'true');
  const own = await commit(clone);
  const mine = [...there, 'refs/x/mine', 'refs/tags/not-pushed'];
  for (const ref of mine) await clone.git('update-ref', ref, own);

  const daemon = await startConnected(onTestFinished, scene);
  for (let pushes = 0; pushes < 2; pushes += 1) {
    const pushed = await server.pushCommit();
    await daemon.line('SYNCING origin');
    await daemon.line('DONESYNCING origin 1');
    expect(await clone.git('rev-parse', ...mine)).toBe(mine.map(() => own).join('\n'));
    await untilRef(clone, 'refs/remotes/origin/main', pushed);
  }
  expect(await clone.git('rev-parse', 'refs/x/new')).toBe(await server.git('rev-parse', 'refs/x/new'));
  const told = daemon.lines.seen.filter(({ text }) => text.startsWith('WARNING '));
  expect(told.map(({ text }) => text)).toEqual([
    expect.stringMatching(
      /^WARNING origin kept refs\/\S+, refs\/\S+, refs\/\S+ as here: .*git fetch --force origin refs\//,
    ),
  ]);
  for (const ref of there) expect(told[0]?.text).toContain(`${ref}:${ref}`);
});

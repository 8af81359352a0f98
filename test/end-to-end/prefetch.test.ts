// Owns: remotedaemon.fetchMode = prefetch: what moves, and what does not.
// Leaves: git's own arguments for it (test/main/git/fetch.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { localScene, startConnected, untilRef } from '../support/scene.ts';

test('prefetched branches go below refs/prefetch, and remote-tracking branches and tags stay as they are', async () => {
  const scene = await localScene(onTestFinished);
  const { server, clone } = scene;
  const older = await clone.git('rev-parse', 'refs/remotes/origin/main');
  await clone.git('config', 'remotedaemon.fetchMode', 'prefetch');
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await server.pushCommit();
  await server.writer.git('push', '--quiet', 'origin', `${tip}:refs/tags/v1`, `${older}:refs/heads/new`);
  await untilRef(clone, 'refs/prefetch/remotes/origin/new', older);
  await untilRef(clone, 'refs/prefetch/remotes/origin/main', tip);
  expect(await clone.git('rev-parse', 'refs/remotes/origin/main')).toBe(older);
  expect(await clone.git('for-each-ref', 'refs/tags', 'refs/remotes/origin/new')).toBe('');
  await clone.git('config', 'remotedaemon.fetchMode', 'fetch');
  daemon.send('RELOAD');
  await server.pushCommit();
  await untilRef(clone, 'refs/remotes/origin/new', older);
  await untilRef(clone, 'refs/tags/v1', tip);
});

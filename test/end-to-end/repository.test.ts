// Owns: what the built daemon does, and does not do, to the repository it runs in; and CHANGED, which pushes.
// Leaves: how refs arrive (annex-shell.test.ts).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { findProgram, lacksPeers } from '../support/peers.ts';
import { embeddedScene, startConnected, untilRef, untilStatus } from '../support/scene.ts';
import { commit, makeRepo, makeServerRepo, openRepo, type TestRepo } from '../support/temp-repo.ts';

test('a fetch leaves the index, the work tree, the own branches and FETCH_HEAD alone', async () => {
  const scene = await embeddedScene(onTestFinished);
  const before = await traces(scene.clone);
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await daemon.line('DONESYNCING origin 1');
  expect(await traces(scene.clone)).toEqual(before);
  await expect(scene.clone.git('rev-parse', '--verify', 'FETCH_HEAD')).rejects.toThrow();
  expect(await scene.clone.git('reflog', '-1', '--format=%gs', 'origin/main')).toContain('remote-daemon');
});

test('of a submodule nothing is touched', async () => {
  const scene = await embeddedScene(onTestFinished);
  const inner = await makeServerRepo(scene.scratch, 'inner');
  await scene.server.writer.git('submodule', '--quiet', 'add', inner.directory, 'inner');
  await scene.server.writer.git('commit', '--quiet', '-m', 'With a submodule');
  await scene.server.pushCommit();
  await scene.clone.git('fetch', '--quiet', scene.server.directory, 'main');
  await scene.clone.git('merge', '--quiet', 'FETCH_HEAD');
  await scene.clone.git('submodule', '--quiet', 'update', '--init');
  const submodule = openRepo(join(scene.clone.directory, 'inner'), scene.scratch.env);
  const before = await traces(submodule);
  await scene.clone.git('config', 'fetch.recurseSubmodules', 'true');
  await scene.clone.git('config', 'submodule.recurse', 'true');

  const daemon = await startConnected(onTestFinished, scene);
  const innerTip = await inner.pushCommit();
  await openRepo(join(scene.server.writer.directory, 'inner'), scene.scratch.env).git('fetch', '--quiet');
  await openRepo(join(scene.server.writer.directory, 'inner'), scene.scratch.env).git('checkout', '--quiet', innerTip);
  await scene.server.writer.git('commit', '--quiet', '--all', '-m', 'The submodule has moved');
  const tip = await scene.server.pushCommit();
  // Recursion comes after the refs have moved: only when git has ended is it too late for that.
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await daemon.line('DONESYNCING origin 1');
  expect(await traces(submodule)).toEqual(before);
});

test('in a linked worktree it serves the whole repository, and goes on when that worktree is removed', async () => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('worktree', 'add', '--quiet', '../linked', '-b', 'linked');
  const daemon = startDaemon(onTestFinished, join(scene.scratch.directory, 'linked'), scene.scratch.env);
  await daemon.line('CONNECTED origin');
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await scene.clone.git('worktree', 'remove', '../linked');
  // It needs a thread that has not run yet.
  await scene.clone.git('remote', 'add', 'second', await scene.clone.git('remote', 'get-url', 'origin'));
  await daemon.line('CONNECTED second');
});

test('started in a folder of the work tree, or by GIT_DIR from elsewhere, it finds the repository', async () => {
  const scene = await embeddedScene(onTestFinished);
  const folder = join(scene.clone.directory, 'some', 'folder');
  mkdirSync(folder, { recursive: true });
  const inside = startDaemon(onTestFinished, folder, scene.scratch.env);
  await inside.line('CONNECTED origin');
  inside.send('STOP');
  await inside.gone();
  const env = { ...scene.scratch.env, GIT_DIR: join(scene.clone.directory, '.git') };
  await startDaemon(onTestFinished, scene.scratch.directory, env).line('CONNECTED origin');
});

test('a remote that is added is watched without being asked to, and the others keep their connection', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  await scene.clone.git('remote', 'add', 'second', scene.peer.url(scene.server.directory));
  daemon.send('RELOAD');
  await daemon.line('CONNECTED second');
  await scene.clone.git('config', 'remote.second.remotedaemon', 'false');
  await daemon.line('DISCONNECTED second');
  await until('the log tells it', () => logOf(daemon).some((line) => line.startsWith('second: disconnected')));
  expect(logOf(daemon)).toEqual([
    'origin: connected',
    'daemon: read the config again: 1 added',
    'second: connected',
    'daemon: read the config again: 1 removed',
    'second: not watched: remote.second.remotedaemon is false',
    'second: disconnected: it is not watched any more',
  ]);
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(0);
  // Without inotifywait the second is asked first whether it can tell.
  expect(scene.peer.logins()).toBe(findProgram('inotifywait') ? 2 : 3);
});

/** Of connections, and of why they come and go. */
const logOf = (daemon: Daemon): string[] =>
  daemon
    .stderr()
    .split('\n')
    .map((line) => line.replace(/^\S+ \S+ +/, ''))
    .filter((line) => /connected|not watched|read the config/.test(line))
    // By which way is no matter here.
    .map((line) => line.replace(/(: connected) \(.*/, '$1'));

test('a remote whose refspec comes to reach the own branches is let go, and the log says why', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  await scene.clone.git('config', 'remote.origin.fetch', '+refs/heads/*:refs/heads/*');
  await daemon.line('DISCONNECTED origin');
  await until('the log tells it', () => logOf(daemon).some((line) => line.startsWith('origin: disconnected')));
  expect(logOf(daemon)).toEqual([
    'origin: connected',
    'daemon: read the config again: 1 removed',
    expect.stringMatching(/^origin: not watched: remote\.origin\.fetch writes to refs\/heads\//),
    'origin: disconnected: it is not watched any more',
  ]);
});

test('a bare mirror has its branches moved as the refspec says', async () => {
  const scene = await embeddedScene(onTestFinished);
  const mirror = await makeRepo(scene.scratch, 'mirror.git', '--bare');
  await mirror.git('remote', 'add', '--mirror=fetch', 'origin', scene.peer.url(scene.server.directory));
  await mirror.git('config', 'fetch.prune', 'true');
  await mirror.git('config', 'remotedaemon.checkInterval', '2');
  await scene.client.useIn(mirror);
  const daemon = startDaemon(onTestFinished, mirror.directory, scene.scratch.env);
  await daemon.line('DONESYNCING origin 1');
  const older = await scene.server.git('rev-parse', 'main');
  await untilRef(mirror, 'refs/heads/main', older);
  const tip = await scene.server.pushCommit();
  await untilRef(mirror, 'refs/heads/main', tip);
  await scene.server.writer.git('push', '--quiet', 'origin', `+${older}:refs/heads/main`, `${tip}:refs/heads/new`);
  await untilRef(mirror, 'refs/heads/main', older);
  await untilRef(mirror, 'refs/heads/new', tip);
  await scene.server.writer.git('push', '--quiet', 'origin', ':refs/heads/new');
  await untilRef(mirror, 'refs/heads/new', undefined);
});

test('a remote with annex-pull=false is watched, and what moved is shown, but nothing is fetched', async () => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('config', 'remote.origin.annex-pull', 'false');
  const before = await scene.clone.git('for-each-ref');
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  await scene.server.pushCommit();
  await untilStatus(scene, 'last change');
  daemon.send('STOP');
  await daemon.gone();
  expect(daemon.lines.count(/SYNCING/)).toBe(0);
  expect(await scene.clone.git('for-each-ref')).toBe(before);
});

describe.skipIf(lacksPeers('pushing by ssh', 'ssh'))('CHANGED', () => {
  test('pushes the named refs to a remote with remotedaemonPush', async () => {
    const scene = await embeddedScene(onTestFinished);
    await scene.clone.git('config', 'remote.origin.remotedaemonPush', 'true');
    const daemon = await startConnected(onTestFinished, scene);
    await scene.clone.git('merge', '--quiet', '--ff-only', 'origin/main');
    const tip = await commit(scene.clone);
    daemon.send('CHANGED refs/heads/main');
    await daemon.line('SYNCING origin');
    await daemon.line('DONESYNCING origin 1');
    await untilRef(scene.server, 'refs/heads/main', tip);
  });

  test('while paused is remembered, and pushed after RESUME', async () => {
    const scene = await embeddedScene(onTestFinished);
    await scene.clone.git('config', 'remote.origin.remotedaemonPush', 'true');
    const daemon = await startConnected(onTestFinished, scene);
    daemon.send('PAUSE');
    await daemon.line('DISCONNECTED origin');
    await scene.clone.git('merge', '--quiet', '--ff-only', 'origin/main');
    const tip = await commit(scene.clone);
    daemon.send('CHANGED refs/heads/main', 'CHANGED refs/heads/main');
    daemon.send('RESUME');
    await untilRef(scene.server, 'refs/heads/main', tip);
  });

  test('is never forced, and pushes nothing where it was not asked for', async () => {
    const scene = await embeddedScene(onTestFinished);
    await scene.clone.git('config', 'remote.origin.remotedaemonPush', 'true');
    const daemon = await startConnected(onTestFinished, scene);
    const theirs = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', theirs);
    await commit(scene.clone);
    daemon.send('CHANGED refs/heads/main');
    await daemon.line('DONESYNCING origin 0');
    await untilRef(scene.server, 'refs/heads/main', theirs);
  });
});

/** All that a fetch in the background must leave as it was. */
async function traces(repo: TestRepo): Promise<readonly string[]> {
  return [
    await repo.git('status', '--porcelain=v2', '--ignore-submodules=none'),
    await repo.git('for-each-ref', 'refs/heads', 'refs/tags'),
    await repo.git('for-each-ref', 'refs/remotes').then((refs) => (repo.directory.endsWith('inner') ? refs : '')),
    await repo.git('rev-parse', 'HEAD'),
  ];
}

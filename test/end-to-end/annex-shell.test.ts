// Owns: the main job against a real sshd, a real git-annex-shell and real git: every kind of change arrives.
// Leaves: the control protocol's edges (foreground.test.ts), and servers that misbehave (test/workers/ssh).
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type AtEnd, createReleases } from '../support/at-end.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import type { OpensshPeer } from '../support/openssh-peer.ts';
import { lacksPeers } from '../support/peers.ts';
import { opensshScene, type Scene, startConnected, untilQuiet, untilRef } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

const skipped = lacksPeers('the daemon against a real server', 'sshd', 'ssh', 'git-annex-shell');

/** Its server could be watched in a better way. */
async function annexScene(atEnd: AtEnd): Promise<Scene<OpensshPeer>> {
  const scene = await opensshScene(atEnd);
  await scene.clone.git('config', 'remote.origin.remotedaemonNotify', 'annex-shell');
  return scene;
}

describe.skipIf(skipped)('a real sshd and git-annex-shell, while a daemon is connected', () => {
  const releases = createReleases();
  let scene: Scene<OpensshPeer>;
  let daemon: Daemon;

  beforeAll(async () => {
    scene = await annexScene(releases.atEnd);
    daemon = await startConnected(releases.atEnd, scene);
  });
  afterAll(releases.releaseAll);
  // Each has a tip of its own, and nothing else on the way.
  beforeEach(async () => {
    await untilRef(scene.clone, 'refs/remotes/origin/main', await scene.server.pushCommit());
    await untilQuiet(daemon);
    daemon.lines.forget();
  });

  test('a push to the server is fetched at once', async () => {
    for (let pushes = 0; pushes < 3; pushes += 1) {
      const tip = await scene.server.pushCommit();
      await daemon.line('SYNCING origin');
      await daemon.line('DONESYNCING origin 1');
      await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
    }
    expect(scene.peer.logins()).toBe(1);
  });

  test('a branch set back to an older commit is set back here', async () => {
    const older = await scene.server.git('rev-parse', 'main');
    const newer = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', newer);
    await scene.server.writer.git('push', '--quiet', '--force', 'origin', `${older}:refs/heads/main`);
    await untilRef(scene.clone, 'refs/remotes/origin/main', older);
  });

  test('a new branch at a commit that is known arrives at once', async () => {
    const known = await scene.server.git('rev-parse', 'main');
    await scene.server.writer.git('push', '--quiet', 'origin', `${known}:refs/heads/old-commit`);
    await untilRef(scene.clone, 'refs/remotes/origin/old-commit', known);
  });

  test('one push of two known tips and one unknown is fetched whole', async () => {
    const { writer } = scene.server;
    const first = await scene.server.git('rev-parse', 'main');
    const second = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', second);
    const unknown = await commit(writer);
    const moves = [`${first}:refs/heads/one`, `${second}:refs/heads/two`, `${unknown}:refs/heads/three`];
    await writer.git('push', '--quiet', 'origin', ...moves);
    await untilRef(scene.clone, 'refs/remotes/origin/one', first);
    await untilRef(scene.clone, 'refs/remotes/origin/two', second);
    await untilRef(scene.clone, 'refs/remotes/origin/three', unknown);
  });

  test('a new tag on an old commit arrives at once', async () => {
    const old = await scene.server.git('rev-parse', 'main');
    await untilRef(scene.clone, 'refs/remotes/origin/main', await scene.server.pushCommit());
    await scene.server.writer.git('push', '--quiet', 'origin', `${old}:refs/tags/on-old`);
    await untilRef(scene.clone, 'refs/tags/on-old', old);
  });

  test('of fifty pushes in a row the last arrives', async () => {
    let tip = '';
    for (let pushes = 0; pushes < 50; pushes += 1) tip = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  });

  test.each([
    ['pack-refs', '--all'],
    ['gc', '--quiet'],
  ])('git %s on the server loses nothing', async (command, ...options) => {
    const { server, clone } = scene;
    const [side, fresh] = [`side-of-${command}`, `fresh-of-${command}`];
    await untilRef(clone, `refs/remotes/origin/${side}`, await server.pushCommit(side));
    const moved = await server.pushCommit(side);
    await server.git(command, ...options);
    await untilRef(clone, `refs/remotes/origin/${side}`, moved);
    const movedOn = await server.pushCommit(side);
    await untilRef(clone, `refs/remotes/origin/${side}`, movedOn);
    await server.git(command, ...options);
    await untilRef(clone, `refs/remotes/origin/${fresh}`, await server.pushCommit(fresh));
    await untilRef(clone, `refs/remotes/origin/${side}`, movedOn);
  });
});

describe.skipIf(skipped)('a real sshd and git-annex-shell', () => {
  test('what moved before the daemon was started, or while the connection was killed, is fetched when it connects', async () => {
    const scene = await annexScene(onTestFinished);
    const before = await scene.server.pushCommit();
    const daemon = await startConnected(onTestFinished, scene);
    await untilRef(scene.clone, 'refs/remotes/origin/main', before);
    await scene.peer.stop();
    await daemon.line('DISCONNECTED origin');
    const tip = await scene.server.pushCommit();
    await scene.peer.start();
    await daemon.line('CONNECTED origin');
    await daemon.line('DONESYNCING origin 1');
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  });

  test('a deleted branch, which git-annex-shell is silent about, goes with the next safety check', async () => {
    const scene = await annexScene(onTestFinished);
    const tip = await scene.server.pushCommit('short-lived');
    await scene.clone.git('config', 'fetch.prune', 'true');
    await scene.clone.git('config', 'remotedaemon.checkInterval', '2');
    const daemon = await startConnected(onTestFinished, scene);
    await untilRef(scene.clone, 'refs/remotes/origin/short-lived', tip);
    // It names all there is soon after READY; a fetch for that could see the deletion by chance.
    await untilQuiet(daemon);
    await scene.server.writer.git('push', '--quiet', 'origin', ':refs/heads/short-lived');
    await untilRef(scene.clone, 'refs/remotes/origin/short-lived', undefined);
  });

  test('a server that is not there yet is connected to when it is', async () => {
    const scene = await annexScene(onTestFinished);
    await scene.peer.stop();
    const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
    await daemon.line(/^WARNING origin /);
    await scene.peer.start();
    await daemon.line('CONNECTED origin');
    expect(daemon.lines.count('DISCONNECTED origin')).toBe(0);
  });
});

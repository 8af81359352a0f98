// Owns: that whoever connects is fetched from only if there is something to fetch, and that nothing is missed by that.
// Leaves: what counts as everything (test/workers/ref-check.test.ts), and what is told while connected.
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { lacksPeers } from '../support/peers.ts';
import { embeddedScene, opensshScene, type Scene, startConnected, untilRef, untilStatus } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import { toldAgain } from '../support/ssh-scripts.ts';

const COMPARED = /compared .*: nothing new/;

/** Lets go of the connection, changes something, and connects again. */
async function changeWhilePaused(daemon: Daemon, { peer }: Scene<SshPeer>, change: () => Promise<unknown>) {
  daemon.send('PAUSE');
  await daemon.line('DISCONNECTED origin');
  const logins = peer.logins();
  await change();
  daemon.send('RESUME');
  await daemon.line('CONNECTED origin');
  expect(peer.logins()).toBe(logins + 1);
}

test('where nothing has moved a new connection brings no fetch, and status says that it was compared', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  await changeWhilePaused(daemon, scene, async () => undefined);
  await untilStatus(scene, COMPARED);
  expect(daemon.lines.count('SYNCING origin')).toBe(1);
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
});

test('whatever moved while there was no connection is fetched with the next', async () => {
  const scene = await embeddedScene(onTestFinished);
  const { server, clone } = scene;
  await clone.git('config', 'fetch.prune', 'true');
  const older = await server.git('rev-parse', 'main~1');
  const newer = await server.git('rev-parse', 'main');
  const daemon = await startConnected(onTestFinished, scene);
  const moves: readonly (readonly [string, string, string | undefined, readonly string[]])[] = [
    ['a branch that is new at a known commit', 'refs/remotes/origin/side', newer, ['branch', 'side', newer]],
    ['a branch that is set back', 'refs/remotes/origin/side', older, ['branch', '-f', 'side', older]],
    ['a branch that is gone', 'refs/remotes/origin/side', undefined, ['branch', '-D', 'side']],
    ['a tag on an old commit', 'refs/tags/old', older, ['tag', 'old', older]],
  ];
  for (const [, ref, tip, move] of moves) {
    await changeWhilePaused(daemon, scene, () => server.git(...move));
    await untilRef(clone, ref, tip);
  }
});

test('a server that tells what is known already is not fetched from', async () => {
  const scene = await embeddedScene(onTestFinished);
  scene.peer.script(toldAgain(await scene.server.git('rev-parse', 'main')));
  const daemon = await startConnected(onTestFinished, scene);
  await untilStatus(scene, COMPARED);
  expect(daemon.lines.count('SYNCING origin')).toBe(1);
});

test('a safety check finds out that nothing has moved, and says nothing', async () => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('config', 'remotedaemon.checkInterval', '4');
  const daemon = await startConnected(onTestFinished, scene);
  await untilStatus(scene, COMPARED);
  expect(daemon.lines.count(/SYNCING/)).toBe(2);
});

test('what a fetch that worked has left costs no other, and what only a person can mend is told once', async () => {
  const scene = await embeddedScene(onTestFinished);
  const { clone, server } = scene;
  const tip = await server.git('rev-parse', 'main');
  const aside = await server.writer.git('commit-tree', '-m', 'No branch has it', `${tip}^{tree}`);
  await server.writer.git('push', '--quiet', 'origin', `${aside}:refs/tags/aside`, `${tip}:refs/heads/feature/a`);
  await clone.git('update-ref', 'refs/remotes/origin/feature', 'refs/remotes/origin/main');
  await clone.git('config', 'remotedaemon.checkInterval', '4');
  const daemon = await startConnected(onTestFinished, scene);
  await untilStatus(scene, COMPARED);
  expect(daemon.lines.seen.map(({ text }) => text).filter((text) => text !== 'CONNECTED origin')).toEqual([
    'SYNCING origin',
    'DONESYNCING origin 1',
    expect.stringMatching(
      /^WARNING origin refs\/remotes\/origin\/feature\/a cannot be kept .* git remote prune origin /,
    ),
  ]);
  await clone.git('remote', 'prune', 'origin');
  await untilRef(clone, 'refs/remotes/origin/feature/a', tip);
});

test.each([
  ['where a refspec has no full names', ['remote.origin.fetch', '+main:refs/remotes/origin/main']],
  ['when it prefetches', ['remotedaemon.fetchMode', 'prefetch']],
])('%s every connection brings a fetch, as only git can tell', async (_where, setting) => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('config', ...setting);
  const daemon = await startConnected(onTestFinished, scene);
  await changeWhilePaused(daemon, scene, async () => undefined);
  await daemon.line('DONESYNCING origin 1');
});

test('with annex-pull=false its refs are not even listed', async () => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('config', 'remote.origin.annex-pull', 'false');
  let uploadPacks = 0;
  scene.peer.script((exec) => {
    if (exec.command.includes('upload-pack')) uploadPacks += 1;
    exec.run();
  });
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  await scene.server.pushCommit();
  await untilStatus(scene, 'last change');
  expect(uploadPacks).toBe(0);
});

describe.skipIf(lacksPeers('a connection to real servers', 'sshd', 'ssh', 'git-annex-shell'))(
  'with real servers',
  () => {
    test.each(['annex-shell', 'watch', 'poll'])(
      'by %s, too, a connection with nothing new brings no fetch',
      async (rung) => {
        const scene = await opensshScene(onTestFinished);
        await scene.clone.git('config', 'remote.origin.remotedaemonNotify', rung);
        const daemon = await startConnected(onTestFinished, scene);
        daemon.send('PAUSE');
        await daemon.line('DISCONNECTED origin');
        daemon.lines.forget();
        const before = daemon.lines.count('SYNCING origin');
        daemon.send('RESUME');
        await daemon.line('CONNECTED origin');
        await untilStatus(scene, COMPARED);
        expect(daemon.lines.count('SYNCING origin')).toBe(before);
        expect(daemon.stderr()).not.toContain('not compared');
      },
    );
  },
);

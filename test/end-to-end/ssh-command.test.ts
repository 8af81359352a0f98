// Owns: the built daemon under each way to say how ssh is called, and a link that died without a word.
// Leaves: reading such a command (test/main/config/ssh-command.test.ts), and the program (test/workers/ssh).
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { lacksPeers } from '../support/peers.ts';
import { embeddedScene, type Scene, startConnected, untilRef, untilStatus } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';

/** Starts the daemon with GIT_SSH_COMMAND only, and has it fetch a push. */
async function fetchWith(scene: Scene<SshPeer>, sshCommand: string): Promise<Daemon> {
  await scene.clone.git('config', '--unset-all', 'core.sshCommand');
  const env = { ...scene.scratch.env, GIT_SSH_COMMAND: sshCommand };
  const daemon = startDaemon(onTestFinished, scene.clone.directory, env);
  await daemon.line('DONESYNCING origin 1');
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  return daemon;
}

describe.skipIf(lacksPeers('how ssh is called', 'ssh'))('with an ssh program', () => {
  test('a GIT_SSH_COMMAND of ssh and options is obeyed without running it for the link', async () => {
    const scene = await embeddedScene(onTestFinished);
    await fetchWith(scene, `${scene.client.sshCommand} -o "ServerAliveInterval 20"`);
    await untilStatus(scene, 'git-annex-shell notifychanges over ssh');
    expect(scene.peer.logins()).toBe(1);
  });

  test('a GIT_SSH_COMMAND that is a script of the user is run for link and fetch', async () => {
    const scene = await embeddedScene(onTestFinished);
    const [wrapper, calls] = [join(scene.scratch.directory, 'my ssh'), join(scene.scratch.directory, 'calls')];
    writeFileSync(wrapper, `#!/bin/sh\necho "$*" >> ${calls}\nexec ${scene.client.sshCommand} "$@"\n`);
    chmodSync(wrapper, 0o755);
    const daemon = await fetchWith(scene, `'${wrapper}'`);
    await untilStatus(scene, 'over the ssh program');
    const called = readFileSync(calls, 'utf8').split('\n');
    expect(called.filter((line) => line.includes('notifychanges'))).toHaveLength(1);
    expect(called.filter((line) => line.includes('git-upload-pack')).length).toBeGreaterThanOrEqual(1);
    daemon.send('STOP');
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  });

  test('a link that died without a word is noticed by ServerAliveInterval, and what moved meanwhile is fetched', async () => {
    const scene = await embeddedScene(onTestFinished);
    scene.client.configure('ServerAliveInterval 1');
    const daemon = await startConnected(onTestFinished, scene);
    scene.peer.freeze();
    const tip = await scene.server.pushCommit();
    await daemon.line('DISCONNECTED origin');
    await daemon.line('CONNECTED origin');
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  });
});

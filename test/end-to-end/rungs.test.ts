// Owns: by which way the built daemon watches real servers, best first, and what it says of the better ones.
// Leaves: what each way tells (annex-shell.test.ts, server-watch.test.ts, poll.test.ts), and the order (test/main).
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { processesMarked } from '../support/processes.ts';
import {
  type Account,
  embeddedScene,
  opensshScene,
  type Scene,
  startConnected,
  untilStatus,
} from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import { noShell, oldAnnexShell } from '../support/ssh-scripts.ts';

const skipped = lacksPeers('the ways to watch a real server', 'sshd', 'ssh', 'git-annex-shell', 'inotifywait');

const MAIN = 'refs/remotes/origin/main';
/** git-annex-shell gets whatever is asked for, with these variables. */
const limitedTo = (variables: string): Account => ({
  keyOptions: `command="${variables} git-annex-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" `,
});
/** With these, it hands nothing on to git-shell: who lets git in all the same does so before. */
const LIMITED = 'GIT_ANNEX_SHELL_LIMITED=true';
const BUT_FOR_GIT = `case $SSH_ORIGINAL_COMMAND in git-upload-pack*) ;; *) export ${LIMITED} ;; esac;`;

/** A push is here as soon as the daemon says so, with nothing else that would have brought it. */
async function expectPushToCome({ server, clone }: Scene<unknown>, daemon: Daemon): Promise<void> {
  daemon.lines.forget();
  const tip = await server.pushCommit();
  await daemon.line('DONESYNCING origin 1');
  await until('the push is here', async () => (await clone.git('rev-parse', MAIN)) === tip);
}

describe.skipIf(skipped)('an account with a shell, inotifywait and git-annex-shell', () => {
  test('is watched by the watcher on the server, over one login, and a push is fetched', async () => {
    const scene = await opensshScene(onTestFinished);
    const daemon = await startConnected(onTestFinished, scene);
    const said = await untilStatus(scene, /watched by a watcher on the server \(inotifywait\) over ssh$/m);
    expect(said).not.toContain('git-annex-shell');
    await expectPushToCome(scene, daemon);
    expect(scene.peer.logins()).toBe(1);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });

  test('is left with nothing running by PAUSE, and watched in the same way after RESUME', async () => {
    const scene = await opensshScene(onTestFinished);
    const daemon = await startConnected(onTestFinished, scene);
    const running = () => processesMarked(`${scene.scratch.id}-server`).filter(({ command }) => !/sshd/.test(command));
    await until('the watcher runs there', () => running().length > 0);
    daemon.send('PAUSE');
    await daemon.line('DISCONNECTED origin');
    await until('nothing is left running there', () => running().length === 0);
    const tip = await scene.server.pushCommit();
    daemon.send('RESUME');
    await daemon.line('CONNECTED origin');
    await until('the push is here', async () => (await scene.clone.git('rev-parse', MAIN)) === tip);
    await untilStatus(scene, 'watched by a watcher on the server (inotifywait)');
  });

  test('is asked for git-annex-shell alone where the config says so', async () => {
    const scene = await opensshScene(onTestFinished);
    await scene.clone.git('config', 'remote.origin.remotedaemonNotify', 'annex-shell');
    const daemon = await startConnected(onTestFinished, scene);
    await untilStatus(scene, 'over ssh (remote.origin.remotedaemonNotify is annex-shell)');
    await expectPushToCome(scene, daemon);
  });
});

describe.skipIf(skipped)('an account with a shell and git-annex-shell, and no inotifywait', () => {
  const lacks = ['inotifywait'];

  test('is watched by git-annex-shell, and status says why not by the watcher', async () => {
    const scene = await opensshScene(onTestFinished, { lacks });
    const daemon = await startConnected(onTestFinished, scene);
    const how = 'git-annex-shell notifychanges over ssh';
    const said = await untilStatus(scene, `watched by ${how} (the server says: "inotifywait is not installed there")`);
    expect(said).not.toContain('last error');
    await expectPushToCome(scene, daemon);
    expect(scene.peer.logins()).toBe(2);
    expect(daemon.lines.count(/^(?:WARNING|DISCONNECTED)/)).toBe(0);
  });

  test('is looked at every second where annex-ignore is true, which one login finds out', async () => {
    const scene = await opensshScene(onTestFinished, { lacks });
    await scene.clone.git('config', 'remote.origin.annex-ignore', 'true');
    const daemon = await startConnected(onTestFinished, scene);
    const how = 'a watcher on the server (looks once a second) over ssh';
    await untilStatus(scene, `watched by ${how} (remote.origin.annex-ignore is true)`);
    await expectPushToCome(scene, daemon);
    expect(scene.peer.logins()).toBe(1);
  });

  test('is looked at every second where the repository is not of git-annex, and nobody is warned', async () => {
    const scene = await opensshScene(onTestFinished, { lacks });
    for (const key of ['annex.uuid', 'annex.version']) await scene.server.git('config', '--unset', key);
    await scene.server.git('branch', '-D', 'git-annex');
    const daemon = await startConnected(onTestFinished, scene);
    const said = await untilStatus(scene, 'watched by a watcher on the server (looks once a second) over ssh');
    expect(said).toMatch(
      /\(the server says: "inotifywait is not installed there"; git-annex-shell on \S+ tells .* 'git annex init'/,
    );
    await expectPushToCome(scene, daemon);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });
});

describe.skipIf(skipped)('an account that is limited to git-annex-shell', () => {
  test.each([
    ['as such', ''],
    ['and git', BUT_FOR_GIT],
    ['for reading', 'GIT_ANNEX_SHELL_READONLY=true'],
  ])('is watched by that without a WARNING, and status says that there is no shell: %s', async (_how, variables) => {
    const scene = await opensshScene(onTestFinished, limitedTo(variables));
    const daemon = await startConnected(onTestFinished, scene);
    const said = await untilStatus(
      scene,
      /watched by git-annex-shell notifychanges over ssh \(the account has no shell \(.*\)\)$/m,
    );
    expect(said).not.toContain('last error');
    await expectPushToCome(scene, daemon);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });

  test('is watched by that also where git itself is not let in, and the WARNING is of the fetch alone', async () => {
    const scene = await opensshScene(onTestFinished, limitedTo(LIMITED));
    const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
    await daemon.line('CONNECTED origin');
    await daemon.line('DONESYNCING origin 0');
    await untilStatus(scene, 'watched by git-annex-shell notifychanges over ssh (the account has no shell');
    expect(daemon.lines.count(/^WARNING origin (?!fetch failed: )/)).toBe(0);
  });
});

describe.skipIf(lacksPeers('the ways to watch a server that changes', 'inotifywait'))('a server', () => {
  const unpinned = async (): Promise<Scene<SshPeer>> => {
    const scene = await embeddedScene(onTestFinished);
    await scene.clone.git('config', '--unset', 'remote.origin.remotedaemonNotify');
    return scene;
  };

  test('whose git-annex-shell is too old is no cause for a WARNING where it is not needed', async () => {
    const scene = await unpinned();
    scene.peer.script(oldAnnexShell);
    const daemon = await startConnected(onTestFinished, scene);
    await untilStatus(scene, /watched by a watcher on the server \(inotifywait\) over ssh$/m);
    expect(scene.peer.execs().filter((command) => command.includes('notifychanges'))).toEqual([]);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });

  test('that cuts the connection of the watcher is asked for the watcher again, and for nothing less', async () => {
    const scene = await unpinned();
    scene.peer.script(({ drop }) => drop());
    const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
    await daemon.line(/^WARNING origin /);
    scene.peer.script(undefined);
    await daemon.line('CONNECTED origin');
    await untilStatus(scene, /watched by a watcher on the server \(inotifywait\) over ssh$/m);
    expect(scene.peer.execs().filter((command) => command.includes('notifychanges'))).toEqual([]);
  });

  test('that cuts the connection at whatever is not of git is asked through git, and a push comes', async () => {
    const scene = await unpinned();
    await scene.clone.git('config', 'remotedaemon.pollInterval', '10');
    scene.peer.script(({ command, drop, run }) => (command.startsWith('git-upload-pack ') ? run() : drop()));
    const daemon = await startConnected(onTestFinished, scene);
    await untilStatus(scene, /watched by git ls-remote every 10 s \(.*closed the connection/);
    await expectPushToCome(scene, daemon);
  });

  test('that has a shell since is watched from there after RELOAD', async () => {
    const scene = await unpinned();
    scene.peer.script(noShell());
    const daemon = await startConnected(onTestFinished, scene);
    await untilStatus(scene, 'watched by git-annex-shell notifychanges over ssh (the account has no shell');
    scene.peer.script(undefined);
    daemon.send('RELOAD');
    await untilStatus(scene, /watched by a watcher on the server \(inotifywait\) over ssh$/m);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });
});

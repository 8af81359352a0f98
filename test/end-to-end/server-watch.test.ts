// Owns: the main job against a real sshd and an account without git-annex-shell: by a watcher there, or by polling.
// Leaves: servers with git-annex-shell (annex-shell.test.ts), and the watcher's own edges (test/workers/ssh).
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/next-line.ts';
import { findProgram, lacksPeers } from '../support/peers.ts';
import { processesMarked } from '../support/processes.ts';
import { plainScene, startConnected, untilRef, untilStatus } from '../support/scene.ts';

const skipped = lacksPeers('the daemon and the watcher on a real server', 'sshd', 'ssh');

const MAIN = 'refs/remotes/origin/main';

describe.skipIf(skipped)('an account with a shell and no git-annex-shell', () => {
  test('every kind of change is fetched at once, over the login that listens', async () => {
    const scene = await plainScene(onTestFinished);
    await startConnected(onTestFinished, scene);
    // The one that stays; and before it, without inotifywait, the one that found nothing to be told by.
    const logins = scene.peer.logins();
    expect(logins).toBe(findProgram('inotifywait') ? 1 : 2);
    const older = await scene.server.git('rev-parse', 'main');
    const push = (...what: readonly string[]) =>
      scene.server.writer.git('push', '--quiet', '--force', 'origin', ...what);
    await untilRef(scene.clone, MAIN, await scene.server.pushCommit());
    await push(`${older}:refs/heads/main`);
    await untilRef(scene.clone, MAIN, older);
    await push(`${older}:refs/heads/of/old`, `${older}:refs/tags/of-old`);
    await untilRef(scene.clone, 'refs/remotes/origin/of/old', older);
    await untilRef(scene.clone, 'refs/tags/of-old', older);
    await scene.clone.git('config', 'fetch.prune', 'true');
    await scene.server.git('pack-refs', '--all');
    await push(':refs/heads/of/old');
    await untilRef(scene.clone, 'refs/remotes/origin/of/old', undefined);
    expect(scene.peer.logins()).toBe(logins);
  });

  test('of fifty pushes in a row the last arrives', async () => {
    const scene = await plainScene(onTestFinished);
    await startConnected(onTestFinished, scene);
    let tip = '';
    for (let pushes = 0; pushes < 50; pushes += 1) tip = await scene.server.pushCommit();
    await untilRef(scene.clone, MAIN, tip);
  });

  test('what moves while the server is away is fetched when it is back', async () => {
    const scene = await plainScene(onTestFinished);
    const daemon = await startConnected(onTestFinished, scene);
    await scene.peer.stop();
    await daemon.line('DISCONNECTED origin');
    const tip = await scene.server.pushCommit();
    await scene.peer.start();
    await daemon.line('CONNECTED origin');
    await untilRef(scene.clone, MAIN, tip);
  });

  test('the watcher ends when the daemon is killed', async () => {
    const scene = await plainScene(onTestFinished);
    const daemon = await startConnected(onTestFinished, scene);
    const watchers = () =>
      processesMarked(`${scene.scratch.id}-server`).filter(({ command }) => !command.includes('sshd'));
    await until('the watcher runs', () => watchers().length > 3);
    daemon.signal('SIGKILL');
    await daemon.exit;
    await until('nothing of the watcher is left on the server', () => watchers().length === 0);
  });

  test('status names the watcher, and why there is nothing better', async () => {
    const scene = await plainScene(onTestFinished, { lacks: ['inotifywait'] });
    const daemon = await startConnected(onTestFinished, scene);
    const why = 'the server says: "inotifywait is not installed there, and neither is no-annex-shell-here"';
    const said = await untilStatus(scene, `watched by a watcher on the server (looks once a second) over ssh (${why})`);
    expect(said).not.toContain('last error');
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });
});

describe.skipIf(skipped)('an account that only serves git', () => {
  test('is polled without noise, and status says why', async () => {
    const scene = await plainScene(onTestFinished, {
      keyOptions: 'command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" ',
    });
    const daemon = await startConnected(onTestFinished, scene);
    const why = /listing its refs over ssh every \d+ s \(the server offers no shell\)/;
    await untilStatus(scene, why);
    expect(daemon.lines.count(/^WARNING/)).toBe(0);
  });
});

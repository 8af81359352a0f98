// Owns: what a user sees of the built daemon when a server or a login is not as it should be.
// Leaves: each failure's own tests to the part that tells it (test/workers/ssh).
import { writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DaemonStatus } from '../../src/shared/status.ts';
import { type Daemon, runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { embeddedScene, type Scene, startConnected, untilRef, untilStatus } from '../support/scene.ts';
import { startAgent } from '../support/ssh-agent.ts';
import { makeKeyPair } from '../support/ssh-keys.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import * as scripts from '../support/ssh-scripts.ts';

const startIn = ({ clone, scratch }: Scene<SshPeer>): Daemon =>
  startDaemon(onTestFinished, clone.directory, scratch.env);

test('a host whose key is unknown is warned of once and left alone; RESUME tries it again', async () => {
  const scene = await embeddedScene(onTestFinished);
  writeFileSync(scene.client.knownHostsFile, '');
  const daemon = startIn(scene);
  await daemon.line(/^WARNING origin .*host key/i);
  expect(scene.peer.logins()).toBe(0);
  scene.client.trust(scene.peer.knownHosts);
  daemon.send('PAUSE', 'RESUME');
  await daemon.line('CONNECTED origin');
  expect(daemon.lines.count(/^WARNING /)).toBe(1);
});

test.each([
  ['RELOAD', (daemon: Daemon) => daemon.send('RELOAD')],
  ['SIGHUP', (daemon: Daemon) => daemon.signal('SIGHUP')],
  ['RESUME', (daemon: Daemon) => daemon.send('RESUME')],
  ['its key is as it should be', () => undefined],
])('a refused login is warned of once, and left alone until %s', async (_order, reload) => {
  const scene = await embeddedScene(onTestFinished);
  writeFileSync(scene.client.keyFile, makeKeyPair().privateKey, { mode: 0o600 });
  const daemon = startIn(scene);
  await daemon.line(/^WARNING origin /);
  await until('status says that it is down, and when it is tried again', async () => {
    const { stdout } = await runProgram(scene.clone.directory, scene.scratch.env, 'status', '--json');
    const { remotes }: DaemonStatus = JSON.parse(stdout);
    return remotes.some(({ state, nextTry }) => state === 'down' && nextTry !== undefined);
  });
  const refusals = scene.peer.refusals();
  expect([refusals > 0, scene.peer.logins()]).toEqual([true, 0]);
  // Nothing that moves there has it tried again.
  writeFileSync(scene.client.keyFile, scene.client.key.privateKey, { mode: 0o600 });
  const tip = await scene.server.pushCommit();
  reload(daemon);
  await daemon.line('CONNECTED origin');
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  expect([scene.peer.refusals(), scene.peer.logins()]).toEqual([refusals, 1]);
  expect(daemon.lines.count(/^WARNING origin /)).toBe(1);
});

// Only the program knows an agent that ssh -G names.
describe.skipIf(lacksPeers('an agent that is empty for a while', 'ssh', 'ssh-agent'))(
  'an agent without its key',
  () => {
    test('costs one login for all remotes of the account, and all are connected when it has it, without a word', async () => {
      const scene = await embeddedScene(onTestFinished);
      const { client, clone, scratch, peer } = scene;
      const agent = await startAgent(onTestFinished, scratch);
      client.configure(`Host *\n IdentitiesOnly no\n IdentityAgent ${agent.socket}`);
      // One that is refused, so that refusals are counted.
      agent.add(makeKeyPair().privateKey);
      // The other half is for the agent.
      writeFileSync(client.keyFile, client.key.publicKey);
      const names = ['origin', 'second', 'third', 'fourth'];
      for (const name of names.slice(1)) {
        await clone.git('config', `remote.${name}.url`, await clone.git('config', 'remote.origin.url'));
        await clone.git('config', `remote.${name}.fetch`, `+refs/heads/*:refs/remotes/${name}/*`);
        await clone.git('config', `remote.${name}.remotedaemonNotify`, 'annex-shell');
      }
      const daemon = startIn(scene);
      // In the words of the built-in client, or of the program, which may be another remote's.
      const refused = '(?:accepts none of the keys|Permission denied)';
      await Promise.all(names.map((name) => daemon.line(new RegExp(`^WARNING ${name} .*${refused}`))));
      // The built-in client's, and the program's.
      expect([peer.refusals(), peer.logins()]).toEqual([2, 0]);
      agent.add(client.key.privateKey);
      await Promise.all(names.map((name) => daemon.line(`CONNECTED ${name}`)));
      const warnings = daemon.lines.seen.map(({ text }) => text).filter((text) => text.startsWith('WARNING '));
      // The one for which the program was asked may hear of it once more, in the words of the built-in client.
      const ofProgram = warnings.filter((text) => text.includes('Permission denied'));
      expect(ofProgram.length).toBeLessThanOrEqual(1);
      expect([names.length, names.length + ofProgram.length], warnings.join('\n')).toContain(warnings.length);
      expect(peer.refusals()).toBe(2);
    });
  },
);

// What cannot notify is asked through git, which needs an ssh program for that.
describe.skipIf(lacksPeers('refs compared through git over ssh', 'ssh'))('a server that cannot notify', () => {
  /** All ways are tried. */
  const withoutShell = async (): Promise<Scene<SshPeer>> => {
    const scene = await embeddedScene(onTestFinished);
    await scene.clone.git('config', '--unset', 'remote.origin.remotedaemonNotify');
    return scene;
  };

  test.each([
    ['no git-annex-shell', scripts.noAnnexShell],
    ['a git-annex-shell that is too old', scripts.oldAnnexShell],
    ['a repository of git alone', scripts.noAnnexRepository],
  ])('(there is %s) is compared at every check', async (_what, script) => {
    const scene = await withoutShell();
    scene.peer.script(scripts.noShell(script));
    await scene.clone.git('config', 'remotedaemon.checkInterval', '1');
    const daemon = await startConnected(onTestFinished, scene);
    const tip = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
    expect(daemon.lines.count('DISCONNECTED origin')).toBe(0);
  });

  test('and has a git-annex-shell since is asked for it anew at RELOAD', async () => {
    const scene = await withoutShell();
    scene.peer.script(scripts.noShell(scripts.noAnnexShell));
    const daemon = await startConnected(onTestFinished, scene);
    await untilStatus(scene, 'polled: the server offers no shell');
    scene.peer.script(scripts.noShell());
    daemon.send('RELOAD');
    await untilStatus(scene, 'watched by git-annex-shell notifychanges');
    const tip = await scene.server.pushCommit();
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  });

  test('because its git-annex-shell is too old is told so once, however often it is paused', async () => {
    const scene = await withoutShell();
    scene.peer.script(scripts.noShell(scripts.oldAnnexShell));
    const daemon = startIn(scene);
    await daemon.line(/^WARNING origin the git-annex-shell on \S+ is too old to tell of changes; upgrade/);
    for (let pauses = 0; pauses < 2; pauses += 1) {
      await daemon.line('CONNECTED origin');
      daemon.send('PAUSE');
      await daemon.line('DISCONNECTED origin');
      daemon.send('RESUME');
    }
    await daemon.line('CONNECTED origin');
    expect(daemon.lines.count(/^WARNING /)).toBe(1);
  });
});

test('what a server says before READY does no harm', async () => {
  const scene = await embeddedScene(onTestFinished);
  scene.peer.script(scripts.sayingFirst('Welcome to the machine\n\u001b[2J\r\n'));
  await startConnected(onTestFinished, scene);
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
});

test('a server that drops every connection is tried again with growing waits, and works once it works', async () => {
  const scene = await embeddedScene(onTestFinished);
  scene.peer.script(scripts.droppingAfterReady);
  const daemon = startIn(scene);
  await daemon.line('CONNECTED origin');
  for (const last of [false, false, true]) {
    await daemon.line('DISCONNECTED origin');
    if (last) scene.peer.script(undefined);
    await daemon.line('CONNECTED origin');
  }
  await until('its log says so, too', () => timesOf(daemon, 'connected').length === 4);
  const [downs, ups] = [timesOf(daemon, 'disconnected'), timesOf(daemon, 'connected').slice(1)];
  // Each at least as long as the one before can have been: 1 s doubling, jittered down to half of it.
  for (const [turn, leastMs] of [500, 1_000, 2_000].entries()) {
    expect((ups[turn] ?? 0) - (downs[turn] ?? 0)).toBeGreaterThan(leastMs * 0.9);
  }
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
});

/** When its link came or went by the daemon's own clock: to its lines this process may come late. */
function timesOf(daemon: Daemon, what: 'connected' | 'disconnected'): number[] {
  return [...daemon.stderr().matchAll(new RegExp(`^(\\S+) info +origin: ${what}\\b`, 'gm'))].map(([, at = '']) =>
    Date.parse(at),
  );
}

test('a fetch that failed is tried again with no further change', async () => {
  const scene = await embeddedScene(onTestFinished);
  const failing = scripts.fromLaterOn(scripts.failingUploadPack);
  scene.peer.script(failing.script);
  const daemon = await startConnected(onTestFinished, scene);
  failing.begin();
  const tip = await scene.server.pushCommit();
  await daemon.line('DONESYNCING origin 0');
  scene.peer.script(undefined);
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(0);
});

test('a fetch whose connection is cut is made good once it is back', async () => {
  const scene = await embeddedScene(onTestFinished);
  const hanging = scripts.fromLaterOn(scripts.hangingUploadPack);
  scene.peer.script(hanging.script);
  const daemon = await startConnected(onTestFinished, scene);
  hanging.begin();
  const tip = await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  scene.peer.script(undefined);
  scene.peer.dropConnections();
  await daemon.line('CONNECTED origin');
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
});

test('a connection that is cut comes back by itself', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  scene.peer.dropConnections();
  await daemon.line('DISCONNECTED origin');
  await daemon.line('CONNECTED origin');
  await until('one connection is left', () => scene.peer.connections() === 1);
});

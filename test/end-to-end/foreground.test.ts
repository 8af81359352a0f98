// Owns: the built daemon as the child of a program: stdin and stdout, every way to end it, and that nothing is left.
// Leaves: the other modes (background.test.ts), and what is fetched (annex-shell.test.ts).
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { embeddedScene, type Scene, startConnected, untilRef } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import { fromLaterOn, hangingUploadPack } from '../support/ssh-scripts.ts';
import { commit } from '../support/temp-repo.ts';

/** Design, "What it must show": it is gone in 2 s. The second on top is this process's own, to see that it is. */
const GONE_MS = 2_000 + 1_000;

test('a push is fetched, over one login', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  await daemon.line('DONESYNCING origin 1');
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  expect(scene.peer.logins()).toBe(1);
});

test('it keeps how its code was compiled; when that is damaged it connects all the same, and makes it anew', async () => {
  const scene = await embeddedScene(onTestFinished);
  const folder = join(scene.scratch.home, '.cache/git-remote-daemon');
  // Not that of all tests.
  rmSync(folder);
  const kept = (): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.new')) : []);
  const contents = (): Buffer[] => kept().map((name) => readFileSync(join(folder, name)));
  const connect = async (): Promise<Daemon> => {
    const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
    await daemon.line('CONNECTED origin');
    return daemon;
  };
  const end = async (daemon: Daemon): Promise<void> => {
    daemon.closeInput();
    await daemon.gone(GONE_MS);
  };
  const first = await connect();
  await until('it is kept', () => kept().length === 3);
  expect(kept().map((name) => name.replace(/-[0-9a-f]+$/, ''))).toEqual(['daemon.js', 'entry.cjs', 'ssh2.cjs']);
  await end(first);
  for (const [at, content] of contents().entries())
    writeFileSync(join(folder, kept()[at] ?? ''), content.fill(0x5a, content.length >> 1));
  const second = await connect();
  await until('it is made anew', () => contents().every((content) => content.at(-1) !== 0x5a));
  await end(second);
  const madeAnew = contents();
  const third = await connect();
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await end(third);
  expect(contents().every((content, at) => content.equals(madeAnew[at] ?? Buffer.alloc(0)))).toBe(true);
});

test('when its parent closes stdin it says goodbye and is gone, with no child and no connection left', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.closeInput();
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(1);
  await until('no connection is left', () => scene.peer.connections() === 0);
});

test('it ends with the process of --parent-pid, though somebody still holds its stdin open', async () => {
  const scene = await embeddedScene(onTestFinished);
  const parent = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const args = ['--foreground', `--parent-pid=${parent.pid}`];
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env, args);
  await daemon.line('CONNECTED origin');
  parent.kill('SIGKILL');
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  expect(daemon.stderr()).toContain(`stopping: its parent (pid ${parent.pid}) has ended\n`);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it as STOP does', async (signal) => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.signal(signal);
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(1);
});

test('nothing that is said after STOP does anything', async () => {
  const scene = await embeddedScene(onTestFinished);
  await scene.clone.git('config', 'remote.origin.remotedaemonPush', 'true');
  const daemon = await startConnected(onTestFinished, scene);
  const theirs = await scene.server.git('rev-parse', 'main');
  await commit(scene.clone);
  // Else it might see by itself that the config has changed before it is told to stop.
  daemon.signal('SIGSTOP');
  await scene.clone.git('remote', 'add', 'second', scene.peer.url(scene.server.directory));
  daemon.send('STOP', 'CHANGED refs/heads/main', 'RESUME', 'RELOAD', 'PAUSE', 'RESUME', 'LOSTNET', 'RESUME');
  daemon.signal('SIGCONT');
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  const said = daemon.lines.seen.map(({ text }) => text);
  expect(said.slice(said.indexOf('DONESYNCING origin 1') + 1)).toEqual(['DISCONNECTED origin']);
  expect(await scene.server.git('rev-parse', 'main')).toBe(theirs);
  expect(scene.peer.logins()).toBe(1);
});

test('STOP during a fetch ends the fetch, and says so', async () => {
  const scene = await embeddedScene(onTestFinished);
  const hanging = fromLaterOn(hangingUploadPack);
  scene.peer.script(hanging.script);
  const daemon = await startConnected(onTestFinished, scene);
  hanging.begin();
  await untilFetchHangs(scene, daemon);
  daemon.send('STOP');
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DONESYNCING origin 0')).toBe(1);
  expect(daemon.lines.count(/^SYNCING /)).toBe(daemon.lines.count(/^DONESYNCING /));
});

test.skipIf(lacksPeers('git children that ignore SIGTERM', 'ssh'))(
  'STOP ends a fetch whose ssh does not obey SIGTERM, in the same time',
  async () => {
    const scene = await embeddedScene(onTestFinished);
    const [script, first] = [join(scene.scratch.directory, 'deaf-ssh'), join(scene.scratch.directory, 'first')];
    // The first catches up; from the second on, which may be started ahead of the next fetch, all are deaf.
    const deaf = `mkdir ${first} 2>/dev/null || { trap '' TERM INT HUP; exec tail -f /dev/null; }`;
    writeFileSync(
      script,
      `#!/bin/sh\ncase "$*" in *upload-pack*) ${deaf};; esac\nexec ${scene.client.sshCommand} "$@"\n`,
    );
    chmodSync(script, 0o755);
    await scene.clone.git('config', 'core.sshCommand', script);
    const daemon = await startConnected(onTestFinished, scene);
    await untilFetchHangs(scene, daemon);
    await until('its ssh hangs', () => daemon.processes().some(({ command }) => command.startsWith('tail ')));
    daemon.send('STOP');
    expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
    expect(daemon.lines.count('DONESYNCING origin 0')).toBe(1);
    expect(daemon.lines.count('DISCONNECTED origin')).toBe(1);
  },
);

/** Pushes, and waits until git fetches that: with an upload-pack that hangs it is never done. */
async function untilFetchHangs({ server }: Scene<SshPeer>, daemon: Daemon): Promise<void> {
  await server.pushCommit();
  await daemon.line('SYNCING origin');
  await until('git fetches', () => daemon.processes().some(({ command }) => /^git .*\bfetch\b/.test(command)));
  expect(daemon.lines.count(/^DONESYNCING origin/)).toBe(1);
}

test('a parent that reads no more is as one that is gone', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.closeOutput();
  await scene.server.pushCommit();
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
});

test('PAUSE closes the connection, and RESUME brings it back with what moved in between', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.send('PAUSE');
  await daemon.line('DISCONNECTED origin');
  await until('no connection is left', () => scene.peer.connections() === 0);
  const tip = await scene.server.pushCommit();
  daemon.send('RESUME');
  await daemon.line('CONNECTED origin');
  await daemon.line('DONESYNCING origin 1');
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
});

test('PAUSE and RESUME in one write, often, leave one connection', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.send(...Array.from({ length: 20 }, (_none, index) => (index % 2 === 0 ? 'PAUSE' : 'RESUME')));
  await daemon.line('DISCONNECTED origin');
  await daemon.line('CONNECTED origin');
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await until('one connection is left', () => scene.peer.connections() === 1);
  expect(daemon.lines.count('CONNECTED origin')).toBe(daemon.lines.count('DISCONNECTED origin') + 1);
});

test('LOSTNET drops the connection and ends a fetch that hangs', async () => {
  const scene = await embeddedScene(onTestFinished);
  const hanging = fromLaterOn(hangingUploadPack);
  scene.peer.script(hanging.script);
  const daemon = await startConnected(onTestFinished, scene);
  hanging.begin();
  await untilFetchHangs(scene, daemon);
  daemon.send('LOSTNET');
  await daemon.line('DONESYNCING origin 0');
  await until('no connection is left', () => scene.peer.connections() === 0);
  scene.peer.script(undefined);
  daemon.send('RESUME');
  await daemon.line('DONESYNCING origin 1');
});

test.skipIf(!existsSync('/proc/self/fd'))(
  'a lock that a git leaves which was ended keeps its ref from nobody',
  async () => {
    const scene = await embeddedScene(onTestFinished);
    const hanging = fromLaterOn(hangingUploadPack);
    scene.peer.script(hanging.script);
    const daemon = await startConnected(onTestFinished, scene);
    hanging.begin();
    await untilFetchHangs(scene, daemon);
    const lock = join(scene.clone.directory, '.git/refs/remotes/origin/main.lock');
    writeFileSync(lock, '');
    daemon.send('LOSTNET');
    await until('the lock is gone', () => !existsSync(lock));
    scene.peer.script(undefined);
    daemon.send('RESUME');
    await daemon.line('DONESYNCING origin 1');
  },
);

test('the log says why a connection is closed', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  for (const order of ['PAUSE', 'LOSTNET']) {
    daemon.send(order);
    await daemon.line('DISCONNECTED origin');
    daemon.send('RELOAD', 'RESUME');
    await daemon.line('CONNECTED origin');
  }
  const reloads = () => daemon.stderr().match(/read the config again: no remote is different/g);
  await until('both times the config was read', () => reloads()?.length === 2);
  daemon.send('STOP');
  await daemon.gone();
  const told = daemon.stderr().match(/(?:daemon: (?:paused|told|resumed)|origin: (?:connected|disconnected:)).*/g);
  const connected = 'origin: connected (git-annex-shell notifychanges over ssh)';
  const resumed = ['daemon: resumed', connected];
  expect(told).toEqual([
    connected,
    ...['daemon: paused', 'origin: disconnected: paused', ...resumed],
    ...['daemon: told that the network is gone', 'origin: disconnected: told that the network is gone', ...resumed],
    'origin: disconnected: the daemon stops',
  ]);
});

test('what is said while it starts is for its remotes, too', async () => {
  const { clone, server, scratch } = await embeddedScene(onTestFinished);
  await clone.git('remote', 'add', 'disk', server.directory);
  await clone.git('config', 'remote.disk.remotedaemonPush', 'true');
  await clone.git('branch', 'mine');
  const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);
  daemon.send('CHANGED refs/heads/mine');
  await untilRef(server, 'refs/heads/mine', await clone.git('rev-parse', 'mine'));
  daemon.send('STOP');
  await daemon.gone();
});

test('lines that are no messages are skipped, whatever they are', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.write('HELLO\nPAUSE now\n\nCHANGED\n');
  daemon.write(Uint8Array.of(0xff, 0xfe, 0x00, 0x0a));
  daemon.write(`${'x'.repeat(100_000)}\n`);
  daemon.write('PAU');
  daemon.write('SE\r\n');
  await daemon.line('DISCONNECTED origin');
});

test('of many lines that are no messages the log says how many there were', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.send(...Array.from({ length: 25 }, () => ' RESUME'), 'STOP');
  await daemon.gone();
  expect(daemon.stderr().match(/no message: " RESUME"$/gm)).toHaveLength(10);
  expect(daemon.stderr()).toMatch(/control: skipped 15 more control lines\n/);
});

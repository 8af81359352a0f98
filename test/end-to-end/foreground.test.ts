// Owns: the built daemon as the child of a program: stdin and stdout, every way to end it, and that nothing is left.
// Leaves: the other modes (background.test.ts), and what is fetched (annex-shell.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { LIMIT_MS, until } from '../support/next-line.ts';
import { embeddedScene, startConnected, untilRef } from '../support/scene.ts';
import { hangingUploadPack } from '../support/ssh-scripts.ts';

/** Design, "What it must show": it is gone so soon. */
const GONE_MS = 2_000;

test('a push is fetched, over one login', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  await daemon.line('DONESYNCING origin 1');
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  expect(scene.peer.logins()).toBe(1);
});

test('when its parent closes stdin it says goodbye and is gone, with no child and no connection left', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.closeInput();
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(1);
  await until('no connection is left', () => scene.peer.connections() === 0);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it as STOP does', async (signal) => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  daemon.signal(signal);
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DISCONNECTED origin')).toBe(1);
});

test('STOP during a fetch ends the fetch, and says so', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  scene.peer.script(hangingUploadPack);
  await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  daemon.send('STOP');
  expect(await daemon.gone(GONE_MS)).toEqual({ status: 0, signal: null });
  expect(daemon.lines.count('DONESYNCING origin 0')).toBe(1);
  expect(daemon.lines.count(/^SYNCING /)).toBe(daemon.lines.count(/^DONESYNCING /));
});

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
  await daemon.line('DONESYNCING origin 1');
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  expect(scene.peer.connections()).toBe(1);
  expect(daemon.lines.count('CONNECTED origin')).toBe(daemon.lines.count('DISCONNECTED origin') + 1);
});

test('LOSTNET drops the connection and ends a fetch that hangs', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  scene.peer.script(hangingUploadPack);
  await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  daemon.send('LOSTNET');
  await daemon.line('DONESYNCING origin 0');
  await until('no connection is left', () => scene.peer.connections() === 0);
  scene.peer.script(undefined);
  daemon.send('RESUME');
  await daemon.line('DONESYNCING origin 1');
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

test('with --remote-id=uri a remote is called by its URI', async () => {
  const scene = await embeddedScene(onTestFinished);
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env, [
    '--foreground',
    '--remote-id=uri',
  ]);
  await daemon.line(`CONNECTED ${scene.peer.url(scene.server.directory)}`, LIMIT_MS);
});

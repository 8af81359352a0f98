// Owns: that RELOAD lets a fetch finish that uses the connection it makes anew, and that what was too big is had once it may be.
// Leaves: when a connection is made anew (test/main/config/reload.test.ts), and PAUSE, which lets it finish as well.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/next-line.ts';
import { embeddedScene, startConnected, untilRef } from '../support/scene.ts';

test('a fetch that runs over a connection goes on through RELOAD, and then the connection is another', async () => {
  const scene = await embeddedScene(onTestFinished);
  const { scratch, clone, server } = scene;
  const [hook, pipe, slow, reached] = ['hook', 'pipe', 'slow', 'reached'].map((name) => join(scratch.directory, name));
  execFileSync('mkfifo', [String(pipe)]);
  const script = `#!/bin/sh\n[ ! -e ${slow} ] || { : >${reached}; read -r _ <${pipe}; }\nexec "$@"\n`;
  writeFileSync(String(hook), script, { mode: 0o755 });
  await clone.git('config', '--global', 'uploadpack.packObjectsHook', String(hook));
  const daemon = await startConnected(onTestFinished, scene);
  writeFileSync(String(slow), '');
  const tip = await server.pushCommit();
  await daemon.line('SYNCING origin');
  await until('the server packs', () => existsSync(String(reached)));
  await clone.git('config', 'remote.origin.remotedaemonNotify', 'poll');
  daemon.send('RELOAD');
  await until('the config was read', () => daemon.stderr().includes('read the config again'));
  execFileSync('sh', ['-c', `rm ${slow}; echo >${pipe}`]);
  for (const line of ['DONESYNCING origin 1', 'DISCONNECTED origin', 'CONNECTED origin']) await daemon.line(line);
  await untilRef(clone, 'refs/remotes/origin/main', tip);
  const said = daemon.lines.seen.map(({ text }) => text);
  const before = said.slice(0, said.indexOf('DISCONNECTED origin'));
  expect(before.filter((line) => line === 'DONESYNCING origin 1')).toHaveLength(2);
  expect([daemon.lines.count('DONESYNCING origin 0'), daemon.lines.count(/^WARNING/)]).toEqual([0, 0]);
});

test('what was too big is fetched as soon as the config allows it, with nothing else said', async () => {
  const scene = await embeddedScene(onTestFinished);
  const { clone, server } = scene;
  await clone.git('config', 'remotedaemon.maxFetchSize', '100k');
  const daemon = await startConnected(onTestFinished, scene);
  writeFileSync(join(server.writer.directory, 'big'), randomBytes(1_000_000));
  await server.writer.git('add', 'big');
  const tip = await server.pushCommit();
  await daemon.line(/^WARNING origin fetch failed: more than the \d+ bytes of remotedaemon.maxFetchSize/);
  await clone.git('config', 'remotedaemon.maxFetchSize', '0');
  await untilRef(clone, 'refs/remotes/origin/main', tip);
});

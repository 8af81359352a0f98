// Owns: what remotes are called by a daemon that was asked for URIs: in every message, and after a URL has changed.
// Leaves: how a URI is made of a URL (test/shared/remote-uri.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { embeddedScene, type Scene, untilRef } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import { makeServerRepo } from '../support/temp-repo.ts';

const startByUri = ({ clone, scratch }: Scene<SshPeer>): Daemon =>
  startDaemon(onTestFinished, clone.directory, scratch.env, ['--foreground', '--remote-id=uri']);

const OTHERS = /^(?:CONNECTED|DISCONNECTED|SYNCING|DONESYNCING|WARNING) (?!ssh:\/\/)/;

test('every message calls a remote by its URI', async () => {
  const scene = await embeddedScene(onTestFinished);
  const uri = scene.peer.url(scene.server.directory);
  const daemon = startByUri(scene);
  await daemon.line(`CONNECTED ${uri}`);
  await daemon.line(`DONESYNCING ${uri} 1`);
  daemon.lines.forget();
  await scene.server.pushCommit();
  await daemon.line(`SYNCING ${uri}`);
  await daemon.line(`DONESYNCING ${uri} 1`);
  scene.peer.script(({ drop }) => drop());
  scene.peer.dropConnections();
  await daemon.line(`DISCONNECTED ${uri}`);
  await daemon.line((line) => line.startsWith(`WARNING ${uri} `));
  expect(daemon.lines.count(OTHERS)).toBe(0);
});

test('when its URL has changed, the old link goes by the old URI and the new one by the new', async () => {
  const scene = await embeddedScene(onTestFinished);
  const other = await makeServerRepo(scene.scratch, 'other');
  const [before, after] = [scene.server, other].map(({ directory }) => scene.peer.url(directory));
  const daemon = startByUri(scene);
  await daemon.line(`DONESYNCING ${before} 1`);
  await scene.clone.git('remote', 'set-url', 'origin', after ?? '');
  daemon.send('RELOAD');
  await daemon.line(`DISCONNECTED ${before}`);
  await daemon.line(`CONNECTED ${after}`);
  await daemon.line(`DONESYNCING ${after} 1`);
  await untilRef(scene.clone, 'refs/remotes/origin/main', await other.git('rev-parse', 'main'));
  daemon.send('STOP');
  await daemon.gone();
  expect([before, after].map((uri) => daemon.lines.count(`DISCONNECTED ${uri}`))).toEqual([1, 1]);
  expect(daemon.lines.count(OTHERS)).toBe(0);
});

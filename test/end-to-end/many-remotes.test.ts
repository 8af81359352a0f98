// Owns: many remotes at once: all are connected, and what befalls one does not befall the others.
// Leaves: the limit on logins (test/main/supervisor), and what it costs (the bench).
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { embeddedScene, type Scene, untilRef } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';
import { makeServerRepo } from '../support/temp-repo.ts';

const PRELOAD = fileURLToPath(new URL('../support/end-a-worker.cjs', import.meta.url));
/** Design, "What it must show". */
const MANY = 50;
const OTHERS_FETCHED_MS = 10_000;
/** So many logins and fetches take their time where other tests run as well. */
const MANY_LIMIT_MS = 90_000;

test('50 remotes are all connected; when a worker ends, its own come back and the others never notice', {
  timeout: 4 * MANY_LIMIT_MS,
}, async () => {
  const scene = await embeddedScene(onTestFinished);
  const names = await addRemotes(scene, MANY - 1);
  await scene.clone.git('config', 'remotedaemon.workers', '8');
  const env = { ...scene.scratch.env, NODE_OPTIONS: `--require ${PRELOAD}` };
  const daemon = startDaemon(onTestFinished, scene.clone.directory, env);
  await Promise.all(names.map((name) => daemon.line(`CONNECTED ${name}`, MANY_LIMIT_MS)));
  await untilQuiet(daemon, MANY);
  expect([scene.peer.connections(), scene.peer.logins()]).toEqual([MANY, MANY]);

  daemon.signal('SIGUSR2');
  await daemon.line(/^DISCONNECTED /);
  await until(
    'all are connected again',
    () => scene.peer.connections() === MANY && allConnected(daemon, names),
    MANY_LIMIT_MS,
  );
  const lost = names.filter((name) => daemon.lines.count(`DISCONNECTED ${name}`) > 0);
  // The remotes of one thread: eight threads carry them all, evenly.
  expect(lost.length).toBeLessThanOrEqual(Math.ceil(MANY / 8));
  expect(scene.peer.logins()).toBe(MANY + lost.length);
});

test('a remote whose fetch hangs does not hold up the others', async () => {
  const scene = await embeddedScene(onTestFinished);
  const stuck = await makeServerRepo(scene.scratch, 'stuck');
  await scene.clone.git('remote', 'add', 'stuck', scene.peer.url(stuck.directory));
  const names = await addRemotes(scene, 2);
  let uploadPacks = 0;
  scene.peer.script((exec) => {
    if (exec.command.includes('upload-pack') && exec.command.includes(stuck.directory)) uploadPacks += 1;
    // The first lists its refs, none of which are here.
    if (uploadPacks > 1 && exec.command.includes(stuck.directory)) exec.channel.resume();
    else exec.run();
  });
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line('SYNCING stuck');
  const tip = await scene.server.pushCommit();
  const startedAtMs = performance.now();
  // One after the other: to ask for all at once, many times a second, is work that delays what is measured.
  for (const name of names) await untilRef(scene.clone, `refs/remotes/${name}/main`, tip);
  expect(performance.now() - startedAtMs).toBeLessThan(OTHERS_FETCHED_MS);
  expect(daemon.lines.count(/^DONESYNCING stuck/)).toBe(0);
});

/** More remotes at the same place; returns the names of all, `origin` included. */
async function addRemotes({ clone, peer, server }: Scene<SshPeer>, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_none, index) => `remote-${index + 1}`);
  for (const name of names) {
    await clone.git('remote', 'add', name, peer.url(server.directory));
    await clone.git('config', `remote.${name}.remotedaemonNotify`, 'annex-shell');
  }
  return ['origin', ...names];
}

async function untilQuiet(daemon: Daemon, syncs: number): Promise<void> {
  await until('all have caught up', () => daemon.lines.count(/^DONESYNCING .* 1$/) >= syncs, MANY_LIMIT_MS);
}

function allConnected({ lines }: Daemon, names: readonly string[]): boolean {
  return names.every((name) => lines.count(`CONNECTED ${name}`) === lines.count(`DISCONNECTED ${name}`) + 1);
}

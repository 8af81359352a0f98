// Owns: daemons that are peers of each other while one dies, much is sent, or orders are given: nothing is lost or left.
// Leaves: their usual life (peers-mesh.test.ts), and who comes to do harm (hostile/peers.test.ts).
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import {
  commitBytes,
  commitEverywhere,
  type Mesh,
  makeFriends,
  type Running,
  startFriends,
  startMesh,
  untilEverywhere,
  untilReceiving,
} from '../support/peer-mesh.ts';
import { friendAt } from '../support/peer-mesh-stranger.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef, untilStatus } from '../support/scene.ts';
import { commit } from '../support/temp-repo.ts';

const MEGABYTE = 1024 * 1024;
/** Long enough for something to happen in the middle of it. */
const LONG_FETCH_BYTES = 40 * MEGABYTE;

async function two(): Promise<{ mesh: Mesh; ada: Running; bob: Running }> {
  const mesh = startMesh(onTestFinished);
  const [ada, bob] = await startFriends(mesh, await makeFriends(mesh, ['ada', 'bob']));
  if (!ada || !bob) throw new Error('two were made');
  return { mesh, ada, bob };
}

async function killed(daemon: Daemon): Promise<void> {
  daemon.signal('SIGKILL');
  await daemon.exit;
}

const NOTHING = { status: 0, signal: null };

describe.skipIf(lacksPeers('daemons that are peers of each other, in trouble', 'perl'))('peers in trouble', () => {
  test('one that is killed while others fetch from it is fetched from once it is back; those go on meanwhile', async () => {
    const mesh = startMesh(onTestFinished);
    const running = await startFriends(mesh, await makeFriends(mesh, ['ada', 'bob', 'cyd']));
    const [ada, ...others] = running;
    const [bob] = others;
    if (!ada || !bob) throw new Error('three were made');
    const big = await commitBytes(ada.repo, LONG_FETCH_BYTES);
    await untilReceiving(bob.repo, MEGABYTE);
    await killed(ada.daemon);
    for (const { daemon } of others) await daemon.line('DISCONNECTED ada');
    for (const here of others) await commitEverywhere(here, others);
    mesh.start(ada);
    await untilEverywhere(ada, running, big);
    for (const { repo } of others) await repo.git('fsck', '--connectivity-only', '--no-dangling');
  });

  test('one that is killed while it fetches has all of it once it is back', async () => {
    const { mesh, ada, bob } = await two();
    const before = await bob.repo.git('for-each-ref', 'refs/remotes/ada');
    const big = await commitBytes(ada.repo, LONG_FETCH_BYTES);
    await untilReceiving(bob.repo, MEGABYTE);
    await killed(bob.daemon);
    expect(await bob.repo.git('for-each-ref', 'refs/remotes/ada')).toBe(before);
    // What served it has nobody to go on for.
    await until(
      'ada serves nobody any more',
      () => !ada.daemon.processes().some(({ command }) => /upload-pack/.test(command)),
    );
    mesh.start(bob);
    await untilRef(bob.repo, 'refs/remotes/ada/main', big);
    await bob.repo.git('fsck', '--connectivity-only', '--no-dangling');
  });

  test('a hundred megabytes are pushed', async () => {
    const { ada, bob } = await two();
    // The helper goes there by itself then.
    await killed(bob.daemon);
    const big = await commitBytes(bob.repo, 100 * MEGABYTE);
    await bob.repo.git('push', '--quiet', 'ada', 'main:refs/heads/from-bob');
    expect(await ada.repo.git('rev-parse', 'from-bob')).toBe(big);
    await ada.repo.git('fsck', '--connectivity-only', '--no-dangling');
  });

  test.each(['PAUSE', 'LOSTNET'])('%s ends its links and what it serves, RESUME brings both back', async (order) => {
    const { mesh, ada, bob } = await two();
    const waiting = await friendAt(onTestFinished, ada.socket, mesh.admit(ada, 'read'));
    ada.daemon.send(order, order);
    await ada.daemon.line('DISCONNECTED bob');
    await bob.daemon.line('DISCONNECTED ada');
    await waiting.closed;
    await untilStatus({ clone: ada.repo, scratch: mesh.scratch }, /sock/);
    await until('nobody listens for ada', async () => !(await mesh.isThere(ada)));
    // What carries its own stdio, and tells of changes of the network, is for as long as it is.
    const stays = ({ pid, command }: { pid: number; command: string }): boolean =>
      pid === ada.daemon.pid || /^cat$|\bip -o monitor /.test(command);
    const left = () => ada.daemon.processes().filter((process) => !stays(process));
    await until('it has nothing running', () => left().length === 0);
    const tips = [await commit(ada.repo), await commit(bob.repo)];
    ada.daemon.send('RESUME');
    await ada.daemon.line('CONNECTED bob');
    await untilRef(ada.repo, 'refs/remotes/bob/main', tips[1]);
    // It is tried again by itself, as for any peer that was away.
    await bob.daemon.line('CONNECTED ada');
    await untilRef(bob.repo, 'refs/remotes/ada/main', tips[0]);
  });

  test('RELOAD begins to serve and to be a peer, keeps what is as it was, and ends what is switched off', async () => {
    const { mesh, ada, bob } = await two();
    const cyd = await mesh.join('cyd');
    await mesh.befriend(ada, cyd);
    await mesh.befriend(cyd, ada);
    await cyd.repo.git('config', '--unset', 'remotedaemon.serve');
    const third = mesh.start(cyd);
    await third.line('CONNECTED ada');
    await cyd.repo.git('config', 'remotedaemon.serve', 'sock');
    third.send('RELOAD');
    await untilStatus({ clone: cyd.repo, scratch: mesh.scratch }, 'sock');
    await until('cyd listens', () => mesh.isThere(cyd));
    ada.daemon.send('RELOAD');
    await ada.daemon.line('CONNECTED cyd');
    await untilRef(ada.repo, 'refs/remotes/cyd/main', await commit(cyd.repo));
    await cyd.repo.git('config', '--unset', 'remotedaemon.serve');
    third.send('RELOAD');
    await ada.daemon.line('DISCONNECTED cyd');
    await until('cyd listens no more', async () => !(await mesh.isThere(cyd)));
    expect(third.lines.count('DISCONNECTED ada')).toBe(0);
    expect(ada.daemon.lines.count('DISCONNECTED bob')).toBe(0);
    await untilRef(bob.repo, 'refs/remotes/ada/main', await commit(ada.repo));
  });

  test('a token that is taken away shuts its peer out at RELOAD, and nobody else', async () => {
    const { mesh, ada, bob } = await two();
    const before = await bob.repo.git('config', 'remote.ada.url');
    const token = mesh.admit(ada, 'read');
    const friend = await friendAt(onTestFinished, ada.socket, token);
    friend.say('NOTIFYCHANGE');
    mesh.shutOut(ada, token);
    ada.daemon.send('RELOAD');
    await friend.closed;
    await untilRef(bob.repo, 'refs/remotes/ada/main', await commit(ada.repo));
    expect(bob.daemon.lines.count('DISCONNECTED ada')).toBe(0);
    expect(await bob.repo.git('config', 'remote.ada.url')).toBe(before);
  });

  test('STOP in the middle of a fetch and of a push leaves nothing running, and no socket', async () => {
    const { mesh, ada, bob } = await two();
    const waiting = await friendAt(onTestFinished, ada.socket, mesh.admit(ada));
    waiting.say('CONNECT git-receive-pack');
    await waiting.line(/^DATA /);
    await commitBytes(ada.repo, LONG_FETCH_BYTES);
    await untilReceiving(bob.repo, MEGABYTE);
    for (const { daemon } of [ada, bob]) daemon.send('STOP');
    for (const { daemon } of [ada, bob]) expect(await daemon.gone()).toEqual(NOTHING);
    await waiting.closed;
    for (const member of [ada, bob]) {
      const { repo, socket } = member;
      expect(await mesh.isThere(member)).toBe(false);
      expect(existsSync(socket)).toBe(false);
      expect(readdirSync(join(repo.directory, '.git')).filter((name) => name.endsWith('.lock'))).toEqual([]);
    }
  });

  test('one that was killed takes its sockets again when it starts anew', async () => {
    const { mesh, ada, bob } = await two();
    await killed(ada.daemon);
    await bob.daemon.line('DISCONNECTED ada');
    mesh.start(ada);
    await bob.daemon.line('CONNECTED ada');
    await untilRef(bob.repo, 'refs/remotes/ada/main', await commit(ada.repo));
  });
});

// Owns: daemons that are peers over telehash, by real links on loopback: from an invitation to commits both ways.
// Leaves: the network by itself (test/workers/peer/network/telehash), and pairing as such (peers-pairing.test.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/next-line.ts';
import { commitBytes, untilReceiving } from '../support/peer-mesh.ts';
import { commitAmong, pair, untilAmong } from '../support/peer-people.ts';
import { untilRef, untilStatus } from '../support/scene.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type TelehashPerson, telehashPerson } from '../support/telehash-people.ts';
import { commit, makeScratch } from '../support/temp-repo.ts';

const BIG_BYTES = 4 * 1024 * 1024;

const scratch = () => makeScratch(onTestFinished);

/** Resolves once all others have what each has. */
async function untilAllHave(people: readonly TelehashPerson[]): Promise<void> {
  for (const each of people) await untilAmong(each, people, await each.repo.git('rev-parse', 'main'));
}

/** For what asks a program. */
const sceneOf = ({ repo, scratch: place }: TelehashPerson) => ({ clone: repo, scratch: place });

async function two(): Promise<readonly [TelehashPerson, TelehashPerson]> {
  const place = scratch();
  return [await telehashPerson(onTestFinished, place, 'ada'), await telehashPerson(onTestFinished, place, 'bob')];
}

async function stop(daemon: Daemon): Promise<void> {
  daemon.send('STOP');
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
}

test('one line makes two each other’s remotes, and both have what each commits', async () => {
  const [ada, bob] = await two();
  const running = [ada.start(), bob.start()] as const;
  const invitation = await pair(ada, bob, 'telehash');
  expect(invitation).toMatch(/^p2p-annex::telehash:[a-z2-7]{52}\.[a-z2-7]{61}:[a-z0-9]{128}$/);
  await running[1].line('CONNECTED ada');
  await running[0].line('CONNECTED bob');
  await untilAllHave([ada, bob]);
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await commitAmong(ada, [ada, bob]);
    await commitAmong(bob, [ada, bob]);
  }
  const status = await untilStatus(sceneOf(ada), 'tcp4');
  expect(status).toContain('telehash');
  for (const daemon of running) {
    await stop(daemon);
    expect(daemon.stderr()).not.toContain(invitation.slice(-128));
    // Neither of what is old in the package, nor anything that it says.
    expect(daemon.stderr()).not.toMatch(/Warning|ephemeral|\bwarn\b/i);
  }
});

test('three have what each commits; one that was away has what it missed', async () => {
  const place = scratch();
  const people = await Promise.all(['ada', 'bob', 'cyd'].map((name) => telehashPerson(onTestFinished, place, name)));
  const [ada, bob, cyd] = people;
  if (!ada || !bob || !cyd) throw new Error('three were made');
  const daemons = people.map((person) => person.start());
  for (const [host, guest] of [
    [ada, bob],
    [ada, cyd],
    [bob, cyd],
  ] as const)
    await pair(host, guest, 'telehash');
  await untilAllHave(people);
  await commitAmong(cyd, people);
  const [, , ofCyd] = daemons;
  if (ofCyd) await stop(ofCyd);
  await commit(ada.repo);
  await commit(bob.repo);
  await commit(cyd.repo);
  await untilAllHave([ada, bob]);
  cyd.start();
  await untilAllHave(people);
});

test('a wrong token, and another node at the place, are told; neither gets anything', async () => {
  const [ada, bob] = await two();
  ada.start();
  const invited = await ada.peer('', 'invite', '--network=telehash');
  const wrong = `${invited.stdout.trim().slice(0, -1)}${invited.stdout.trim().endsWith('a') ? 'b' : 'a'}`;
  expect((await bob.peer(wrong, 'accept', 'ada', '-', '--one-way')).status).toBe(0);
  const daemon = bob.start();
  await daemon.line(/^WARNING ada .*token/);
  await untilStatus(sceneOf(bob), /token/);
  // The name of ada, the key and place of another.
  const other = await telehashPerson(onTestFinished, scratch(), 'eve');
  other.start();
  const ofEve = await other.peer('', 'invite', '--network=telehash');
  const [, hashname = ''] = /telehash:([a-z2-7]{52})/.exec(invited.stdout) ?? [];
  const forged = ofEve.stdout.replace(/telehash:[a-z2-7]{52}/, `telehash:${hashname}`);
  expect((await bob.peer(forged, 'accept', 'ada', '-', '--one-way')).status).toBe(0);
  daemon.send('RELOAD');
  await untilStatus(sceneOf(bob), 'another node than the peer is there');
  expect(await bob.repo.git('for-each-ref', 'refs/remotes')).toBe('');
});

test('who has moved invites again under the same name, and is reached where he is now', async () => {
  const [ada, bob] = await two();
  const first = ada.start();
  const daemon = bob.start();
  await pair(ada, bob, 'telehash');
  await untilAllHave([ada, bob]);
  await stop(first);
  const port = await freePort('127.0.0.1');
  await ada.repo.git('config', 'remotedaemon.telehashListen', `127.0.0.1:${port}`);
  const invited = await ada.peer('', 'invite', '--network=telehash');
  const before = await bob.repo.git('config', 'remote.ada.url');
  expect(await bob.peer(invited.stdout, 'accept', 'ada', '-', '--one-way')).toMatchObject({ status: 0 });
  const after = await bob.repo.git('config', 'remote.ada.url');
  expect(after).not.toBe(before);
  expect(invited.stdout).toContain(after);
  expect((await bob.repo.git('remote')).split('\n')).toEqual(['ada']);
  ada.start();
  daemon.send('RELOAD');
  await commitAmong(ada, [ada, bob]);
});

test('much comes whole, though the link is cut in the middle of it', async () => {
  const place = scratch();
  const wires: TcpProxy[] = [];
  const ada = await telehashPerson(onTestFinished, place, 'ada', async (port) => {
    const wire = await startTcpProxy(onTestFinished, '127.0.0.1', port);
    wires.push(wire);
    return wire.port;
  });
  const bob = await telehashPerson(onTestFinished, place, 'bob');
  ada.start();
  const invited = await ada.peer('', 'invite', '--network=telehash');
  expect((await bob.peer(invited.stdout, 'accept', 'ada', '-', '--one-way')).status).toBe(0);
  const daemon = bob.start();
  await daemon.line('CONNECTED ada');
  const tip = await commitBytes(ada.repo, BIG_BYTES);
  await untilReceiving(bob.repo, BIG_BYTES / 10);
  for (const wire of wires) wire.cut();
  await daemon.line('DISCONNECTED ada');
  await untilRef(bob.repo, 'refs/remotes/ada/main', tip);
  await bob.repo.git('fsck', '--full');
});

test('nothing listens where telehash is not served, and whoever serves it no more is gone', async () => {
  const [ada, bob] = await two();
  const daemon = ada.start();
  await pair(ada, bob, 'telehash');
  await bob.start().line('CONNECTED ada');
  await daemon.line('CONNECTED bob');
  // The daemon, too, has things to write there.
  const unset = () => ada.repo.git('config', '--unset-all', 'remotedaemon.serve');
  await until('it is not served any more', () =>
    unset().then(
      () => true,
      () => false,
    ),
  );
  daemon.send('RELOAD');
  await until('the port is free', async () => {
    const server = createServer().listen(ada.port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    return isFree;
  });
});

test('without the package, one line says what to install', async () => {
  const [ada] = await two();
  const nowhere = join(ada.repo.directory, 'nowhere');
  mkdirSync(nowhere);
  await ada.repo.git('config', 'remotedaemon.telehashModule', nowhere);
  const refused = await ada.peer('', 'invite', '--network=telehash');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toMatch(/npm i --prefix "\$D" --ignore-scripts --omit=optional telehash@0\.4\.18$/m);
  await ada.repo.git('config', 'remotedaemon.serve', 'telehash');
  ada.start();
  await untilStatus(sceneOf(ada), 'telehash 0.4.18 is not');
});

test('the program has the three calls that git-annex makes of one', async () => {
  const [ada, bob] = await two();
  const run = (person: TelehashPerson, ...args: readonly string[]) => {
    const child = spawn('git-annex-p2p-telehash', args, { cwd: person.repo.directory, env: person.env });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const told = run(ada, 'address');
  const [address] = String((await once(told.stdout, 'data'))[0]).split('\n');
  const socket = join(ada.repo.directory, '.git/s');
  const server = createServer({ allowHalfOpen: true }, (peer) => void peer.pipe(peer)).listen(socket);
  onTestFinished(() => void server.close());
  run(ada, address ?? '', socket);
  let said = '';
  await until('it serves', async () => {
    const dialled = run(bob, address ?? '');
    dialled.stdin.on('error', () => undefined).end('over telehash');
    said = '';
    dialled.stdout.on('data', (bytes) => {
      said += bytes;
    });
    await once(dialled, 'close');
    return said === 'over telehash';
  });
  expect(said).toBe('over telehash');
});

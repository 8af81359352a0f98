// Owns: proof that the embedded ssh server does what a real one does, as far as tests rely on it.
// Leaves: the same for a real sshd (openssh-peer.test.ts).
import { once } from 'node:events';
import ssh2, { type ClientChannel } from 'ssh2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLineLog, logLines, until } from './next-line.ts';
import { lacksPeers } from './peers.ts';
import { setUpSshClient } from './ssh-client.ts';
import { makeKeyPair } from './ssh-keys.ts';
import { startSshPeer } from './ssh-peer.ts';
import { oldAnnexShell } from './ssh-scripts.ts';
import { cloneRepo, makeScratch, makeServerRepo } from './temp-repo.ts';

async function makePeer() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(onTestFinished, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  return { scratch, repo, client, peer };
}

async function logIn(port: number, privateKey: string): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  onTestFinished(() => void client.destroy());
  // Whoever waits is told by the failure of `ready`, or by `close`.
  client.on('error', () => client.destroy());
  client.connect({ host: '127.0.0.1', port, username: 'git', privateKey, hostVerifier: () => true });
  await once(client, 'ready');
  return client;
}

const exec = (client: ssh2.Client, command: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(command, (failure, channel) => (failure ? reject(failure) : resolve(channel)));
  });

test('a push to the repository is told as CHANGED with the new tip', async () => {
  const { repo, client, peer } = await makePeer();
  const link = await logIn(peer.port, client.key.privateKey);
  const channel = await exec(link, `git-annex-shell 'notifychanges' '${repo.directory}'`);
  const lines = createLineLog('notifychanges');
  logLines(channel, lines);
  await lines.next('READY');
  for (const branch of ['main', 'main', 'deep/in/folders']) {
    await lines.next(`CHANGED ${await repo.pushCommit(branch)}`);
  }
  expect([peer.connections(), peer.logins()]).toEqual([1, 1]);
  channel.end();
  await once(channel, 'close');
});

test('a key that is not authorized is refused', async () => {
  const { peer } = await makePeer();
  await expect(logIn(peer.port, makeKeyPair().privateKey)).rejects.toThrow('authentication');
  expect([peer.refusals(), peer.logins()]).toEqual([1, 0]);
});

test('connections can be cut, and the server can go and come back on its port', async () => {
  const { client, peer } = await makePeer();
  const link = await logIn(peer.port, client.key.privateKey);
  const closed = new Promise<void>((resolve) => void link.on('close', () => resolve()));
  await peer.stop();
  await closed;
  await expect(logIn(peer.port, client.key.privateKey)).rejects.toThrow('ECONNREFUSED');
  await peer.start();
  await logIn(peer.port, client.key.privateKey);
  await until('one connection is left', () => peer.connections() === 1);
});

test('a command can be made to fail as an old git-annex-shell does', async () => {
  const { client, peer } = await makePeer();
  peer.script(oldAnnexShell);
  const link = await logIn(peer.port, client.key.privateKey);
  const status = await new Promise((resolve, reject) => {
    link.exec("git-annex-shell 'notifychanges' '/'", (failure, channel) => {
      if (failure) reject(failure);
      else channel.on('exit', (code: number | null) => resolve(code)).resume();
    });
  });
  expect(status).toBe(1);
});

describe.skipIf(lacksPeers('git through the embedded ssh server', 'ssh'))('git', () => {
  test('fetches and pushes through it', async () => {
    const { scratch, repo, client, peer } = await makePeer();
    const clone = await cloneRepo(scratch, repo.directory, 'clone', peer.url(repo.directory));
    const tip = await repo.pushCommit();
    await clone.git(...client.gitOptions, 'fetch', '--quiet');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
    await clone.git(...client.gitOptions, 'push', '--quiet', 'origin', 'HEAD:refs/heads/from-clone');
    expect(await repo.git('rev-parse', 'from-clone')).toBe(await clone.git('rev-parse', 'HEAD'));
    await until('no connection is left', () => peer.connections() === 0);
  });
});

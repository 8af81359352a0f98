// Owns: proof that the private sshd, git and git-annex-shell work together as tests rely on it.
// Leaves: the daemon's behaviour against them (end-to-end/).
import { spawn } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLineLog, logLines, until } from './next-line.ts';
import { initAnnex, startOpensshPeer } from './openssh-peer.ts';
import { lacksPeers } from './peers.ts';
import { setUpSshClient } from './ssh-client.ts';
import { cloneRepo, makeScratch, makeServerRepo } from './temp-repo.ts';

async function makePeer() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startOpensshPeer(onTestFinished, scratch, [client.key.publicKey]);
  client.trust(peer.knownHosts);
  const ssh = (command: string) => {
    const options = ['-F', client.configFile, '-p', String(peer.port), peer.host, command];
    const child = spawn('ssh', options, { env: scratch.env, stdio: ['pipe', 'pipe', 'pipe'] });
    const lines = createLineLog(command, () => peer.log());
    logLines(child.stdout, lines);
    return { lines, end: () => child.stdin.end() };
  };
  return { scratch, repo, client, peer, ssh };
}

describe.skipIf(lacksPeers('the private sshd', 'sshd', 'ssh', 'git-annex-shell'))('a private sshd', () => {
  test('git-annex-shell tells of a push', async () => {
    const { repo, peer, ssh } = await makePeer();
    await initAnnex(repo);
    const { lines, end } = ssh(`git-annex-shell 'notifychanges' '${repo.directory}'`);
    await lines.next('READY');
    const tip = await repo.pushCommit();
    // Its first CHANGED names the tips of every ref that was there, too.
    await lines.next((line) => line.startsWith('CHANGED ') && line.includes(tip));
    expect([peer.connections(), peer.logins()]).toEqual([1, 1]);
    end();
    await until('the connection is closed', () => peer.connections() === 0);
  });

  test('connections can be killed, and it can go and come back on its port', async () => {
    const { repo, peer, ssh } = await makePeer();
    const { lines } = ssh('echo here; exec cat');
    await lines.next('here');
    peer.dropConnections();
    await expect(lines.next('never')).rejects.toThrow('the stream ended');
    await ssh('echo again').lines.next('again');
    await peer.stop();
    await expect(ssh('echo nobody').lines.next('nobody')).rejects.toThrow('the stream ended');
    await peer.start();
    await ssh(`git -C '${repo.directory}' rev-parse --is-bare-repository`).lines.next('true');
    expect(peer.logins()).toBe(3);
  });

  test('a login runs in the scratch home, with none of the start-up files of the account', async () => {
    const { scratch, ssh } = await makePeer();
    await ssh('echo "$HOME"').lines.next(scratch.home);
  });

  test('git fetches through it', async () => {
    const { scratch, repo, client, peer } = await makePeer();
    const clone = await cloneRepo(scratch, repo.directory, 'clone', peer.url(repo.directory));
    const tip = await repo.pushCommit();
    await clone.git(...client.gitOptions, 'fetch', '--quiet');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(tip);
  });
});

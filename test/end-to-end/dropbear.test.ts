// Owns: a server whose ssh is not OpenSSH's: what is pushed there is told of and fetched, over the one login.
// Leaves: what a watcher does there (workers/ssh/watch), and sshd (annex-shell.test.ts, server-watch.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { needsRoot, startDropbearPeer } from '../support/dropbear-peer.ts';
import { lacksPeers } from '../support/peers.ts';
import { startConnected, untilRef, untilStatus } from '../support/scene.ts';
import { setUpSshClient } from '../support/ssh-client.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const skipped = lacksPeers('a server with dropbear', 'dropbear', 'unshare') || needsRoot;

test.skipIf(skipped)('a push to a server with dropbear is told by its watcher, and fetched', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startDropbearPeer(onTestFinished, scratch, client.key.publicKey);
  client.trust(peer.knownHosts);
  const clone = await cloneRepo(scratch, server.directory, 'clone', peer.url(server.directory));
  await client.useIn(clone);
  await server.pushCommit();
  const daemon = await startConnected(onTestFinished, { clone, scratch });
  expect(await untilStatus({ clone, scratch }, 'connected')).toContain('a watcher on the server');
  for (const branch of ['main', 'side']) {
    const tip = await server.pushCommit(branch);
    await untilRef(clone, `refs/remotes/origin/${branch}`, tip);
  }
  expect(daemon.lines.count(/^DONESYNCING origin 0|^WARNING/)).toBe(0);
});

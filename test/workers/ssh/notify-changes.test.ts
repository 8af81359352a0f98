import { expect, onTestFinished, test } from 'vitest';
import { setUpSshClient } from '../../support/ssh-client.ts';
import { startSshPeer } from '../../support/ssh-peer.ts';
import { makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { openLink, targetOf } from './link.ts';

async function makePeer() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const client = setUpSshClient(scratch.home);
  const peer = await startSshPeer(onTestFinished, { env: scratch.env, authorizedKeys: [client.key.publicKey] });
  client.trust(peer.knownHosts);
  const target = targetOf(client, { host: peer.host, port: peer.port, path: repo.directory });
  return { scratch, repo, client, peer, target };
}

test('a push is told as moved, over one login', async () => {
  const { scratch, repo, peer, target } = await makePeer();
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next('connected git-annex-shell notifychanges over ssh2');
  await repo.pushCommit();
  await link.reports.next('moved');
  await link.close('kindly');
  expect(peer.logins()).toBe(1);
  expect(peer.execs()).toEqual([`git-annex-shell 'notifychanges' '${repo.directory}'`]);
});

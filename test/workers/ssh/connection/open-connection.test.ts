// Owns: the second try: what ssh2 was refused is asked of the ssh program once; refused again, ssh2's reason is told.
// Leaves: ssh2's own logins (ssh2-connection.test.ts), and the program's (openssh-connection.test.ts).
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startOpensshPeer } from '../../../support/openssh-peer.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { setUpSshClient } from '../../../support/ssh-client.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { openLink, targetOf } from '../link.ts';

describe.skipIf(lacksPeers('too many keys for a real server', 'sshd', 'ssh'))('a real sshd', () => {
  test('that ends a login after too many keys has refused it: the program is asked once, and then nobody', async () => {
    const scratch = makeScratch(onTestFinished);
    const client = setUpSshClient(scratch.home);
    const peer = await startOpensshPeer(onTestFinished, scratch, [makeKeyPair().publicKey], ['MaxAuthTries 2']);
    client.trust(peer.knownHosts);
    for (const name of ['second', 'third', 'fourth']) {
      const file = join(scratch.home, '.ssh', name);
      writeFileSync(file, makeKeyPair().privateKey, { mode: 0o600 });
      client.configure(`IdentityFile ${file}`);
    }
    const target = targetOf(client, { host: peer.host, port: peer.port, path: scratch.directory });
    const link = openLink(onTestFinished, scratch, target);
    expect(await link.ended).toMatchObject({
      code: 'auth-refused',
      detail: expect.stringMatching(
        /was offered too many keys; .*IdentitiesOnly yes, then 'git remote-daemon resume'$/,
      ),
    });
    const logged = link.reports.seen.map(({ text }) => text).filter((text) => text.startsWith('log '));
    expect(logged[0]).toMatch(/^log trying the ssh program, since the built-in client's login was refused$/);
    expect(peer.log().match(/Connection from /g)).toHaveLength(2);
  });

  test('is not logged in to with a key that the user’s ssh would not use', async () => {
    const scratch = makeScratch(onTestFinished);
    const key = makeKeyPair('rsa');
    const client = setUpSshClient(scratch.home, key);
    const peer = await startOpensshPeer(onTestFinished, scratch, [key.publicKey]);
    client.trust(peer.knownHosts);
    client.configure('Host types\n PubkeyAcceptedAlgorithms ssh-ed25519\nHost short\n RequiredRSASize 3072');
    client.configure(`Host exposed short types\n HostName ${peer.host}\n HostKeyAlias [${peer.host}]:${peer.port}`);
    const open = (host: string) =>
      openLink(onTestFinished, scratch, targetOf(client, { host, port: peer.port, path: scratch.directory }));
    expect(await open('types').ended).toMatchObject({ code: 'auth-refused' });
    expect(await open('short').ended).toMatchObject({ code: 'auth-refused' });
    chmodSync(client.keyFile, 0o644);
    expect(await open('exposed').ended).toMatchObject({
      code: 'auth-refused',
      detail: expect.stringContaining(`so it is not used: chmod 600 ${client.keyFile}`),
    });
    expect(peer.logins()).toBe(0);
    chmodSync(client.keyFile, 0o600);
    expect((await open('exposed').ended)?.code).not.toBe('auth-refused');
    expect(peer.logins()).toBeGreaterThan(0);
  });
});

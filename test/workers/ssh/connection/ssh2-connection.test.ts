// Owns: logins through ssh2 as OpenSSH would make them: keys, agents, host keys, proxies; and who is turned away.
// Leaves: what runs over the connection (notify-changes.test.ts, relay.test.ts).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AtEnd } from '../../../support/at-end.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { type KeyType, makeKeyPair } from '../../../support/ssh-keys.ts';
import { startSshPeer } from '../../../support/ssh-peer.ts';
import type { Scratch } from '../../../support/temp-repo.ts';
import { CONNECTED, makeWorld, openLink } from '../link.ts';

const NONE_ACCEPTED = `${userInfo().username}@127.0.0.1 accepts none of the keys that are here`;

describe.skipIf(lacksPeers('logins as ssh -G describes them', 'ssh', 'ssh-agent'))('a login', () => {
  test.each<KeyType>(['ed25519', 'ecdsa', 'rsa'])(
    'with a key of type %s, to a server with such a key',
    async (type) => {
      const world = await makeWorld(onTestFinished, { key: makeKeyPair(type), hostKeys: [makeKeyPair(type)] });
      await openLink(onTestFinished, world.scratch, world.target).reports.next(CONNECTED);
    },
  );

  test('with an encrypted key whose passphrase is known', async () => {
    const world = await makeWorld(onTestFinished, { key: makeKeyPair('ed25519', 'correct horse') });
    const passphrases = { [world.client.keyFile]: 'correct horse' };
    await openLink(onTestFinished, world.scratch, world.target, { secrets: passphrases }).reports.next(CONNECTED);
  });

  test('with an encrypted key whose passphrase is not known is refused, and says what is missing', async () => {
    const world = await makeWorld(onTestFinished, { key: makeKeyPair('ed25519', 'correct horse') });
    const advice = `no passphrase is known for ${world.client.keyFile}: use an ssh agent or write the passphrase to`;
    expect(await openLink(onTestFinished, world.scratch, world.target).ended).toEqual({
      code: 'auth-refused',
      detail: `${NONE_ACCEPTED}; ${advice} .git/remote-daemon/secrets.ini, then 'git remote-daemon reload'`,
    });
  });

  test('with a passphrase that does not open the key is refused, and says so', async () => {
    const world = await makeWorld(onTestFinished, { key: makeKeyPair('ed25519', 'correct horse') });
    const { keyFile } = world.client;
    const link = openLink(onTestFinished, world.scratch, world.target, { secrets: { [keyFile]: 'wrong' } });
    const advice = "correct it in .git/remote-daemon/secrets.ini, then 'git remote-daemon reload'";
    expect(await link.ended).toEqual({
      code: 'auth-refused',
      detail: `${NONE_ACCEPTED}; the passphrase in secrets.ini does not open ${keyFile}: ${advice}`,
    });
  });

  test('with a key that only the agent has', async () => {
    const world = await makeWorld(onTestFinished);
    const { agent } = await startAgent(onTestFinished, world.scratch, world.client.key.privateKey);
    world.client.configure(`Host *\n IdentityFile none\n IdentityAgent ${agent}\n IdentitiesOnly no`);
    await openLink(onTestFinished, world.scratch, world.target).reports.next(CONNECTED);
  });

  test('with an encrypted rsa key that the agent has, of which the file tells only the public half', async () => {
    const world = await makeWorld(onTestFinished, { key: makeKeyPair('rsa') });
    const { agent } = await startAgent(onTestFinished, world.scratch, world.client.key.privateKey);
    // Another key in the agent, which IdentitiesOnly keeps from being offered.
    await addToAgent(world.scratch, agent, makeKeyPair().privateKey);
    writeFileSync(world.client.keyFile, world.client.key.publicKey);
    world.client.configure(`Host *\n IdentityAgent ${agent}`);
    await openLink(onTestFinished, world.scratch, world.target).reports.next(CONNECTED);
    expect(world.peer.refusals()).toBe(0);
  });

  test('goes on to the key file when the agent is not there', async () => {
    const world = await makeWorld(onTestFinished);
    world.client.configure(`Host *\n IdentityAgent ${world.scratch.directory}/no-agent`);
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next('log ssh agent: Failed to connect to agent');
    await link.reports.next(CONNECTED);
  });

  test('that is refused is tried once more with the ssh program, and then no more', async () => {
    const world = await makeWorld(onTestFinished, { authorizedKeys: [makeKeyPair().publicKey] });
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next("log trying the ssh program, since the built-in client's login was refused");
    await link.reports.next(/^log ssh to 127\.0\.0\.1: .*Permission denied/);
    const advice = "make 'git fetch origin' work without a question, then 'git remote-daemon resume'";
    expect(await link.ended).toEqual({ code: 'auth-refused', detail: `${NONE_ACCEPTED}; ${advice}` });
    expect([world.peer.logins(), world.peer.refusals()]).toEqual([0, 2]);
  });

  test('for which ssh2 and the server find no common language is left to the ssh program', async () => {
    const world = await makeWorld(onTestFinished, { algorithms: { kex: ['diffie-hellman-group1-sha1'] } });
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next(/^log trying the ssh program, since ssh2 and 127\.0\.0\.1 do not agree: /);
    expect(await link.ended).toMatchObject({ code: 'dropped', detail: expect.stringMatching(/^ssh to /) });
  });

  test('shows the banner, without what would act on a terminal', async () => {
    const world = await makeWorld(onTestFinished, { banner: 'Be \u001b[1mnice\u0007\n' });
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next(/^log 127\.0\.0\.1 says: "Be +\[1mnice"$/);
    await link.reports.next(CONNECTED);
  });

  test('finds host, port, user and alias in the ssh config', async () => {
    const world = await makeWorld(onTestFinished);
    const { host, port } = world.peer;
    world.client.configure(`Host shorthand\n HostName ${host}\n Port ${port}\n HostKeyAlias other-name`);
    world.client.trust(world.peer.knownHosts.replace(`[${host}]:${port}`, 'other-name'));
    const { port: _inConfig, ...target } = { ...world.target, host: 'shorthand' };
    await openLink(onTestFinished, world.scratch, target).reports.next(CONNECTED);
  });

  test('does not take longer than ConnectTimeout, however quiet the server is', async () => {
    const world = await makeWorld(onTestFinished);
    const port = await listen(onTestFinished, 0);
    world.client.configure('Host *\n ConnectTimeout 1');
    const link = openLink(onTestFinished, world.scratch, { ...world.target, port });
    expect(await link.ended).toEqual({ code: 'timed-out', detail: '127.0.0.1: no login within 1 s' });
  });

  test('waits for an agent whose owner is being asked, whatever ConnectTimeout says, and is closed all the same', async () => {
    const world = await makeWorld(onTestFinished);
    const path = join(world.scratch.directory, 'agent');
    await listen(onTestFinished, path);
    world.client.configure(`Host *\n IdentityAgent ${path}\n ConnectTimeout 1`);
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next('phase waiting for the ssh agent');
    await link.close('now');
    expect(await link.ended).toBeUndefined();
  });

  test('to a port where nobody listens says so', async () => {
    const world = await makeWorld(onTestFinished);
    await world.peer.stop();
    const failure = await openLink(onTestFinished, world.scratch, world.target).ended;
    expect(failure).toMatchObject({ code: 'unreachable', detail: expect.stringContaining('connection refused') });
  });

  test.each(['-oProxyCommand=touch pwned', 'a b', '$(touch pwned)'])(
    'to a host named %j is not even tried',
    async (host) => {
      const world = await makeWorld(onTestFinished);
      expect(await openLink(onTestFinished, world.scratch, { ...world.target, host }).ended).toMatchObject({
        code: 'bad-ssh-config',
      });
    },
  );
});

describe.skipIf(lacksPeers('the host key check', 'ssh'))('a host key', () => {
  test('that is not known ends the login, and says how it becomes known', async () => {
    const world = await makeWorld(onTestFinished);
    writeFileSync(world.client.knownHostsFile, '');
    const failure = await openLink(onTestFinished, world.scratch, world.target).ended;
    expect(failure).toMatchObject({
      code: 'host-key-unknown',
      detail: expect.stringMatching(
        /127\.0\.0\.1 is not known \(ssh-ed25519 SHA256:.*connect once with `ssh -F \S+ -p \d+ 127\.0\.0\.1`, then 'git remote-daemon resume'$/,
      ),
    });
    expect([world.peer.logins(), world.peer.refusals()]).toEqual([0, 0]);
  });

  test('that is not known, as the home is not mounted yet, is looked for again', async () => {
    const world = await makeWorld(onTestFinished);
    world.client.configure(
      `Host *\n UserKnownHostsFile ${join(world.scratch.directory, 'mounted-later', 'known_hosts')}`,
    );
    expect(await openLink(onTestFinished, world.scratch, world.target).ended).toMatchObject({ code: 'not-now' });
  });

  test.each([
    ['that has changed', (line: string) => line.replace(/ssh-ed25519 .*/, makeKeyPair().publicKey)],
    ['that is revoked', (line: string) => `${line}@revoked * ${line.split(' ').slice(1).join(' ')}`],
  ])('%s ends the login', async (_what, change) => {
    const world = await makeWorld(onTestFinished);
    writeFileSync(world.client.knownHostsFile, change(world.peer.knownHosts));
    const failure = await openLink(onTestFinished, world.scratch, world.target).ended;
    expect(failure).toMatchObject({ code: 'host-key-changed' });
    expect(world.peer.logins()).toBe(0);
  });

  test('is found under its hashed name', async () => {
    const world = await makeWorld(onTestFinished);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', world.client.knownHostsFile], { stdio: 'ignore' });
    await openLink(onTestFinished, world.scratch, world.target).reports.next(CONNECTED);
  });

  test('is asked for in the type that is known, so that a server with several is not taken for changed', async () => {
    const hostKeys = [makeKeyPair('ed25519'), makeKeyPair('ecdsa'), makeKeyPair('rsa')];
    const world = await makeWorld(onTestFinished, { hostKeys });
    const rsa = world.peer.knownHosts.split('\n').filter((line) => line.includes('ssh-rsa'));
    writeFileSync(world.client.knownHostsFile, `${rsa.join('\n')}\n`);
    await openLink(onTestFinished, world.scratch, world.target).reports.next(CONNECTED);
  });
});

describe.skipIf(lacksPeers('proxies', 'ssh'))('the way there', () => {
  test('leads over jump hosts, each checked by its own key', async () => {
    const world = await makeWorld(onTestFinished);
    const jumps = await Promise.all([1, 2].map(() => startSshPeer(onTestFinished, peerOptions(world))));
    for (const jump of jumps) world.client.trust(jump.knownHosts);
    const names = jumps.map((jump, index) => {
      world.client.configure(`Host jump${index}\n HostName ${jump.host}\n Port ${jump.port}`);
      return `jump${index}`;
    });
    world.client.configure(`Host 127.0.0.1\n ProxyJump ${names.join(',')}`);
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next(CONNECTED);
    expect(jumps.map((jump) => jump.logins())).toEqual([1, 1]);
    await world.repo.pushCommit();
    await link.reports.next('moved');
    jumps[0]?.dropConnections();
    expect(await link.ended).toMatchObject({ code: 'dropped' });
  });

  test('ends at a jump host whose key is not known', async () => {
    const world = await makeWorld(onTestFinished);
    const jump = await startSshPeer(onTestFinished, peerOptions(world));
    world.client.configure(`Host 127.0.0.1\n ProxyJump jump\nHost jump\n HostName ${jump.host}\n Port ${jump.port}`);
    const failure = await openLink(onTestFinished, world.scratch, world.target).ended;
    expect(failure).toMatchObject({ code: 'host-key-unknown', detail: expect.stringContaining('host key of jump ') });
  });

  test('ends where a jump host cannot go on', async () => {
    const world = await makeWorld(onTestFinished);
    const jump = await startSshPeer(onTestFinished, peerOptions(world));
    world.client.trust(jump.knownHosts);
    world.client.configure(`Host 127.0.0.1\n ProxyJump jump\nHost jump\n HostName ${jump.host}\n Port ${jump.port}`);
    await world.peer.stop();
    expect(await openLink(onTestFinished, world.scratch, world.target).ended).toMatchObject({ code: 'unreachable' });
  });

  test('takes no longer than ConnectTimeout for each host, and is noticed when it falls silent', async () => {
    const world = await makeWorld(onTestFinished);
    const jump = await startSshPeer(onTestFinished, peerOptions(world));
    world.client.trust(jump.knownHosts);
    // By names of their own: logins that are answered may take longer where other tests run as well.
    world.client.configure('Host quiet jump-to-quiet\n ConnectTimeout 1');
    world.client.configure('Host *\n ServerAliveInterval 1\n ServerAliveCountMax 1');
    world.client.configure('Host quiet\n HostName 127.0.0.1\n ProxyJump jump-to-quiet');
    world.client.configure('Host 127.0.0.1\n ProxyJump jump');
    world.client.configure(`Host jump jump-to-quiet\n HostName ${jump.host}\n Port ${jump.port}`);
    const port = await listen(onTestFinished, 0);
    const unanswered = openLink(onTestFinished, world.scratch, { ...world.target, host: 'quiet', port });
    expect(await unanswered.ended).toEqual({ code: 'timed-out', detail: 'quiet: no login within 1 s' });
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next(CONNECTED);
    jump.freeze();
    expect(await link.ended).toMatchObject({ code: 'timed-out' });
  });

  test('leads through a ProxyCommand, which ends with the link', async () => {
    const world = await makeWorld(onTestFinished);
    const proxy = join(world.scratch.directory, 'proxy.mjs');
    writeFileSync(proxy, PROXY);
    world.client.configure(`Host *\n ProxyCommand '${process.execPath}' ${proxy} %h %p`);
    const link = openLink(onTestFinished, world.scratch, world.target);
    await link.reports.next('log ProxyCommand: on my way to 127.0.0.1');
    await link.reports.next(CONNECTED);
    await world.repo.pushCommit();
    await link.reports.next('moved');
    await link.close('kindly');
  });

  test('ends with a ProxyCommand that fails', async () => {
    const world = await makeWorld(onTestFinished);
    world.client.configure('Host *\n ProxyCommand echo no way >&2; exit 1');
    const link = openLink(onTestFinished, world.scratch, world.target);
    expect(await link.ended).toMatchObject({ code: 'dropped' });
  });
});

/** A server that takes connections and never says a word; gives its port. */
async function listen(atEnd: AtEnd, where: number | string): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => socket.destroy())));
  atEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const PROXY = `import { connect } from 'node:net';
process.stderr.write('on my way to ' + process.argv[2]);
const socket = connect(Number(process.argv[3]), process.argv[2]);
process.stdin.pipe(socket).pipe(process.stdout);
`;

const peerOptions = ({ scratch, client }: Awaited<ReturnType<typeof makeWorld>>) => ({
  env: scratch.env,
  authorizedKeys: [client.key.publicKey],
});

/** A real ssh-agent with one key. */
async function startAgent(atEnd: AtEnd, scratch: Scratch, privateKey: string): Promise<{ agent: string }> {
  const agent = join(scratch.directory, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', agent], { env: scratch.env, stdio: ['ignore', 'pipe', 'ignore'] });
  atEnd(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  // It says where it listens once it does.
  await once(child.stdout, 'data');
  await addToAgent(scratch, agent, privateKey);
  return { agent };
}

async function addToAgent(scratch: Scratch, agent: string, privateKey: string): Promise<void> {
  execFileSync('ssh-add', ['-q', '-'], { env: { ...scratch.env, SSH_AUTH_SOCK: agent }, input: privateKey });
}

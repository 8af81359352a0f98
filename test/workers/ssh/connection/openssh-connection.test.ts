// Owns: links through the ssh program, and whatever stands in for it; and both ways to a real sshd and git-annex-shell.
// Leaves: what is told over a link (notify-changes.test.ts).
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SshCommand } from '../../../../src/shared/ssh-target.ts';
import { until } from '../../../support/next-line.ts';
import { initAnnex, startOpensshPeer } from '../../../support/openssh-peer.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { descendantsOf } from '../../../support/processes.ts';
import { setUpSshClient } from '../../../support/ssh-client.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';
import { noAnnexShell, oldAnnexShell } from '../../../support/ssh-scripts.ts';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import { CONNECTED, makeWorld, openLink, targetOf, type World } from '../link.ts';

const BY_PROGRAM = /^connected git-annex-shell notifychanges over the ssh program \(/;

/** A setting that ssh2 has nothing like, and that changes nothing here. */
async function makeProgramWorld(options?: Parameters<typeof makeWorld>[1]): Promise<World> {
  const world = await makeWorld(onTestFinished, options);
  world.client.configure('Host *\n NoHostAuthenticationForLocalhost no\n RevokedHostKeys /dev/null');
  return world;
}

const noChildren = (): Promise<void> => until('no child is left', () => descendantsOf(process.pid).length === 0);

describe.skipIf(lacksPeers('links through the ssh program', 'ssh'))('through the ssh program', () => {
  test.each(['kindly', 'now'] as const)('a push is told, and a link closed %s leaves no process', async (how) => {
    const world = await makeProgramWorld();
    const relaySocket = join(world.scratch.directory, 'relay');
    const link = openLink(onTestFinished, world.scratch, world.target, { relaySocket });
    await link.reports.next(/^connected .* over the ssh program \(RevokedHostKeys is set for 127\.0\.0\.1\)$/);
    await world.repo.pushCommit();
    await link.reports.next('moved');
    await link.close(how);
    expect([await link.ended, world.peer.logins()]).toEqual([undefined, 1]);
    await noChildren();
  });

  test('a link is closed while ssh still waits for the server', async () => {
    const world = await makeProgramWorld();
    world.peer.freeze();
    world.peer.script(() => undefined);
    const link = openLink(onTestFinished, world.scratch, world.target);
    await until('notifychanges is asked for', () => world.peer.execs().length === 1);
    await link.close('now');
    await noChildren();
  });

  test('a host key that is not known, or has changed, is told as such, and known_hosts is left alone', async () => {
    const world = await makeProgramWorld();
    for (const [text, code] of [
      ['', 'host-key-unknown'],
      [world.peer.knownHosts.replace(/ssh-ed25519 .*/, makeKeyPair().publicKey), 'host-key-changed'],
    ] as const) {
      writeFileSync(world.client.knownHostsFile, text);
      const failure = await openLink(onTestFinished, world.scratch, world.target).ended;
      expect(failure).toMatchObject({
        code,
        detail: expect.stringMatching(/`ssh -F \S+ -p \d+ 127\.0\.0\.1`, .*then 'git remote-daemon resume'$/),
      });
      expect(readFileSync(world.client.knownHostsFile, 'utf8')).toBe(text);
    }
  });

  test('a refused login, and a server that is not there, are told as such', async () => {
    const refused = await makeProgramWorld({ authorizedKeys: [makeKeyPair().publicKey] });
    const link = openLink(onTestFinished, refused.scratch, refused.target);
    expect(await link.ended).toMatchObject({
      code: 'auth-refused',
      detail: expect.stringMatching(
        /Permission denied.*; make 'git fetch origin' work without a question, then 'git remote-daemon resume'$/,
      ),
    });
    expect(refused.peer.refusals()).toBe(1);
    await refused.peer.stop();
    expect(await openLink(onTestFinished, refused.scratch, refused.target).ended).toMatchObject({
      code: 'unreachable',
    });
  });

  test.each([
    ['no git-annex-shell', noAnnexShell, 'shell-missing'],
    ['an old one', oldAnnexShell, 'no-notifychanges'],
  ] as const)('a server with %s is told by its words', async (_what, script, code) => {
    const world = await makeProgramWorld();
    world.peer.script(script);
    expect(await openLink(onTestFinished, world.scratch, world.target).ended).toMatchObject({ code });
  });

  test('a link that is cut, and one that goes silent, are noticed', async () => {
    const world = await makeProgramWorld();
    const cut = openLink(onTestFinished, world.scratch, world.target);
    await cut.reports.next(BY_PROGRAM);
    world.peer.dropConnections();
    expect(await cut.ended).toMatchObject({ code: 'dropped' });
    world.client.configure('Host *\n ServerAliveInterval 1\n ServerAliveCountMax 1');
    const silent = openLink(onTestFinished, world.scratch, world.target);
    await silent.reports.next(BY_PROGRAM);
    world.peer.freeze();
    expect(await silent.ended).toMatchObject({ code: 'dropped' });
    await noChildren();
  });
});

describe.skipIf(lacksPeers('commands in the place of ssh', 'ssh'))('a command of the user', () => {
  const openWith = (world: World, command: SshCommand, more = {}) =>
    openLink(onTestFinished, world.scratch, { ...world.target, command, ...more });

  test('is run as git runs it, by a shell, with what git would append', async () => {
    const world = await makeWorld(onTestFinished);
    const command = `MARK='a b' ssh -F ${world.client.configFile}`;
    const link = openWith(world, { kind: 'shell', command, variant: 'ssh' }, { user: 'somebody' });
    await link.reports.next(
      `${CONNECTED.replace('over ssh', 'over the ssh program')} (a command of the user stands in for ssh)`,
    );
    await world.repo.pushCommit();
    await link.reports.next('moved');
  });

  test.each([
    ['plink', ['-batch', '-P', '77', 'me@host']],
    ['putty', ['-batch', '-P', '77', 'me@host']],
    ['tortoiseplink', ['-batch', '-P', '77', 'me@host']],
  ] as const)('of the variant %s is given its own options', async (variant, args) => {
    const world = await makeWorld(onTestFinished);
    const file = makeScript(world, `printf '%s\\n' "$@" > "$0.args"; echo READY; cat`);
    const link = openWith(world, { kind: 'shell', command: file, variant }, { user: 'me', host: 'host', port: 77 });
    await link.reports.next(BY_PROGRAM);
    const given = readFileSync(`${file}.args`, 'utf8').trimEnd().split('\n');
    expect(given).toEqual([...args, `git-annex-shell 'notifychanges' '${world.repo.directory}'`]);
    await link.close('kindly');
  });

  test('of the variant simple is given no options, and no port can be asked of it', async () => {
    const world = await makeWorld(onTestFinished);
    const file = makeScript(world, `printf '%s\\n' "$@" > "$0.args"; echo READY; cat`);
    const command = { kind: 'shell', command: file, variant: 'simple' } as const;
    expect(await openWith(world, command).ended).toMatchObject({ code: 'bad-ssh-config' });
    const { port: _port, ...target } = { ...world.target, command };
    const link = openLink(onTestFinished, world.scratch, target);
    await link.reports.next(BY_PROGRAM);
    expect(readFileSync(`${file}.args`, 'utf8')).toMatch(/^127\.0\.0\.1\ngit-annex-shell /);
  });

  test('that ends by itself is a failure of the connection, in its own words', async () => {
    const world = await makeWorld(onTestFinished);
    const file = makeScript(world, 'echo "no tunnel today" >&2; exit 255');
    const failure = await openWith(world, { kind: 'shell', command: file, variant: 'ssh' }).ended;
    expect(failure).toEqual({ code: 'dropped', detail: 'ssh to 127.0.0.1: no tunnel today' });
  });
});

const NEEDS = ['sshd', 'ssh', 'git-annex-shell'] as const;
describe.skipIf(lacksPeers('OpenSSH and git-annex', ...NEEDS))('a real sshd with git-annex', () => {
  async function makeReal(authorizedKey?: string) {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    await initAnnex(repo);
    const client = setUpSshClient(scratch.home);
    const peer = await startOpensshPeer(onTestFinished, scratch, [authorizedKey ?? client.key.publicKey]);
    client.trust(peer.knownHosts);
    return {
      scratch,
      repo,
      client,
      peer,
      target: targetOf(client, { host: peer.host, port: peer.port, path: repo.directory }),
    };
  }

  test.each(['absolute', '~/server.git', 'server.git'])(
    'tells of pushes to a repository whose path is %s',
    async (path) => {
      const { scratch, repo, peer, target } = await makeReal();
      symlinkSync(repo.directory, join(scratch.home, 'server.git'));
      const link = openLink(onTestFinished, scratch, path === 'absolute' ? target : { ...target, path });
      await link.reports.next(CONNECTED);
      await repo.pushCommit();
      await link.reports.next('moved');
      await link.close('kindly');
      await until('sshd has no connection', () => peer.connections() === 0);
    },
  );

  test.each(['ed25519', 'ecdsa', 'rsa'] as const)('takes a key of type %s through ssh2', async (type) => {
    const key = makeKeyPair(type);
    const { scratch, client, target } = await makeReal(key.publicKey);
    writeFileSync(client.keyFile, key.privateKey);
    await openLink(onTestFinished, scratch, target).reports.next(CONNECTED);
  });

  test('tells that a repository is not there, or is not git-annex’s', async () => {
    const { scratch, repo, target } = await makeReal();
    const gone = openLink(onTestFinished, scratch, { ...target, path: `${repo.directory}-gone` });
    expect(await gone.ended).toMatchObject({
      code: 'no-repository',
      detail: expect.stringContaining('failed to read'),
    });
    const plain = await makeServerRepo(scratch, 'plain');
    const unannexed = openLink(onTestFinished, scratch, { ...target, path: plain.directory });
    expect(await unannexed.ended).toMatchObject({ code: 'shell-missing' });
    const missing = openLink(onTestFinished, scratch, { ...target, annexShell: 'no-such-shell' });
    expect(await missing.ended).toMatchObject({
      code: 'shell-missing',
      detail: expect.stringContaining('not found'),
    });
  });

  test('takes a user certificate, through the ssh program', async () => {
    const authority = makeKeyPair();
    const { scratch, client, target } = await makeReal(`cert-authority ${authority.publicKey}`);
    const file = join(scratch.directory, 'authority');
    writeFileSync(file, authority.privateKey, { mode: 0o600 });
    execFileSync('ssh-keygen', ['-q', '-s', file, '-I', 'test', '-n', userInfo().username, `${client.keyFile}.pub`]);
    await openLink(onTestFinished, scratch, target).reports.next(
      /over the ssh program \(a user certificate is used for/,
    );
  });

  test('that is cut off is noticed, and can be gone back to', async () => {
    const { scratch, repo, peer, target } = await makeReal();
    const link = openLink(onTestFinished, scratch, target);
    await link.reports.next(CONNECTED);
    peer.dropConnections();
    expect(await link.ended).toMatchObject({ code: 'dropped' });
    const again = openLink(onTestFinished, scratch, target);
    await again.reports.next(CONNECTED);
    await repo.pushCommit();
    await again.reports.next('moved');
  });
});

function makeScript({ scratch }: World, text: string): string {
  const file = join(scratch.directory, 'stand-in');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

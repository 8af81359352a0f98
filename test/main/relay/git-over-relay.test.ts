import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { relayEnvironment } from '../../../src/main/relay/git-over-relay.ts';
import { parseRemoteUrl } from '../../../src/shared/remote-uri.ts';
import type { SshTarget } from '../../../src/shared/ssh-target.ts';

describe('git is sent to the relay', () => {
  /** What git runs when it fetches from a URL: the stand-in for a relay that serves `served`, or what else. */
  const askedBy = (url: string, served = url, more: Partial<SshTarget> = {}, version = 2): string => {
    const location = parseRemoteUrl(served);
    if (location.kind !== 'ssh') throw new Error(`${served} is not for ssh`);
    const command = { kind: 'shell', command: 'plain() { echo "plain $*" >&2; }; plain', variant: 'ssh' } as const;
    const target = { annexShell: '', uploadPack: 'git-upload-pack', command, ...location, ...more };
    const standIn = ['/bin/sh', '-c', 'echo "relay $*" >&2', 'sh', "a $(id)'s"];
    const env = { PATH: process.env.PATH, ...relayEnvironment(standIn, '/a b;c', target) };
    const config = ['-c', `protocol.version=${version}`];
    const args = [...config, 'ls-remote', `--upload-pack=${target.uploadPack}`, url];
    return spawnSync('git', args, { env, encoding: 'utf8' }).stderr.split('\n')[0] ?? '';
  };
  const RELAYED = "relay a $(id)'s /a b;c";

  test.each([
    'ssh://host/path',
    'ssh://user@host:2222/path',
    'ssh://[::1]:2222/path',
    'ssh://user@[::1]/~/path',
    'ssh://user%40home@host/~other/p%20q',
    'git+ssh://host/path',
    'host:path',
    'user@host:~/path',
    '[host:2222]:path',
    '[::1]:path',
    `host:/it's "a" $(path)\`!\`; & *.git`,
  ])('for %s', (url) => {
    expect(askedBy(url)).toBe(RELAYED);
  });

  test('by protocol v0, too', () => {
    expect(askedBy('host:path', 'host:path', {}, 0)).toBe(RELAYED);
  });

  test('with an upload-pack of its own', () => {
    expect(askedBy('host:path', 'host:path', { uploadPack: 'sudo -u git /opt/git-upload-pack' })).toBe(RELAYED);
  });

  test.each(['ssh', 'plink', 'putty', 'tortoiseplink'] as const)('where ssh is %s', (variant) => {
    const more: Partial<SshTarget> = { command: { kind: 'shell', command: 'false', variant } };
    expect(askedBy('ssh://host:2222/path', 'ssh://host:2222/path', more)).toBe(RELAYED);
    expect(askedBy('ssh://host/path', 'ssh://host/path', more)).toBe(RELAYED);
  });

  test.each([
    ['another host', 'ssh://other/path'],
    ['another user', 'ssh://me@host/path'],
    ['another port', 'ssh://host:23/path'],
    ['another path', 'ssh://host/path/more'],
    ['a path that a pattern would match', 'ssh://host/*'],
  ])('but not for %s, which goes by the plain ssh', (_what, url) => {
    expect(askedBy(url, 'ssh://host/path')).toMatch(
      /^plain -oBatchMode=yes -o SendEnv=GIT_PROTOCOL .*git-upload-pack '/,
    );
    expect(askedBy('ssh://host/path', url)).toMatch(/^plain /);
  });

  test('but not for another program there', () => {
    const { GIT_SSH_COMMAND } = relayEnvironment(['relay'], '/socket', {
      host: 'host',
      path: 'path',
      annexShell: '',
      uploadPack: 'git-upload-pack',
      command: { kind: 'options', program: 'echo', options: ['plain'] },
    });
    const said = execFileSync('sh', ['-c', `${GIT_SSH_COMMAND} "$@"`, 'sh', 'host', "git-receive-pack 'path'"]);
    expect(said.toString()).toBe("plain -oBatchMode=yes host git-receive-pack 'path'\n");
  });
});

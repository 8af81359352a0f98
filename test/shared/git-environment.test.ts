import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { relayEnvironment, unattendedGitEnvironment } from '../../src/shared/git-environment.ts';
import type { SshTarget } from '../../src/shared/remote.ts';
import { parseRemoteUrl } from '../../src/shared/remote-uri.ts';

const sshCommandOf = (command: Parameters<typeof unattendedGitEnvironment>[1]) =>
  unattendedGitEnvironment({ GIT_SSH_COMMAND: 'inherited', GIT_SSH_VARIANT: 'simple' }, command);

describe('the environment of an unattended git', () => {
  test('asks nobody, speaks English, and says who moved a ref', () => {
    const env = unattendedGitEnvironment({
      PATH: '/bin',
      GIT_ASKPASS: '/usr/bin/window',
      LC_ALL: 'de_DE',
      LANGUAGE: 'de',
    });
    expect(env).toEqual({
      PATH: '/bin',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: 'false',
      SSH_ASKPASS: 'false',
      SSH_ASKPASS_REQUIRE: 'never',
      GCM_INTERACTIVE: 'never',
      GIT_PROGRESS_DELAY: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_REFLOG_ACTION: 'remote-daemon',
    });
  });

  test('is free of what another command said of its repository, but keeps config given by the environment', () => {
    const local = execFileSync('git', ['rev-parse', '--local-env-vars'], { encoding: 'utf8' }).trim().split('\n');
    const inherited = Object.fromEntries([...local, 'GIT_QUARANTINE_PATH'].map((name) => [name, 'x']));
    const kept = Object.keys(unattendedGitEnvironment(inherited)).filter((name) => inherited[name] !== undefined);
    expect(kept.sort()).toEqual(['GIT_CONFIG_COUNT', 'GIT_CONFIG_PARAMETERS']);
  });

  test('names the repository where its finder says how', () => {
    const env = unattendedGitEnvironment({ GIT_DIR: '/theirs', UNSET: undefined }, undefined, { GIT_DIR: '/ours' });
    expect(env.GIT_DIR).toBe('/ours');
    expect(env).not.toHaveProperty('UNSET');
  });

  test.each([
    [
      { kind: 'options', program: 'ssh', options: ['-i', "a key's"] },
      `'ssh' '-i' 'a key'\\''s' -oBatchMode=yes`,
      'simple',
    ],
    [{ kind: 'shell', command: 'exec ssh -v', variant: 'ssh' }, 'exec ssh -v -oBatchMode=yes', 'ssh'],
    [{ kind: 'shell', command: 'sshpass -e ssh', variant: 'ssh' }, 'sshpass -e ssh', 'ssh'],
    [{ kind: 'shell', command: 'plink', variant: 'plink' }, 'plink -batch', 'plink'],
    [{ kind: 'shell', command: 'putty', variant: 'putty' }, 'putty -batch', 'putty'],
    [{ kind: 'shell', command: 'tortoise', variant: 'tortoiseplink' }, 'tortoise', 'tortoiseplink'],
    [{ kind: 'shell', command: 'my-ssh', variant: 'simple' }, 'my-ssh', 'simple'],
  ] as const)('keeps ssh from asking: %j', (command, expected, variant) => {
    expect(sshCommandOf(command)).toMatchObject({ GIT_SSH_COMMAND: expected, GIT_SSH_VARIANT: variant });
  });

  test('leaves ssh to git where nothing is known of it', () => {
    expect(sshCommandOf(undefined)).toMatchObject({ GIT_SSH_COMMAND: 'inherited', GIT_SSH_VARIANT: 'simple' });
  });
});

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

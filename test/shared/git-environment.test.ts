import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { unattendedGitEnvironment } from '../../src/shared/git-environment.ts';

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
      GIT_HTTP_MAX_RETRIES: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.interactive',
      GIT_CONFIG_VALUE_0: 'false',
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

  test('lets no credential helper ask, whatever config it is given by the environment, and however often it is made', () => {
    const given = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'credential.interactive', GIT_CONFIG_VALUE_0: 'true' };
    const env = unattendedGitEnvironment(unattendedGitEnvironment({ ...given, PATH: process.env.PATH }));
    expect(env.GIT_CONFIG_COUNT).toBe('2');
    const asked = ['config', '--get-all', 'credential.interactive'];
    expect(execFileSync('git', asked, { env, encoding: 'utf8' })).toBe('true\nfalse\n');
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

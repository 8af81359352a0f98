// Owns: what is made of `ssh -G`, with text as OpenSSH 9.2 prints it, and with the program itself.
// Leaves: what follows for the choice of a connection (choose-connection.test.ts).
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { defaultSettings, readSettings, typedCall } from '../../../../src/workers/ssh/settings/read-settings.ts';
import {
  parseSettings,
  type SettingsContext,
  type SshSettings,
  settingsFrom,
} from '../../../../src/workers/ssh/settings/settings.ts';
import { expandCommand, expandPath } from '../../../../src/workers/ssh/settings/tokens.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const context: SettingsContext = {
  home: '/home/me',
  localUser: 'me',
  directory: '/repo',
  variables: { SSH_AUTH_SOCK: '/agent/usual', OTHER: '/agent/other' },
};
const LEAST = 'host h\nuser git\nhostname Host.example\nport 22\n';
const read = (text: string): SshSettings => settingsFrom(parseSettings(LEAST + text), context);

test('what is not said is as OpenSSH has it, but a link is never without a limit or a keepalive', () => {
  expect(read('')).toEqual({
    hostname: 'Host.example',
    port: 22,
    user: 'git',
    knownAs: { host: 'host.example', port: 22 },
    checkHostIp: false,
    knownHostsFiles: [],
    identityFiles: [],
    identitiesOnly: false,
    agent: '/agent/usual',
    proxy: { kind: 'none' },
    addressFamily: 0,
    bindAddress: undefined,
    connectTimeoutMs: 30_000,
    nextAddressMs: 5_000,
    aliveIntervalMs: 30_000,
    silenceMs: 45_000,
    environment: {},
  });
});

test('variables that SendEnv names are sent, but for those of the language', () => {
  const variables = { FOO_A: '1', FOO_B: '2', LANG: 'C', LC_ALL: 'C', BAR: undefined };
  const raw = parseSettings(`${LEAST}sendenv LANG\nsendenv LC_*\nsendenv FOO_*\nsendenv BAR\nsetenv FOO_B=3\n`);
  expect(settingsFrom(raw, { ...context, variables }).environment).toEqual({ FOO_A: '1', FOO_B: '3' });
});

test('jump hosts may be named by tokens, as ssh expands them', () => {
  expect(read('proxyjump %r@jump.%h:%p,second').proxy).toEqual({
    kind: 'jump',
    hosts: [{ user: 'git', host: 'jump.Host.example', port: 22 }, { host: 'second' }],
  });
  expect(read('proxyjump jump-of-%n').proxy).toEqual({ kind: 'jump', hosts: [{ host: 'jump-of-h' }] });
  expect(() => read('proxyjump %C')).toThrow(/token/);
});

test.each<[string, Partial<SshSettings>]>([
  [
    'identityfile ~/.ssh/a\nidentityfile %d/.ssh/id_%h_%r\nidentityfile none',
    {
      identityFiles: ['/home/me/.ssh/a', '/home/me/.ssh/id_Host.example_git'],
    },
  ],
  ['identityfile /with a space', { identityFiles: ['/with a space'] }],
  ['identityfile keys/mine', { identityFiles: ['/repo/keys/mine'] }],
  ['identitiesonly yes', { identitiesOnly: true }],
  ['identityagent none', { agent: undefined }],
  ['identityagent SSH_AUTH_SOCK', { agent: '/agent/usual' }],
  ['identityagent $OTHER', { agent: '/agent/other' }],
  [`identityagent $${'{OTHER}'}`, { agent: '/agent/other' }],
  ['identityagent /my/agent', { agent: '/my/agent' }],
  ['userknownhostsfile /a /b\nglobalknownhostsfile /c', { knownHostsFiles: ['/a', '/b', '/c'] }],
  ['userknownhostsfile none', { knownHostsFiles: [] }],
  ['hostkeyalias Alias', { knownAs: { host: 'Alias', port: 22 } }],
  ['proxyjump none', { proxy: { kind: 'none' } }],
  [
    'proxyjump me@a:2222,[::1]:22,b',
    {
      proxy: { kind: 'jump', hosts: [{ host: 'a', user: 'me', port: 2222 }, { host: '::1', port: 22 }, { host: 'b' }] },
    },
  ],
  [
    'proxyjump ssh://first.last@corp@a:77',
    {
      proxy: { kind: 'jump', hosts: [{ host: 'a', user: 'first.last@corp', port: 77 }] },
    },
  ],
  ['proxycommand nc %h %p', { proxy: { kind: 'command', command: 'nc %h %p' } }],
  ['addressfamily inet6', { addressFamily: 6 }],
  ['connecttimeout none', { connectTimeoutMs: 30_000 }],
  ['connecttimeout 7', { connectTimeoutMs: 7_000, nextAddressMs: 7_000 }],
  ['serveraliveinterval 0\nserveralivecountmax 0', { aliveIntervalMs: 30_000, silenceMs: 45_000 }],
  ['serveraliveinterval 60\nserveralivecountmax 5', { aliveIntervalMs: 60_000, silenceMs: 360_000 }],
  // More than a timer holds would end the link, or the login, at once.
  ['connecttimeout 2500000', { connectTimeoutMs: 2 ** 31 - 1 }],
  ['serveraliveinterval 30\nserveralivecountmax 99999', { aliveIntervalMs: 30_000, silenceMs: 2 ** 31 - 1 }],
  ['serveraliveinterval 99999999\nserveralivecountmax 1', { aliveIntervalMs: 2 ** 31 - 1, silenceMs: 2 ** 31 - 1 }],
  ['setenv A=b c\nsetenv B=', { environment: { A: 'b c', B: '' } }],
])('%j is understood', (text, settings) => {
  expect(read(text)).toMatchObject(settings);
});

test('a host and a user may be called none', () => {
  const settings = settingsFrom(parseSettings('hostname none\nuser none\nport 22\n'), context);
  expect([settings.hostname, settings.user]).toEqual(['none', 'none']);
});

test('what a person would type can be copied from a message', () => {
  const call = typedCall(
    { program: 'ssh', options: ['-i', 'my key', '-o', 'X=`y`'] },
    { host: 'h', user: 'me', port: 77 },
  );
  expect(call).toBe("ssh -i 'my key' -o 'X=`y`' -p 77 me@h");
});

test.each(['port 0\n', 'port x\n', 'user git\nhostname h\nport 70000\n', 'hostname h\nport 22\n', ''])(
  'settings that cannot be are refused: %j',
  (text) => {
    expect(() => settingsFrom(parseSettings(text), context)).toThrow('bad-ssh-config');
  },
);

const tokens = { d: '/home/me', h: 'h.org', p: '22', r: 'git', u: 'me', directory: '/repo' };

test.each([
  ['~/a', '/home/me/a'],
  ['%d/%u/%r@%h', '/home/me/me/git@h.org'],
  ['/100%%', '/100%'],
  ['~other/a', undefined],
  ['/a_%C', undefined],
  ['/a%', undefined],
  [`$${'{HOME}'}/a`, undefined],
  ['none', undefined],
])('the path %s is %s', (path, expanded) => {
  expect(expandPath(path, tokens)).toBe(expanded);
});

test('a ProxyCommand is expanded only with names that mean nothing to a shell', () => {
  expect(expandCommand("nc '%h' %p # %%", tokens)).toBe("nc 'h.org' 22 # %");
  expect(expandCommand('nc %h %n', tokens)).toBeUndefined();
  expect(expandCommand('nc %h', { ...tokens, h: '$(touch x)' })).toBeUndefined();
  expect(expandCommand('nc %h', { ...tokens, r: '-oX' })).toBeUndefined();
});

test('without an ssh program OpenSSH’s defaults hold, below the home directory', () => {
  const settings = settingsFrom(defaultSettings({ host: 'H.org', port: 2222 }, 'me', '/home/me'), context);
  expect(settings).toMatchObject({
    hostname: 'h.org',
    port: 2222,
    user: 'me',
    identityFiles: ['/home/me/.ssh/id_rsa', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_ed25519'],
    knownHostsFiles: [
      '/home/me/.ssh/known_hosts',
      '/home/me/.ssh/known_hosts2',
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
  });
});

test('a program that is not there is no failure, but its options would be lost', async () => {
  const { directory } = makeScratch(onTestFinished);
  const never = new AbortController().signal;
  const program = { program: 'no-such-ssh', options: [], directory };
  const { raw, hasProgram } = await readSettings(program, { host: 'h', user: 'git' }, never);
  expect([hasProgram, raw.get('user')]).toEqual([false, ['git']]);
  await expect(readSettings({ ...program, options: ['-i', 'key'] }, { host: 'h' }, never)).rejects.toThrow(
    'bad-ssh-config',
  );
});

describe('an ssh program that gives no settings', () => {
  const failureOf = async (script: string | undefined, mode = 0o755) => {
    const { directory } = makeScratch(onTestFinished);
    const program = join(directory, 'ssh');
    if (script !== undefined) writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode });
    const asked = readSettings({ program, options: ['-v'], directory }, { host: 'h' }, new AbortController().signal);
    return asked.catch((error: unknown) => error);
  };

  test.each([
    ['is ended by a signal', 'kill -KILL $$', 'not-now'],
    ['cannot start what it needs now', 'echo "fork: Resource temporarily unavailable" >&2; exit 255', 'not-now'],
    ['cannot read now', 'echo "Can\'t open user config file x: Input/output error" >&2; exit 255', 'not-now'],
    [
      'takes the config for wrong',
      'echo "config: line 1: Bad configuration option: hosst" >&2; exit 255',
      'bad-ssh-config',
    ],
    ['fails without a word', 'exit 1', 'bad-ssh-config'],
    ['is not there', undefined, 'bad-ssh-config'],
  ])('and %s', async (_what, script, code) => {
    expect(await failureOf(script)).toMatchObject({ code });
  });

  test('and may not be run', async () => {
    expect(await failureOf('exit 0', 0o644)).toMatchObject({ code: 'bad-ssh-config' });
  });
});

describe.skipIf(lacksPeers('settings from ssh -G', 'ssh'))('the ssh program is asked', () => {
  async function ask(config: string, options: readonly string[] = [], host = 'alias') {
    const { directory } = makeScratch(onTestFinished);
    const file = join(directory, 'config');
    writeFileSync(file, config);
    const program = { program: 'ssh', options: ['-F', file, ...options], directory };
    const answer = await readSettings(program, { host, user: 'url-user', port: 4444 }, new AbortController().signal);
    return settingsFrom(answer.raw, answer.context);
  }

  test('aliases, tokens and lists come out as ssh means them', async () => {
    const { homedir } = userInfo();
    const settings = await ask(`Host alias
  HostName Real.Example
  IdentityFile ~/.ssh/id_%h
  UserKnownHostsFile ~/known %d/other
  GlobalKnownHostsFile none
  ServerAliveInterval 7
  ProxyJump me@jump:77
`);
    expect(settings).toMatchObject({
      hostname: 'real.example',
      user: 'url-user',
      port: 4444,
      identityFiles: [`${homedir}/.ssh/id_real.example`],
      knownHostsFiles: [`${homedir}/known`, `${homedir}/other`],
      aliveIntervalMs: 7_000,
      proxy: { kind: 'jump', hosts: [{ host: 'jump', user: 'me', port: 77 }] },
    });
  });

  test('options win over what a URL says, as when git calls ssh', async () => {
    expect((await ask('', ['-p', '99'])).port).toBe(99);
    expect((await ask('', [], '::1')).hostname).toBe('::1');
  });

  test('what it complains about is passed on', async () => {
    await expect(ask('NoSuchOption yes\n')).rejects.toThrow(/bad-ssh-config: .*NoSuchOption|nosuchoption/i);
  });
});

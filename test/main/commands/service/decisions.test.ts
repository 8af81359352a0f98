// Owns: what is decided about a service without touching the machine: who starts it, what lasts, what a person is told.
// Leaves: the files (files.test.ts), and services that run (test/end-to-end/service.test.ts).
import { describe, expect, test } from 'vitest';
import { keyAgent, lastingNode } from '../../../../src/main/commands/service/lasting.ts';
import { seen as seenOfLaunchd } from '../../../../src/main/commands/service/launchd.ts';
import { amiss, summary, unknownToIt } from '../../../../src/main/commands/service/service-words.ts';
import { seen } from '../../../../src/main/commands/service/systemd.ts';
import { type Machine, whichManager } from '../../../../src/main/commands/service/which-manager.ts';

const LINUX: Machine = { platform: 'linux', uid: 1000, systemctl: undefined, bootedBySystemd: false };
const REFUSED = { status: 1, stdout: '', stderr: 'Failed to connect to bus: No medium found\n' };

describe('who starts services', () => {
  test.each([
    ['launchd on a Mac', { ...LINUX, platform: 'darwin' }, 'launchd'],
    ['the desktop where there is no systemctl', LINUX, 'autostart'],
    [
      'the desktop where systemd is installed and did not start the machine',
      { ...LINUX, systemctl: REFUSED },
      'autostart',
    ],
    [
      'nobody where systemd started the machine, and no manager of the user answers',
      { ...LINUX, systemctl: REFUSED, bootedBySystemd: true },
      'none',
    ],
  ] as const)('is %s', (_who, machine, kind) => {
    expect(whichManager(machine).kind).toBe(kind);
  });

  test('is systemd where the manager of the user answers, which says what it knows', () => {
    const stdout =
      'Version=252.39-1~deb12u2\nEnvironment=HOME=/home/me "SSH_AUTH_SOCK=/a b" $\'X_Y=\\t\'\nUnitPath=/a/user /b/user\n';
    expect(whichManager({ ...LINUX, systemctl: { status: 0, stdout, stderr: '' } })).toEqual({
      kind: 'systemd',
      version: 252,
      reads: ['/a/user', '/b/user'],
      knows: new Set(['HOME', 'SSH_AUTH_SOCK', 'X_Y']),
    });
  });

  test('is told with what helps where there is nobody', () => {
    const which = whichManager({ ...LINUX, systemctl: REFUSED, bootedBySystemd: true });
    expect(which).toMatchObject({
      why: expect.stringContaining('(Failed to connect to bus: No medium found): log in'),
    });
  });
});

const HOMES = { home: '/home/me', runtime: '/run/user/1000' };

describe('the socket of an agent', () => {
  test.each([
    ['/run/user/1000/keyring/ssh', 'lasting'],
    ['/run/user/1000/gcr/ssh', 'lasting'],
    ['/run/user/1000/ssh-agent.socket', 'lasting'],
    ['/run/user/1000/openssh_agent', 'lasting'],
    ['/run/user/1000/gnupg/S.gpg-agent.ssh', 'lasting'],
    ['/home/me/.1password/agent.sock', 'lasting'],
    ['/home/me/.bitwarden-ssh-agent.sock', 'lasting'],
    ['/tmp/ssh-XXXXabcdef12/agent.4711', 'passing'],
    ['/run/user/1000/vscode-ssh-auth-sock-12345', 'passing'],
    ['/run/user/1000/ssh-agent.4711.sock', 'passing'],
    ['/home/me/.ssh/agent/s.AbCdEf.agent.XyZ', 'passing'],
    ['/private/tmp/com.apple.launchd.abc/Listeners', 'passing'],
    ['/run/user/1001/keyring/ssh', 'passing'],
    ['', 'none'],
    [undefined, 'none'],
  ])('%s is %s', (socket, kind) => {
    expect(keyAgent(socket, HOMES).kind).toBe(kind);
  });
});

describe('the node of a service', () => {
  test.each([
    ['by the name that an upgrade keeps', '/opt/brew/bin/node', '/opt/brew/bin/node'],
    ['by its own where PATH leads to another', '/usr/bin/node', '/cellar/22/bin/node', '/usr/bin/node'],
    ['by its own where PATH has it only for one shell', '/run/user/1000/fnm/1_2/bin/node', '/cellar/22/bin/node'],
  ])('is named %s', (_what, at, expected, real = '/cellar/22/bin/node') => {
    expect(lastingNode('/cellar/22/bin/node', [{ at, real }], HOMES)).toBe(expected);
  });
});

describe('how a service does', () => {
  test.each([
    ['ActiveState=active\nUnitFileState=enabled\nMainPID=12\n', 'U: started at login, running (pid 12)'],
    [
      'ActiveState=activating\nUnitFileState=enabled\nResult=exit-code\nExecMainStatus=128\n',
      'U: started at login, waiting (it is started again after exit-code, exit status 128)',
    ],
    [
      'ActiveState=failed\nUnitFileState=enabled\nResult=signal\nExecMainStatus=9\n',
      'U: started at login, failed (signal 9)',
    ],
    ['ActiveState=inactive\nUnitFileState=disabled\nConditionResult=no\n', 'U: not started at login, not running'],
    ['', 'U: not started at login, not running'],
  ])('is read from what systemctl shows: %j', (shown, line) => {
    expect(summary({ title: 'U' }, seen(shown))).toBe(line);
  });

  test.each([
    ['x = {\n\tstate = running\n\tpid = 77\n}', { enabled: true, runs: 'running', pid: 77 }],
    ['x = {\n\tlast exit code = 1\n}', { enabled: true, runs: 'waiting', why: 'exit status 1' }],
    ['x = {\n\tlast exit code = (never exited)\n}', { enabled: true, runs: 'stopped' }],
    [undefined, { enabled: false, runs: 'stopped' }],
  ])('is read from what launchctl prints: %j', (printed, expected) => {
    expect(seenOfLaunchd(printed)).toEqual(expected);
  });
});

describe('a person is told', () => {
  const facts = { node: '/old/node', program: '/old/cli.js', path: '/bin', agent: '/agent' };

  test('that what the file names is gone, and what helps', () => {
    const told = amiss({ facts, isChanged: true, exists: () => false, program: '/new/cli.js' });
    expect(told.map((each) => each.replace(/:.*/, ''))).toEqual([
      'The node it names is gone (/old/node)',
      'The program it names is gone (/old/cli.js)',
      "The agent's socket it names is not there",
      'Its file is not as this version writes it; to write it anew',
    ]);
  });

  test('nothing where all is well, and that it runs another copy where it does', () => {
    expect(amiss({ facts, isChanged: false, exists: () => true, program: '/old/cli.js' })).toEqual([]);
    expect(amiss({ facts, isChanged: false, exists: () => true, program: '/new/cli.js' })).toEqual([
      'It runs another copy of this program: /old/cli.js',
    ]);
  });

  test('what this shell has and the service has not', () => {
    const env = { GIT_SSH_COMMAND: 'ssh -x', https_proxy: 'http://user:secret@proxy', GNUPGHOME: '/g' };
    const agent = { kind: 'passing', socket: '/tmp/ssh-abcdefghij/agent.1' } as const;
    const told = unknownToIt(
      { knows: new Set(['GNUPGHOME']), variablesGo: 'set them' },
      { agent, env, secrets: '/s.ini' },
    );
    expect(told).toEqual([
      expect.stringMatching(/^The ssh agent of this session \(\/tmp\/ssh-abcdefghij\/agent\.1\) ends with it/),
      'Set here, but not for the service: GIT_SSH_COMMAND, https_proxy; where it matters, set them',
    ]);
    expect(unknownToIt({ knows: new Set(['SSH_AUTH_SOCK']) }, { agent, env, secrets: '/s.ini' })).toEqual([]);
  });
});

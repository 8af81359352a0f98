// Owns: what the complaints of servers and of the ssh program mean, as tables of real ones.
// Leaves: making them complain (notify-changes.test.ts, openssh-connection.test.ts).
import { describe, expect, test } from 'vitest';
import { opensshFailure } from '../../../../src/workers/ssh/connection/openssh-failures.ts';
import { notifyFailure } from '../../../../src/workers/ssh/watch/notify-failures.ts';
import type { ChannelExit } from '../../../../src/workers/upload-pack/channel.ts';

const ASKED = { shell: 'git-annex-shell', host: 'h' };
const exited = (status: number): ChannelExit => ({ kind: 'status', status });

describe('notifychanges that never was READY', () => {
  test.each([
    [127, 'bash: line 1: git-annex-shell: command not found', 'shell-missing'],
    [127, 'sh: 1: git-annex-shell: not found', 'shell-missing'],
    [1, 'zsh:1: command not found: git-annex-shell', 'shell-missing'],
    [126, 'sh: git-annex-shell: Permission denied', 'shell-missing'],
    [127, 'bash: Zeile 1: git-annex-shell: Kommando nicht gefunden.', 'shell-missing'],
    [128, "fatal: unrecognized command 'git-annex-shell 'notifychanges' '/x''", 'shell-missing'],
    [
      1,
      "Invalid command: 'git-annex-shell 'notifychanges' '/x''\n  You appear to be using ssh to clone",
      'shell-missing',
    ],
    [1, "Hi me! You've successfully authenticated, but GitHub does not provide shell access.", 'shell-missing'],
    [1, "FATAL: unknown git/gitolite command: \"git-annex-shell 'notifychanges' '/x'\"", 'shell-missing'],
    [1, 'This account is currently not available.', 'shell-missing'],
    [1, '', 'shell-missing'],
    [0, '', 'shell-missing'],
    [1, "fatal: unrecognized command 'notifychanges '/x''\ngit-annex-shell: git-shell failed", 'no-notifychanges'],
    [1, 'fatal: Run with no arguments or with -c cmd\ngit-annex-shell: git-shell failed', 'no-notifychanges'],
    [1, 'git-annex-shell: bad parameters\n\nUsage: git-annex-shell [-c] command', 'no-notifychanges'],
    [1, 'git-annex-shell: Not a git-annex or gcrypt repository.', 'shell-missing'],
    [1, 'git-annex-shell: Only allowed to access /a not /b', 'no-notifychanges'],
    [1, 'git-annex-shell: failed to read git config of git repository in h on /x; perhaps', 'no-repository'],
    [1, 'fork: Resource temporarily unavailable', 'remote-error'],
    [1, 'git-annex-shell: something unheard of', 'remote-error'],
  ])('exit status %i with %j is %s', (status, stderr, code) => {
    expect(notifyFailure(exited(status), stderr, ASKED).code).toBe(code);
  });

  test('is told in the server’s own words, without their control characters', () => {
    const { detail } = notifyFailure(exited(127), '\n\u001b[31msh: git-annex-shell: not found\u0007\n', ASKED);
    expect(detail).toBe('the server says: "[31msh: git-annex-shell: not found"');
    expect(notifyFailure(exited(127), '', ASKED).detail).toBe('git-annex-shell: command not found');
  });

  test.each([
    [
      "fatal: unrecognized command 'notifychanges '/x''\ngit-annex-shell: git-shell failed",
      'the git-annex-shell on h is too old to tell of changes; upgrade git-annex there',
    ],
    [
      'git-annex-shell: bad parameters\n\nUsage: git-annex-shell [-c] command',
      'the git-annex-shell on h is too old to tell of changes; upgrade git-annex there',
    ],
    [
      'git-annex-shell: Not a git-annex or gcrypt repository.\nfatal: Run with no arguments\ngit-annex-shell: git-shell failed',
      "git-annex-shell on h tells of changes only where 'git annex init' was run",
    ],
    [
      'git-annex-shell: Only allowed to access /a not /b',
      'the server says: "git-annex-shell: Only allowed to access /a not /b"',
    ],
  ])('with %j is told with what helps', (stderr, detail) => {
    expect(notifyFailure(exited(1), stderr, ASKED)).toMatchObject({ detail });
  });

  test('is told without control characters, whatever shell and host are called', () => {
    const asked = { shell: 'a\u001b[31mshell', host: 'h\u0007' };
    for (const [status, stderr] of [
      [1, "fatal: unrecognized command 'notifychanges '/x''"],
      [127, ''],
      [1, ''],
    ] as const) {
      expect(notifyFailure(exited(status), stderr, asked).detail).not.toMatch(/\p{Cc}/u);
    }
  });
});

const CALLED = { host: 'h', call: 'ssh -p 7 h', remote: 'origin' };

describe('the ssh program that failed', () => {
  test.each([
    ['git@h: Permission denied (publickey).', 'auth-refused'],
    [
      'No ED25519 host key is known for h and you have requested strict checking.\nHost key verification failed.',
      'host-key-unknown',
    ],
    ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'host-key-changed'],
    ['ssh: connect to host h port 22: Connection refused', 'unreachable'],
    ['fork: Resource temporarily unavailable', 'not-now'],
    ['load_hostkeys: /home/u/.ssh/known_hosts: Input/output error\nHost key verification failed.', 'not-now'],
    ['ssh: Could not resolve hostname h: Name or service not known', 'unreachable'],
    ['ssh: connect to host h port 22: Connection timed out', 'timed-out'],
    ['/c: line 1: Bad configuration option: x\n/c: terminating, 1 bad configuration options', 'bad-ssh-config'],
    ['kex_exchange_identification: Connection closed by remote host', 'dropped'],
    ['kex_exchange_identification: banner line contains invalid characters', 'dropped'],
    ['hostname contains invalid characters', 'bad-ssh-config'],
    [
      'Received disconnect from 127.0.0.1 port 7:2: Too many authentication failures\nDisconnected from h',
      'maybe-refused',
    ],
    ['Received disconnect from 127.0.0.1 port 7:2: x\ngit@h: Permission denied (publickey).', 'dropped'],
    ['Received disconnect from 127.0.0.1 port 7:2: x\nHost key verification failed.', 'dropped'],
    [
      'Unable to negotiate with h port 7: no matching key exchange method found. Their offer: x\nBad owner or permissions on /x',
      'dropped',
    ],
    ['channel 0: open failed: connect failed: x\ng@h: Permission denied (publickey).', 'dropped'],
    [
      'FATAL ERROR: Remote side sent disconnect message\ntype 14: "No supported authentication methods"',
      'maybe-refused',
    ],
    ['FATAL ERROR: No supported authentication methods available (server sent: publickey)', 'auth-refused'],
    ['Host key verification failed.\nReceived disconnect from h port 7:2: x', 'host-key-unknown'],
    ['', 'dropped'],
  ])('with %j is %s', (stderr, code) => {
    expect(opensshFailure({ kind: 'lost' }, stderr, CALLED)?.code).toBe(code);
  });

  test.each([
    [
      'git@h: Permission denied (publickey).',
      "git@h: Permission denied (publickey); make 'git fetch origin' work without a question, then 'git remote-daemon resume'",
    ],
    [
      'Host key verification failed.',
      "its host key is not known; connect once with `ssh -p 7 h`, then 'git remote-daemon resume'",
    ],
    [
      'REMOTE HOST IDENTIFICATION HAS CHANGED!',
      "its host key has changed or is revoked; see `ssh -p 7 h`, correct known_hosts, then 'git remote-daemon resume'",
    ],
    ['ssh: connect to host h port 7: Connection refused', 'ssh: connect to host h port 7: Connection refused'],
  ])('with %j is told with what to do, if anything is', (stderr, told) => {
    expect(opensshFailure({ kind: 'lost' }, stderr, CALLED)?.detail).toBe(`ssh to h: ${told}`);
  });

  test('is no failure of its own where it is the command that ended', () => {
    expect(opensshFailure(exited(1), 'Permission denied', CALLED)).toBeUndefined();
  });
});

// Owns: what is asked of a server, and the names that ssh is never given.
// Leaves: quoting (test/shared/shell-word.test.ts), the servers that take it (notify-changes.test.ts, relay.test.ts).
import { describe, expect, test } from 'vitest';
import type { SshTarget } from '../../../../src/shared/ssh-target.ts';
import {
  notifyChangesCommand,
  refuseUnsafeTarget,
  uploadPackCommand,
} from '../../../../src/workers/ssh/settings/quote.ts';

const target = (more: Partial<SshTarget>): SshTarget => ({
  host: 'example.org',
  path: '/dir',
  command: { kind: 'options', program: 'ssh', options: [] },
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
  ...more,
});

test('the request is spelled exactly as gitolite wants it', () => {
  expect(notifyChangesCommand(target({}))).toBe("git-annex-shell 'notifychanges' '/dir'");
});

test.each([
  ['/dir', '/dir'],
  ['~/dir', '/~/dir'],
  ['~user/dir', '/~user/dir'],
  ['dir', '/~/dir'],
  ['/~/dir', '/~/dir'],
])('git-annex-shell is given %s as %s', (path, spelled) => {
  expect(notifyChangesCommand(target({ path }))).toBe(`git-annex-shell 'notifychanges' '${spelled}'`);
});

test.each(['/dir', '~/dir', '~user/dir', 'dir'])('upload-pack is given %s as it is, as git does', (path) => {
  expect(uploadPackCommand(target({ path }))).toBe(`git-upload-pack '${path}'`);
});

test('a shell of the user with options is left as it is, a name that a shell would read is quoted', () => {
  expect(notifyChangesCommand(target({ annexShell: '~/bin/git-annex-shell' }))).toMatch(/^~\/bin\/git-annex-shell '/);
  expect(notifyChangesCommand(target({ annexShell: 'x; rm -rf /' }))).toMatch(/^'x; rm -rf \/' '/);
});

test('an uploadpack that is a piece of script has no relay', () => {
  expect(uploadPackCommand(target({ uploadPack: 'PATH=$HOME/bin git-upload-pack' }))).toBeUndefined();
  expect(uploadPackCommand(target({ uploadPack: 'sudo -u git git-upload-pack' }))).toContain("git-upload-pack '/dir'");
});

describe('refused before any program sees it', () => {
  test.each(['-oProxyCommand=touch x', '', 'a b', 'a;b', 'a\nb', '$(x)', '`x`', "a'b", 'a\u0007'])(
    'the host %j',
    (host) => {
      expect(() => refuseUnsafeTarget(target({ host }))).toThrow('bad-ssh-config');
    },
  );

  test.each(['-l', '', 'a b', 'a;b', '$x', 'a|b'])('the user %j', (user) => {
    expect(() => refuseUnsafeTarget(target({ user }))).toThrow('bad-ssh-config');
  });

  test('but not what is usual', () => {
    for (const host of ['example.org', '10.0.0.1', '::1', 'fe80::1%eth0', 'my_alias', 'bücher.example']) {
      expect(() => refuseUnsafeTarget(target({ host, user: 'first.last@corp' }))).not.toThrow();
    }
  });
});

// Owns: that a remote is left alone exactly where git may not speak its protocol, by git's own word.
// Leaves: the other reasons for which one is not watched (remotes.test.ts).
import { execFile } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { whyNotAllowed } from '../../../src/main/config/protocols.ts';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import type { Environment } from '../../../src/shared/git-environment.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { configOf } from './read-config.ts';

/** Nothing that is reached: whether git allows it is said before. */
const URLS = {
  ext: 'ext::false',
  file: '/nowhere',
  foo: 'foo::x',
  HTTPS: 'HTTPS://127.0.0.1:1/x',
  git: 'git://127.0.0.1:1/x',
};

const CASES: readonly (readonly [readonly string[], Environment])[] = [
  [[], {}],
  [[], { GIT_PROTOCOL_FROM_USER: '0' }],
  [['protocol.allow=never'], {}],
  [['protocol.allow=User', 'protocol.ext.allow=ALWAYS'], { GIT_PROTOCOL_FROM_USER: 'no' }],
  [['protocol.file.allow=never', 'protocol.file.allow=always', 'protocol.https.allow=never'], {}],
  [['protocol.HTTPS.allow=never', 'protocol.allow=always'], { GIT_PROTOCOL_FROM_USER: 'off' }],
  [['protocol.git.allow=sometimes', 'protocol.foo.allow=user'], {}],
  [['protocol.allow=never'], { GIT_ALLOW_PROTOCOL: 'file:ext' }],
  [['protocol.git.allow=never'], { GIT_ALLOW_PROTOCOL: 'git' }],
  [[], { GIT_ALLOW_PROTOCOL: '' }],
];

test.each(CASES)('with %j and %j a protocol is spoken where git speaks it', async (entries, env) => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'r');
  const given = entries.flatMap((entry) => ['-c', entry]);
  // Tests use paths; here only what the case says is to count.
  const home = { ...scratch.env, GIT_CONFIG_GLOBAL: '/dev/null', ...env };
  const asked = Object.entries(URLS).map(async ([protocol, url]) => {
    const said = await new Promise<string>((resolve) => {
      execFile('git', [...given, 'ls-remote', url], { cwd: repo.directory, env: home }, (_failure, _out, err) =>
        resolve(err),
      );
    });
    return [protocol, /transport '.*' not allowed|unknown value for config/.test(said)] as const;
  });
  const config = configOf(...entries);
  const ours = Object.keys(URLS).map((protocol) => [protocol, whyNotAllowed(protocol, config, env) !== undefined]);
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(await Promise.all(asked)));
});

describe('a remote is skipped', () => {
  const skipped = (url: string, ...entries: readonly string[]) =>
    readRemotes(configOf(`remote.o.url=${url}`, 'remote.o.fetch=+refs/heads/*:refs/remotes/o/*', ...entries), {
      bare: false,
      env: {},
      pollMs: 60_000,
      fetchMode: 'fetch',
    }).skipped.map(({ why }) => why);

  test.each([
    ['ext::sh -c true', [], 'ext'],
    ['ssh://host/x', ['protocol.ssh.allow=never'], 'ssh'],
    ['git+ssh://host/x', ['protocol.ssh.allow=never'], 'ssh'],
    ['host:x', ['protocol.allow=never'], 'ssh'],
    ['/srv/x', ['protocol.file.allow=never'], 'file'],
    ['file:///srv/x', ['protocol.file.allow=never'], 'file'],
    ['https://host/x', ['protocol.https.allow=never'], 'https'],
    ['https://host/x', ['protocol.file.allow=never', 'url./srv/.insteadOf=https://host/'], 'file'],
    ['gcrypt::host:x', ['protocol.gcrypt.allow=never'], 'gcrypt'],
    ['gcrypt::host:x', ['protocol.ssh.allow=never', 'remote.o.annex-gcrypt=shell'], 'ssh'],
    ['/srv/x', ['remote.o.vcs=bzr', 'protocol.bzr.allow=never'], 'bzr'],
    ['/srv/x', ['protocol.file.allow=never', 'remote.o.remotedaemonNotifyCommand=true'], 'file'],
  ] as const)('%s with %j', (url, entries, protocol) => {
    expect(skipped(url, ...entries)).toEqual([
      expect.stringContaining(`git may not use the protocol "${protocol}" here: `),
    ]);
  });

  test('and no other is', () => {
    expect(skipped('/srv/x', 'protocol.https.allow=never', 'protocol.allow=user')).toEqual([]);
    expect(skipped('ext::true', 'protocol.ext.allow=always')).toEqual([]);
  });
});

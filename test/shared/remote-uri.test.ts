import { describe, expect, onTestFinished, test } from 'vitest';
import { isLoopbackHost, parseRemoteUrl, remoteUri } from '../../src/shared/remote-uri.ts';
import { makeRepo, makeScratch } from '../support/temp-repo.ts';

describe('what a URL means', () => {
  test.each([
    ['host:path', { kind: 'ssh', host: 'host', path: 'path' }],
    ['me@host:/srv/x.git', { kind: 'ssh', host: 'host', user: 'me', path: '/srv/x.git' }],
    ['[::1]:path', { kind: 'ssh', host: '::1', path: 'path' }],
    ['me@[::1]:~/d', { kind: 'ssh', host: '::1', user: 'me', path: '~/d' }],
    ['ssh://host:2222/~u/d', { kind: 'ssh', host: 'host', port: 2222, path: '~u/d' }],
    ['ssh://a%40b@host/x%20y', { kind: 'ssh', host: 'host', user: 'a@b', path: '/x y' }],
    ['host:a%20b', { kind: 'ssh', host: 'host', path: 'a%20b' }],
    ['git+ssh://host/d', { kind: 'ssh', host: 'host', path: '/d' }],
    ['ssh+git://host/d', { kind: 'ssh', host: 'host', path: '/d' }],
    ['/srv/x.git', { kind: 'local', path: '/srv/x.git' }],
    ['../x', { kind: 'local', path: '../x' }],
    ['./a:b', { kind: 'local', path: './a:b' }],
    ['/a:b', { kind: 'local', path: '/a:b' }],
    ['file:///srv/a%20b', { kind: 'local', path: '/srv/a b' }],
    ['file://host/srv', { kind: 'local', path: '/srv' }],
    ['https://me:pw@example.org:8443/x?y', { kind: 'other', scheme: 'https', host: 'example.org' }],
    ['http://[::1]:80/', { kind: 'other', scheme: 'http', host: '[::1]' }],
    ['git://host:9418/x', { kind: 'other', scheme: 'git', host: 'host' }],
    ['gcrypt::host:x', { kind: 'helper', helper: 'gcrypt', address: 'host:x' }],
    ['ext::ssh -p 1 %S', { kind: 'helper', helper: 'ext', address: 'ssh -p 1 %S' }],
    ['ssh://host/%ff', { kind: 'other', scheme: 'ssh', host: '' }],
  ])('%s', (url, location) => {
    expect(parseRemoteUrl(url)).toEqual(location);
  });

  test.each([
    ['-oProxyCommand=x:path', /host begins with "-"/],
    ['ssh://-oProxyCommand=x/path', /host begins with "-"/],
    ['ssh://%2doProxyCommand=x/path', /host begins with "-"/],
    ['me@-host:path', /host begins with "-"/],
    ['-me@host:path', /user begins with "-"/],
    ['[-oX]:path', /host begins with "-"/],
    ['host:-path', /path begins with "-"/],
    ['-path', /path begins with "-"/],
    ['a b:path', /white space/],
    ['ssh://a%0ab/path', /white space/],
    ['ssh://host', /no path/],
    ['ssh:///path', /no host/],
    [':path', /no host/],
    ['@host:path', /no user/],
    ['ssh://host:99999/path', /not a port/],
    ['ssh://host:0/path', /not a port/],
    ['ssh://host:x/path', /not a port/],
    ['/a/b://c', /protocol/],
    ['', /empty/],
  ])('%j is refused', (url, why) => {
    expect(parseRemoteUrl(url)).toEqual({ kind: 'bad', why: expect.stringMatching(why) });
  });

  test('git reads ssh and local URLs the same way', async () => {
    const repo = await makeRepo(makeScratch(onTestFinished), 'r');
    for (const url of AS_GIT_READS) {
      const said = await repo.git('fetch-pack', '--diag-url', url);
      const field = (name: string): string => new RegExp(`^Diag: ${name}=(.*)$`, 'm').exec(said)?.[1] ?? '';
      const port = Number(field('port'));
      const expected =
        field('protocol') === 'ssh'
          ? { login: field('userandhost'), port: port > 0 ? port : undefined, path: field('path') }
          : { path: field('path') };
      expect([url, asGitTells(url)]).toEqual([url, expected]);
    }
  });
});

/** Each with one meaning that is not in the table above, some of them odd. */
const AS_GIT_READS = [
  ...['[host:22]:p', 'u@[h:22]:p', '[u@h:22]:p', '[h]:p', 'user@host:22:p', '[::1]:2:p', '[1::22]:p', 'host:/~u/d'],
  ...['h:', 'h:~', 'h:a~b', 'h:~a~b', 'ssh://h/a~b', 'ssh://h/~', 'ssh://h//~x', 'ssh://h/a/~x', 'h:/p?q#x'],
  ...['ssh://host:/x', 'ssh://[::1]:22/x', 'ssh://u@[::1]/x', 'ssh://h%3a22/x', 'ssh://h%2fx/y', 'ssh://h/a%2fb'],
  ...[
    'ssh://h/%00a',
    'ssh://h/p%',
    'ssh://h/p%zz',
    'ssh://h/%25%32',
    'ssh://u@h:+22/p',
    'ssh://::1/p',
    'ssh://[h:2]/p',
  ],
  ...['ssh://[::1]x/p', 'ssh://us:er@h/p', 'ssh://u@v@h/x', 'ssh:/x', 'ssh:x', 'file:/x', 'h:"q"', '[::1:x'],
  ...['/x', 'x', 'x y', './h:p', 'a/b:c', '~/x', 'file:///a%20b', 'file:///a%3fb?c', 'file://host/a'],
];

function asGitTells(url: string) {
  const location = parseRemoteUrl(url);
  if (location.kind === 'local') return { path: location.path };
  if (location.kind !== 'ssh') return location;
  const login = location.user === undefined ? location.host : `${location.user}@${location.host}`;
  return { login, port: location.port, path: location.path };
}

describe('the spelling that the git-annex assistant looks for', () => {
  // Seen from `git-annex remotedaemon` 10.20230126, except for the IPv6 ones in scp style, which it cannot read.
  test.each([
    ['host:/d', 'ssh://host/d'],
    ['host:d', 'ssh://host/~/d'],
    ['host:~u/d', 'ssh://host/~u/d'],
    ['host:', 'ssh://host/~/'],
    ['host:~', 'ssh://host/~'],
    ['u@h:a b', 'ssh://u@h/~/a%20b'],
    ['[::1]:d', 'ssh://[::1]/~/d'],
    ['u@[::1]:/d', 'ssh://u@[::1]/d'],
    ['ssh://[::1]/e', 'ssh://[::1]/e'],
    ['ssh://u@[::1]:22/f', 'ssh://u@[::1]:22/f'],
    ['ssh://u@h:22/~/d', 'ssh://u@h:22/~/d'],
    ['ssh://h', 'ssh://h'],
    ['ssh://h/a%20c', 'ssh://h/a%20c'],
    ['h:a%20b', 'ssh://h/~/a%20b'],
    ['h:a%b', 'ssh://h/~/a%25b'],
    ['ssh://h/a%zz', 'ssh://h/a%25zz'],
    ['ssh://h/a b%20c', 'ssh://h/a%20b%2520c'],
    ['h:a?b#c', 'ssh://h/~/a?b#c'],
    ['ssh://h/ü', 'ssh://h/%C3%BC'],
    ['h:ü"<x>', 'ssh://h/~/%C3%BC%22%3Cx%3E'],
    ['https://h/a b', 'https://h/a%20b'],
    ['/srv/ü%20x', '/srv/ü%20x'],
    ['/srv/my repo\t', '/srv/my%20repo%09'],
    ['./a:b', './a:b'],
  ])('%s is %s', (url, uri) => {
    expect(remoteUri(url)).toBe(uri);
  });

  test('is one word, whatever the URL', () => {
    for (const url of ['h:a\u00a0b', '/a\u2003b', 'x y', 'ext::ssh x %S', 'file:///a b', '/a\u0085b', 'a b:c']) {
      expect(remoteUri(url)).toMatch(/^[^\s\p{Cc}]+$/u);
    }
  });
});

test('only names of this machine are loopback hosts', () => {
  for (const host of ['localhost', 'LOCALHOST', 'localhost.', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) {
    expect([host, isLoopbackHost(host)]).toEqual([host, true]);
  }
  for (const host of ['', 'localhost.example.org', '127.0.0.1.example.org', '128.0.0.1', '::2', 'mylocalhost']) {
    expect([host, isLoopbackHost(host)]).toEqual([host, false]);
  }
});

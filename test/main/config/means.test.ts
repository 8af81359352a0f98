import { describe, expect, test } from 'vitest';
import { readMeans } from '../../../src/main/config/means.ts';
import { configOf } from './read-config.ts';

const HOME = '/home/u';
const isMeant = (entry: string): boolean => readMeans(configOf(entry), HOME).keys.length > 0;

describe('what may mend what failed', () => {
  test.each([
    'credential.helper=cache',
    'credential.https://example.org.username=u',
    'http.proxy=http://p:1',
    'http.https://example.org/.sslVerify=false',
    'http.extraHeader=A: b',
    'safe.directory=/srv/x.git',
    'protocol.ext.allow=always',
    'transfer.fsckObjects=false',
    'fetch.fsck.zeroPaddedFilemode=ignore',
    'core.hooksPath=/dev/null',
    'core.sshCommand=ssh -4',
    'core.gitProxy=p',
    'ssh.variant=plink',
    'url.ssh://h/.insteadOf=h:',
    'remote.origin.proxy=http://p:1',
    'hook.x.command=true',
  ])('%s', (entry) => expect(isMeant(entry)).toBe(true));

  test.each([
    'branch.main.merge=refs/heads/main',
    'user.name=me',
    'core.editor=vi',
    'alias.x=log',
    'remote.origin.annex-ignore=true',
    'remote.origin.url=/x',
    'remotedaemon.pollInterval=10',
    'gui.geometry=1',
  ])('not %s', (entry) => expect(isMeant(entry)).toBe(false));
});

test('the files that it names are those that logins rest on', () => {
  const { files } = readMeans(
    configOf(
      'credential.helper=store --file=~/creds',
      "credential.https://h.helper=store --file '/srv/other creds'",
      'credential.helper=cache --socket /run/s --timeout 9',
      'credential.helper=!f() { cat "$HOME/x"; }; f',
      'http.cookieFile=~/.cookies',
      'http.https://h/.sslCert=/etc/cert.pem',
      'http.sslKey=relative.pem',
    ),
    HOME,
  );
  expect([...files].sort()).toEqual([
    '/etc/cert.pem',
    '/home/u/.cookies',
    '/home/u/creds',
    '/run/s',
    '/srv/other creds',
  ]);
});

test('what is another is seen, also where it is one value of several', () => {
  const keys = (...entries: string[]) => readMeans(configOf(...entries), HOME).keys;
  expect(keys('credential.helper=a', 'user.name=x')).toEqual(keys('credential.helper=a', 'user.name=y'));
  expect(keys('credential.helper=a', 'credential.helper=b')).not.toEqual(keys('credential.helper=b'));
});

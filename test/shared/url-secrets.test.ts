import { expect, test } from 'vitest';
import { withoutUrlSecrets } from '../../src/shared/url-secrets.ts';

const TOKEN = '0123456789abcdef'.repeat(8);

test.each([
  ['https://me:secret@host/x', 'https://***@host/x'],
  ['https://secret@host/x', 'https://***@host/x'],
  ['https://secret:@host/x', 'https://***@host/x'],
  ['https://secret:x-oauth-basic@host/x', 'https://***@host/x'],
  ['HTTPS://secret@host/x', 'HTTPS://***@host/x'],
  ['http://:secret@host/x', 'http://***@host/x'],
  ['https://me:se:cr@et@host/x', 'https://***@host/x'],
  ['https://me:se/cr@host/x', 'https://***@host/x'],
  ['https://me:123/secret@host:8443/x', 'https://***@host:8443/x'],
  ['https://me:a secret@host/x', 'https://***@host/x'],
  ['https://me:a b/c secret@host/x and more', 'https://***@host/x and more'],
  ["https://me:'secret'@host/x", 'https://***@host/x'],
  ['https://me:secret@[::bad/x', 'https://***@[::bad/x'],
  [`https://me:${'p'.repeat(1_200)}/secret@host/x`, 'https://***@host/x'],
  [`${'a'.repeat(40)}://me:secret@host/x`, `${'a'.repeat(40)}://***@host/x`],
  ['https://host/x?private_token=secret', 'https://host/x?***'],
  ['https://host/x?access_token=secret&a=b#c', 'https://host/x?***'],
  ["unable to access 'https://host/x?token=secret/': The", "unable to access 'https://host/x?***': The"],
  ['https://host/x#secret', 'https://host/x#***'],
  ['https://host/mail?to=a:b@c', 'https://host/mail?***'],
  ['ftp://me:secret@host/x', 'ftp://***@host/x'],
  ['s3://KEY:secret@bucket/x', 's3://***@bucket/x'],
  ['ssh://git@host/x', 'ssh://git@host/x'],
  ['ssh://git:secret@host/x', 'ssh://git:***@host/x'],
  ['git+ssh://git@host/x?y', 'git+ssh://git@host/x?y'],
  ['from https://a:b@h/x to https://c@h/y', 'from https://***@h/x to https://***@h/y'],
  ['https://a:b@h/ https://me:secret@h/x', 'https://***@h/ https://***@h/x'],
  ["unable to access 'https://u:p@h/': x", "unable to access 'https://***@h/': x"],
  ['gcrypt::https://u:p@h/x', 'gcrypt::https://***@h/x'],
  ['https://host/a@b', 'https://host/a@b'],
  ['https://host:8443/@scope/x', 'https://host:8443/@scope/x'],
  ['https://[::1]:8443/a@b', 'https://[::1]:8443/a@b'],
  ['cannot reach https://host:8443: ask me@example.org', 'cannot reach https://host:8443: ask me@example.org'],
  ['git@host:path', 'git@host:path'],
  [`tor-annex::x.onion:42:${TOKEN}`, 'tor-annex::x.onion:42:***'],
  ['tor-annex::x.onion:42:0aF', 'tor-annex::x.onion:42:***'],
  ['tor-annex::x.onion:42: nobody is there', 'tor-annex::x.onion:42: nobody is there'],
  [`p2p-annex::net:here:${TOKEN}`, 'p2p-annex::net:here:***'],
  [`'p2p-annex::net:here:${TOKEN.slice(5)}': what`, "'p2p-annex::net:here:***': what"],
  [`p2p-annex::net:a:b:${TOKEN.toUpperCase()}`, 'p2p-annex::net:a:b:***'],
  [`p2p-annex::net:${'k'.repeat(64)}`, `p2p-annex::net:${'k'.repeat(64)}`],
  [`p2p-annex::net:${'t'.repeat(140)}`, `p2p-annex::net:${'t'.repeat(140)}`],
  [`it says AUTH-FAILURE to ${TOKEN}.`, 'it says AUTH-FAILURE to ***.'],
  [`refs/heads/x${TOKEN}y_`, 'refs/heads/***_'],
  [`${'ab'.repeat(32)} refs/heads/x`, `${'ab'.repeat(32)} refs/heads/x`],
  ['a://', 'a://'],
  ['://x:y@z', '://x:y@z'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutUrlSecrets(text)).toBe(shown);
  // What is shown has nothing more to hide.
  expect(withoutUrlSecrets(shown)).toBe(shown);
});

const MANY = "'".repeat(2 ** 19);

test.each([
  'p2p-annex::a:',
  `p2p-annex::a:${':'.repeat(50)}`,
  `:${'a'.repeat(100)}`,
  'tor-annex::a:1:',
  'a://',
  'a://b:c',
  'a://b:c ',
  '://',
  ':',
  '@',
  'https://a@',
  'https://a:b /',
  "a://x?'",
  'a',
  `a://x?${MANY}y`,
  `a://x:${MANY}y`,
])('a mebibyte of %# is looked through in no time', (piece) => {
  const text = piece.repeat(Math.ceil(2 ** 20 / piece.length));
  const startMs = performance.now();
  withoutUrlSecrets(text);
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

// Owns: that every option ssh -G can print has its row, and which values of them send a connection to the program.
// Leaves: what is read from values, and the rest of the choice (settings.test.ts, choose-connection.test.ts).
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { OPTIONS, reasonInOptions } from '../../../../src/workers/ssh/settings/options.ts';
import { parseSettings } from '../../../../src/workers/ssh/settings/settings.ts';
import { lacksPeers } from '../../../support/peers.ts';

const reason = (...lines: string[]): string | undefined => reasonInOptions(parseSettings(lines.join('\n')));

test('an option that nobody has heard of is for the program', () => {
  expect(reason('hostname h', 'trustnobody yes')).toMatch(/trustnobody/);
});

test('names are spelled once, whatever their letters', () => {
  const names = Object.keys(OPTIONS).map((name) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
});

describe('the program is asked', () => {
  test.each([
    ['gssapikeyexchange yes', 'GSSAPIKeyExchange is yes'],
    ['hostkeyalias a%n', 'HostKeyAlias is set'],
    ['rekeylimit 1048576 0', 'RekeyLimit is set'],
    ['channeltimeout session=5m', 'ChannelTimeout is set'],
    ['sessiontype none', 'SessionType is none'],
    ['stdinnull yes', 'StdinNull is yes'],
    ['forkafterauthentication yes', 'ForkAfterAuthentication is yes'],
    ['preferredauthentications password,keyboard-interactive', 'PreferredAuthentications is set'],
    ['pubkeyauthentication host-bound', 'PubkeyAuthentication is host-bound'],
    ['versionaddendum x/1', 'VersionAddendum is set'],
    ['revokedhostkeys none /x', 'RevokedHostKeys is set'],
    ['addressfamily inet7', 'AddressFamily is set'],
    ['checkhostip maybe', 'CheckHostIP is maybe'],
  ])('where there is: %s', (line, why) => {
    expect(reason(line)).toBe(why);
  });

  test('where a local command is to be run', () => {
    expect(reason('permitlocalcommand yes', 'localcommand touch x')).toBe('PermitLocalCommand is yes');
    expect(reason('permitlocalcommand yes')).toBeUndefined();
    expect(reason('permitlocalcommand no', 'localcommand touch x')).toBeUndefined();
  });
});

test.each([
  'checkhostip yes',
  'preferredauthentications publickey,password',
  'pubkeyauthentication unbound',
  'tunnel point-to-point',
  'localforward 8080 [h]:80',
  'channeltimeout none',
  'updatehostkeys ask',
  'compression yes',
  'tag work',
])('the built-in client does as well with: %s', (line) => {
  expect(reason(line)).toBeUndefined();
});

describe.skipIf(lacksPeers('the options of this ssh', 'ssh'))('the ssh program of this machine', () => {
  test('prints no option without a row, and needs itself for none of its defaults', () => {
    const raw = parseSettings(execFileSync('ssh', ['-F', 'none', '-G', 'h'], { encoding: 'utf8' }));
    const rows = new Set(Object.keys(OPTIONS).map((name) => name.toLowerCase()));
    expect([...raw.keys()].filter((keyword) => !rows.has(keyword))).toEqual([]);
    expect(reasonInOptions(raw)).toBeUndefined();
  });
});

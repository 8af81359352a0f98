// Owns: when ssh2 speaks and when the ssh program must, as a table.
// Leaves: real logins (ssh2-connection.test.ts, openssh-connection.test.ts).
import { describe, expect, test } from 'vitest';
import { listedHostKeys, spokenAlgorithms } from '../../../../src/workers/ssh/settings/algorithms.ts';
import { chooseConnection, type HostFacts } from '../../../../src/workers/ssh/settings/choose-connection.ts';
import type { Identity } from '../../../../src/workers/ssh/settings/identities.ts';
import { readKnownHosts } from '../../../../src/workers/ssh/settings/known-hosts.ts';
import { parseSettings } from '../../../../src/workers/ssh/settings/settings.ts';
import { keyRulesOf } from '../../../../src/workers/ssh/settings/user-keys.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';

/** What Debian's OpenSSH 9.2 prints of these for a user who has configured nothing. */
const DEBIAN = `hostname h
user git
port 22
stricthostkeychecking ask
verifyhostkeydns false
gssapiauthentication yes
hostbasedauthentication no
nohostauthenticationforlocalhost no
proxyusefdpass no
pubkeyauthentication true
securitykeyprovider internal
sessiontype default
controlmaster false
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2
identityfile ~/.ssh/id_ed25519
identityfile ~/.ssh/id_ed25519_sk
connecttimeout none
kexalgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256
ciphers chacha20-poly1305@openssh.com,aes128-gcm@openssh.com
macs umac-64-etm@openssh.com,hmac-sha2-256
hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519,rsa-sha2-512
`;
const key: Identity = { path: '/k', isEncrypted: false, isExposed: false, isSecurityKey: false, hasCertificate: false };

function facts(text: string, more: Partial<HostFacts> = {}): HostFacts {
  const context = { home: '/root', localUser: 'me', directory: '/', variables: {} };
  const raw = parseSettings(text);
  return {
    raw,
    context,
    identities: [key],
    keyRules: keyRulesOf(raw),
    hasAgent: false,
    knownHosts: readKnownHosts([], 'h', 22),
    algorithms: spokenAlgorithms(raw, listedHostKeys(raw)),
    ...more,
  };
}
/** A keyword that is set above is replaced: ssh -G prints each once. */
function withLine(line: string): string {
  const [keyword = ''] = line.split(' ');
  return `${DEBIAN.split('\n')
    .filter((each) => !each.startsWith(`${keyword} `))
    .join('\n')}${line}\n`;
}

test('a user who has configured nothing is served by ssh2, though GSSAPI and security keys are allowed', () => {
  expect(chooseConnection(facts(DEBIAN))).toEqual({ kind: 'ssh2' });
});

describe('ssh2 speaks', () => {
  test.each([
    'stricthostkeychecking yes',
    'stricthostkeychecking true',
    'verifyhostkeydns no',
    'identityfile /with a space',
    'identityfile none',
    'identityagent none',
    'identityagent $MY_AGENT',
    'identityagent ~/agent',
    'proxycommand nc %h %p',
    'proxyjump a,b',
    'controlmaster auto',
    'controlpath ~/.ssh/%C',
    'forwardagent yes',
    'userknownhostsfile none',
    'certificatefile none',
  ])('where there is: %s', (line) => {
    expect(chooseConnection(facts(withLine(line)))).toEqual({ kind: 'ssh2' });
  });
});

describe('the ssh program is needed', () => {
  test.each([
    ['stricthostkeychecking no', /StrictHostKeyChecking is no/],
    ['stricthostkeychecking false', /StrictHostKeyChecking is no/],
    ['stricthostkeychecking accept-new', /accept-new/],
    ['knownhostscommand /bin/echo %H', /KnownHostsCommand/],
    ['verifyhostkeydns true', /VerifyHostKeyDNS/],
    ['verifyhostkeydns ask', /VerifyHostKeyDNS/],
    ['certificatefile ~/c', /CertificateFile/],
    ['pkcs11provider /x', /PKCS11Provider/],
    ['revokedhostkeys /x', /RevokedHostKeys/],
    ['remotecommand x', /RemoteCommand/],
    ['bindinterface eth0', /BindInterface/],
    ['hostbasedauthentication yes', /HostbasedAuthentication/],
    ['nohostauthenticationforlocalhost yes', /NoHostAuthenticationForLocalhost/],
    ['pubkeyauthentication false', /PubkeyAuthentication/],
    ['proxyusefdpass yes', /ProxyUseFdpass/],
    ['user we ird', /User/],
    ['user %x', /User/],
    ['identityfile ~other/k', /IdentityFile/],
    ['identityfile /k_%C', /IdentityFile/],
    ['userknownhostsfile /a b /c', /known_hosts/],
    ['identityagent /tmp/%C', /IdentityAgent/],
    ['proxycommand nc %n', /ProxyCommand/],
    ['kexalgorithms sntrup761x25519-sha512@openssh.com', /kex/],
    ['hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com', /serverHostKey/],
    ['macs umac-64-etm@openssh.com', /hmac/],
  ])('where there is: %s', (line, why) => {
    expect(chooseConnection(facts(withLine(line)))).toEqual({ kind: 'program', why: expect.stringMatching(why) });
  });

  test('for a user certificate beside a key', () => {
    const identities = [key, { ...key, hasCertificate: true }];
    expect(chooseConnection(facts(DEBIAN, { identities })).kind).toBe('program');
  });

  test('for a security key, but only where there is nothing else to try', () => {
    const securityKey = { ...key, isSecurityKey: true };
    const choose = (more: Partial<HostFacts>) => chooseConnection(facts(DEBIAN, more)).kind;
    expect(choose({ identities: [securityKey] })).toBe('program');
    expect(choose({ identities: [securityKey, key] })).toBe('ssh2');
    expect(choose({ identities: [securityKey], hasAgent: true })).toBe('ssh2');
  });

  test('for a host certificate, but only where no key of the host is known', () => {
    const { publicKey } = makeKeyPair();
    const authority = `@cert-authority h ${publicKey}`;
    const choose = (text: string) =>
      chooseConnection(facts(DEBIAN, { knownHosts: readKnownHosts([text], 'h', 22) })).kind;
    expect(choose(authority)).toBe('program');
    expect(choose(`${authority}\nh ${publicKey}`)).toBe('ssh2');
  });
});

// Owns: the decision whether ssh2 or the ssh program speaks to a host, with the reason. Pure.
// Leaves: gathering what it rests on (connection/open-connection.ts).
import { spokenAlgorithms, unspokenKind } from './algorithms.ts';
import type { Identity } from './identities.ts';
import type { KnownHosts } from './known-hosts.ts';
import { isYes, type RawSettings, type SettingsContext, settingOf, tokensOf } from './settings.ts';
import { expandCommand, expandPath } from './tokens.ts';

export type Choice = { readonly kind: 'ssh2' } | { readonly kind: 'program'; readonly why: string };

export interface HostFacts {
  readonly raw: RawSettings;
  readonly context: SettingsContext;
  readonly identities: readonly Identity[];
  readonly hasAgent: boolean;
  readonly knownHosts: KnownHosts;
}

/** ssh2, unless it would behave otherwise than `git fetch` does for this user (design §6). */
export function chooseConnection(facts: HostFacts): Choice {
  const why =
    reasonInKeywords(facts.raw) ?? reasonInValues(facts) ?? reasonInKeys(facts) ?? reasonInAlgorithms(facts.raw);
  return why === undefined ? { kind: 'ssh2' } : { kind: 'program', why };
}

/** Keywords that ssh2 has nothing like; that GSSAPI is allowed is no reason, as Debian allows it by default. */
const WHEN_SET: readonly (readonly [string, string])[] = [
  ['knownhostscommand', 'KnownHostsCommand'],
  ['certificatefile', 'CertificateFile'],
  ['pkcs11provider', 'PKCS11Provider'],
  ['revokedhostkeys', 'RevokedHostKeys'],
  ['remotecommand', 'RemoteCommand'],
  ['bindinterface', 'BindInterface'],
];
const WHEN_YES: readonly (readonly [string, string])[] = [
  ['hostbasedauthentication', 'HostbasedAuthentication'],
  ['nohostauthenticationforlocalhost', 'NoHostAuthenticationForLocalhost'],
  ['proxyusefdpass', 'ProxyUseFdpass'],
];

function reasonInKeywords(raw: RawSettings): string | undefined {
  const set = WHEN_SET.find(([keyword]) => settingOf(raw, keyword) !== undefined);
  if (set) return `${set[1]} is set`;
  const yes = WHEN_YES.find(([keyword]) => isYes(settingOf(raw, keyword)));
  if (yes) return `${yes[1]} is yes`;
  const strict = settingOf(raw, 'stricthostkeychecking') ?? 'ask';
  if (!(strict === 'ask' || isYes(strict))) return `StrictHostKeyChecking is ${strict === 'false' ? 'no' : strict}`;
  const dns = settingOf(raw, 'verifyhostkeydns') ?? 'no';
  if (dns !== 'no' && dns !== 'false') return 'VerifyHostKeyDNS is on';
  const publicKeys = settingOf(raw, 'pubkeyauthentication') ?? 'yes';
  if (publicKeys === 'no' || publicKeys === 'false') return 'PubkeyAuthentication is no';
  return undefined;
}

/** What can only be read with a guess. */
function reasonInValues({ raw, context }: HostFacts): string | undefined {
  const tokens = tokensOf(raw, context);
  if (/[%$\s]/.test(settingOf(raw, 'user') ?? '')) return 'User holds a token or white space';
  const files = raw.get('identityfile') ?? [];
  const odd = files.find((file) => file !== 'none' && expandPath(file, tokens) === undefined);
  if (odd !== undefined) return 'IdentityFile holds a token only ssh expands';
  for (const keyword of ['userknownhostsfile', 'globalknownhostsfile']) {
    const words = (settingOf(raw, keyword) ?? '').split(' ').filter((word) => word !== '');
    if (!words.every((word) => word.startsWith('/'))) return 'a known_hosts path holds white space, or is relative';
  }
  if (/[%~]/.test(settingOf(raw, 'identityagent')?.replace(/^~\//, '') ?? '')) return 'IdentityAgent holds a token';
  const proxy = settingOf(raw, 'proxycommand');
  if (proxy !== undefined && expandCommand(proxy, tokens) === undefined) return 'ProxyCommand holds an odd token';
  return undefined;
}

function reasonInKeys({ identities, hasAgent, knownHosts }: HostFacts): string | undefined {
  if (identities.some(({ hasCertificate }) => hasCertificate)) return 'a user certificate is used';
  const plain = identities.filter(({ isSecurityKey }) => !isSecurityKey);
  if (!hasAgent && plain.length === 0 && identities.length > 0) return 'the only key is a security key';
  if (knownHosts.hasAuthority && knownHosts.knownTypes.length === 0) return 'a host certificate is expected';
  return undefined;
}

function reasonInAlgorithms(raw: RawSettings): string | undefined {
  const kind = unspokenKind(spokenAlgorithms(raw));
  return kind === undefined ? undefined : `no ${kind} algorithm that is allowed is known to ssh2`;
}

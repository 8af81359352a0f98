// Owns: the decision whether ssh2 or the ssh program speaks to a host, with the reason. Pure.
// Leaves: single options (options.ts), and gathering what it rests on (route.ts).
import type { SpokenAlgorithms } from './algorithms.ts';
import { unspokenKind } from './algorithms.ts';
import type { Identity } from './identities.ts';
import type { KnownHosts } from './known-hosts.ts';
import { reasonInOptions } from './options.ts';
import { keyType } from './public-key.ts';
import { type RawSettings, type SettingsContext, settingOf, tokensOf } from './settings.ts';
import { expandCommand, expandPath } from './tokens.ts';
import { type KeyRules, rsaSignatures } from './user-keys.ts';

export type Choice = { readonly kind: 'ssh2' } | { readonly kind: 'program'; readonly why: string };

export interface HostFacts {
  readonly raw: RawSettings;
  readonly context: SettingsContext;
  readonly identities: readonly Identity[];
  readonly keyRules: KeyRules;
  readonly hasAgent: boolean;
  readonly knownHosts: KnownHosts;
  /** Undefined where nobody can tell in which order ssh asks for host keys. */
  readonly algorithms: SpokenAlgorithms | undefined;
}

/** ssh2, unless it would behave otherwise than `git fetch` does for this user (design §6). */
export function chooseConnection(facts: HostFacts): Choice {
  const why =
    reasonInOptions(facts.raw) ?? reasonInValues(facts) ?? reasonInKeys(facts) ?? reasonInAlgorithms(facts.algorithms);
  return why === undefined ? { kind: 'ssh2' } : { kind: 'program', why };
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

function reasonInKeys({ identities, keyRules, hasAgent, knownHosts }: HostFacts): string | undefined {
  if (identities.some(({ hasCertificate }) => hasCertificate)) return 'a user certificate is used';
  const plain = identities.filter(({ isSecurityKey }) => !isSecurityKey);
  if (!hasAgent && plain.length === 0 && identities.length > 0) return 'the only key is a security key';
  if (knownHosts.hasAuthority && knownHosts.knownTypes.length === 0) return 'a host certificate is expected';
  // ssh2 chooses between the two by itself, and to some servers it offers both unasked.
  const sha2 = rsaSignatures(keyRules).filter((name) => name !== 'ssh-rsa');
  const hasRsa = hasAgent || identities.some(({ publicKey }) => !publicKey || keyType(publicKey) === 'ssh-rsa');
  if (hasRsa && sha2.length === 1) return `of the signatures by RSA keys with SHA-2 only ${sha2[0]} is allowed`;
  return undefined;
}

function reasonInAlgorithms(algorithms: SpokenAlgorithms | undefined): string | undefined {
  if (algorithms === undefined) return 'HostKeyAlgorithms may or may not be in the order of what is known';
  const kind = unspokenKind(algorithms);
  return kind === undefined ? undefined : `no ${kind} algorithm that is allowed is known to ssh2`;
}

// Owns: what an ssh2 login needs of us, decided without ssh2: the verdict on a host key, and what an error means.
// Leaves: the handshake itself (ssh2-connection.ts).
import { createHash } from 'node:crypto';
import type { Account } from '../../../shared/account.ts';
import { DaemonError } from '../../../shared/failures.ts';
import { fetchAdvice, THEN_RESUME } from '../../../shared/login-advice.ts';
import { printable } from '../../../shared/printable.ts';
import type { SpokenAlgorithms } from '../settings/algorithms.ts';
import { sameKeyShown } from '../settings/host-key-order.ts';
import type { Identity } from '../settings/identities.ts';
import type { HostKeyVerdict, KnownHosts } from '../settings/known-hosts.ts';
import { keyType, rsaBits } from '../settings/public-key.ts';
import type { SshSettings } from '../settings/settings.ts';
import { isShortRsa, type KeyRules } from '../settings/user-keys.ts';
import { type LockedKey, lockedAdvice } from './advice.ts';

/** One host on the way, and what is known before it is spoken to. */
export interface Hop {
  /** As the user calls it. */
  readonly name: string;
  /** What a person would type to log in there. */
  readonly call: string;
  readonly account: Account;
  readonly settings: SshSettings;
  readonly algorithms: SpokenAlgorithms;
  /** Algorithms of host keys as OpenSSH would ask for them, with those that ssh2 does not speak. */
  readonly hostKeyOrder: readonly string[];
  readonly keyRules: KeyRules;
  readonly identities: readonly Identity[];
  readonly knownHosts: KnownHosts;
  /** There is not even a folder for the user's known hosts, as in a home that is not mounted yet. */
  readonly lacksUserFolder?: boolean;
}

/** ssh2 cannot do it, but the ssh program may. */
export class NeedsProgram extends Error {
  override readonly name = 'NeedsProgram';
}

/** Refused, and so would the program be: the agent has been asked, and it, or its owner, has said no. */
export class AgentSaidNo extends DaemonError {}

/** What a server shows, and what else it could have shown. */
export interface ShownKey {
  readonly key: Uint8Array;
  /** By which algorithm it is proved, of those the server offers. */
  readonly algorithm: string;
  readonly offered: readonly string[];
  /** Of the server, where it is connected to without a proxy. */
  readonly address: string | undefined;
}

/** Why a host key is not accepted; undefined: it is, as by OpenSSH. */
export function refusalOf(hop: Hop, shown: ShownKey): DaemonError | NeedsProgram | undefined {
  const { key, algorithm, offered } = shown;
  const name = printable(hop.name);
  if (!sameKeyShown(hop.hostKeyOrder, offered, algorithm, hop.knownHosts.hasRevoked))
    return new NeedsProgram(`${name} would show it another host key`);
  if (isShortRsa(hop.keyRules, key)) {
    const why = `has ${rsaBits(key) ?? 0} bits, and RequiredRSASize is ${hop.keyRules.leastRsaBits}`;
    return new DaemonError('host-key-unknown', `the host key of ${name} ${why}, ${THEN_RESUME}`);
  }
  const verdict = hop.knownHosts.judge(key, addressToCheck(hop, shown));
  return verdict === 'known' ? undefined : hostKeyFailure(verdict, hop, key);
}

/** An address that every machine has says nothing about one (sshconnect.c). */
function addressToCheck({ settings: { checkHostIp, port } }: Hop, { address }: ShownKey) {
  const isChecked = checkHostIp && address !== undefined && !/^(?:127\.|::1$|::ffff:127\.)/.test(address);
  return isChecked ? { address, port } : undefined;
}

/** What a host key that was not accepted is thrown as. */
function hostKeyFailure(
  verdict: Exclude<HostKeyVerdict, 'known'>,
  hop: Hop,
  key: Uint8Array,
): DaemonError | NeedsProgram {
  const fingerprint = createHash('sha256').update(key).digest('base64').replace(/=+$/, '');
  const offered = `${keyType(key)} SHA256:${fingerprint}`;
  const name = printable(hop.name);
  switch (verdict) {
    case 'needs-program':
      return new NeedsProgram('known_hosts names an authority, or is odd');
    case 'changed':
      return new DaemonError(
        'host-key-changed',
        `the host key of ${name} has changed (now ${printable(offered)}): somebody may be listening in. ` +
          `If it was changed on purpose: ssh-keygen -R ${knownName(hop)}; ${connectOnce(hop)}`,
      );
    case 'revoked':
      return new DaemonError('host-key-changed', `${name} offers a host key that is marked as revoked in known_hosts`);
    case 'address-changed':
      return new DaemonError(
        'host-key-changed',
        `the host key of ${name} is known, but its address is known with another (CheckHostIP); ${connectOnce(hop)}`,
      );
    case 'unknown':
      return new DaemonError(
        // A home that is mounted later brings its known_hosts with it.
        hop.lacksUserFolder ? 'not-now' : 'host-key-unknown',
        `the host key of ${name} is not known (${printable(offered)}); ${connectOnce(hop)}`,
      );
    default:
      return verdict satisfies never;
  }
}

const connectOnce = ({ call }: Hop): string => `connect once with \`${call}\`, ${THEN_RESUME}`;

function knownName({ settings: { knownAs } }: Hop): string {
  return printable(knownAs.port === 22 ? knownAs.host : `'[${knownAs.host}]:${knownAs.port}'`);
}

/** What speaks for a login that is refused. */
export interface Attempt {
  readonly hop: Hop;
  /** Key files that had to be left out. */
  readonly locked: readonly LockedKey[];
  /** Whose login it is, as `git fetch` calls it. */
  readonly remote: string;
  /** A key would have been accepted, and the agent did not sign with it. */
  readonly agentSaidNo: boolean;
}

/**
 * An error of ssh2 during the login, by its `level`. Until keys are agreed on (`isSecure`) it may come from anybody on
 * the way, who must not make a user wait for more than the next try.
 */
export function loginFailure(error: Error, attempt: Attempt, isSecure: boolean): DaemonError | NeedsProgram {
  const { hop } = attempt;
  const level = 'level' in error ? error.level : undefined;
  const name = printable(hop.name);
  if (level === 'client-authentication') return loginRefused(attempt);
  if (level === undefined && 'code' in error && typeof error.code === 'number')
    return isSecure && saysTooManyKeys(error) ? tooManyKeys(hop) : endedWith(error, name, isSecure);
  if (level === 'client-socket') return new DaemonError('dropped', `${name}: the connection broke`, { cause: error });
  if (level === 'handshake' || /^(?:Unsupported|Invalid|Bad|Malformed)/.test(error.message)) {
    return new NeedsProgram(`ssh2 and ${name} do not agree: ${printable(error.message)}`, { cause: error });
  }
  return new DaemonError('dropped', `${name}: ${printable(error.message)}`, { cause: error });
}

/** The other side's goodbye (RFC 4253, 11.1), which ssh2 hands on as a bare error with the reason's number. */
function endedWith(error: Error, name: string, isSecure: boolean): DaemonError {
  const who = isSecure ? name : `${name}, or somebody on the way there,`;
  return new DaemonError('dropped', `${who} ended the login: "${printable(error.message)}"`, { cause: error });
}

/** Reason 14: no more auth methods available; OpenSSH says 2, protocol error, and these words. */
function saysTooManyKeys(error: Error): boolean {
  return ('code' in error && error.code === 14) || /Too many authentication failures/i.test(error.message);
}

function tooManyKeys({ name, settings }: Hop): DaemonError {
  const account = printable(`${settings.user}@${name}`);
  const advice = 'name the right one in ~/.ssh/config with IdentityFile, and IdentitiesOnly yes';
  return new DaemonError('auth-refused', `${account} was offered too many keys; ${advice}, ${THEN_RESUME}`);
}

function loginRefused({ hop: { name, settings }, locked, remote, agentSaidNo }: Attempt): DaemonError {
  const account = printable(`${settings.user}@${name}`);
  const advice = lockedAdvice(locked) ?? fetchAdvice(remote);
  if (agentSaidNo) return new AgentSaidNo('auth-refused', `the ssh agent does not sign for ${account}; ${advice}`);
  return new DaemonError('auth-refused', `${account} accepts none of the keys that are here; ${advice}`);
}

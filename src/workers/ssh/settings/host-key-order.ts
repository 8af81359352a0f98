// Owns: the order in which OpenSSH would ask a server for its host keys, and what the server shows it then. Pure.
// Leaves: which of them ssh2 speaks (algorithms.ts).
import type { KnownHosts } from './known-hosts.ts';
import { isCertificate, plainTypeOf } from './public-key.ts';

/**
 * A list of the user's own is kept as it is; the default, and one that adds to it or takes from it, is put in the order
 * of what is known for the host (sshconnect2.c). `ssh -G` shows no difference: undefined where it would make one.
 * `defaults` is asked for only then.
 */
export async function hostKeyOrder(
  listed: readonly string[],
  known: KnownHosts['forOrder'],
  defaults: () => Promise<readonly string[] | undefined>,
): Promise<readonly string[] | undefined> {
  const ordered = knownFirst(listed, known);
  if (ordered.every((name, index) => name === listed[index])) return listed;
  const usual = await defaults();
  if (usual === undefined) return undefined;
  if (usual.every((name, index) => name === listed[index])) return ordered;
  // What is left of the default may be `-name`, or a list of one's own.
  return isWithin(listed, usual) ? undefined : listed;
}

/** What is known comes first, unless the best is known anyway: then all stays as it is. */
export function knownFirst(listed: readonly string[], known: KnownHosts['forOrder']): readonly string[] {
  const [best] = listed;
  if (best === undefined || known.hasKeyOf(plainTypeOf(best))) return listed;
  const isFirst = (name: string): boolean =>
    (isCertificate(name) && known.hasAuthority) || known.hasKeyOf(plainTypeOf(name));
  return [...listed.filter(isFirst), ...listed.filter((name) => !isFirst(name))];
}

function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const name of whole) if (name === part[at]) at++;
  return at === part.length;
}

/**
 * Whether OpenSSH would be shown the same key. A certificate counts as the key that is in it, which is judged where no
 * authority is known; but its authority may be revoked.
 */
export function sameKeyShown(
  order: readonly string[],
  offered: readonly string[],
  negotiated: string,
  hasRevoked: boolean,
): boolean {
  const shown = order.find((name) => offered.includes(name));
  if (shown === undefined || shown === negotiated) return true;
  return !hasRevoked && isCertificate(shown) && plainTypeOf(shown) === plainTypeOf(negotiated);
}

// Owns: which remotes are on the same server, and what one of them finds out that is worth the others' while. Pure.
// Leaves: what they make of it (remote/link-wait.ts), and telling them (supervisor.ts).
import type { FailureCode } from '../../../shared/failures.ts';
import { parsePeerUrl } from '../../../shared/p2p/address.ts';
import type { Remote } from '../../../shared/remote.ts';
import { parseRemoteUrl } from '../../../shared/remote-uri.ts';
import { isUp, type LinkState, type ServerNews } from '../remote/link-state.ts';
import { isWaiting } from '../remote/link-wait.ts';

/** `user@host:port` and how ssh is called, or what stands before the path of a URL; undefined: it is on no server. */
export function serverOf({ url, sshCommand }: Pick<Remote, 'url' | 'sshCommand'>): string | undefined {
  const location = parseRemoteUrl(url);
  if (location.kind === 'ssh') {
    const { user = '', host, port = '' } = location;
    return `ssh ${user}@${host.toLowerCase()}:${port} ${JSON.stringify(sshCommand ?? null)}`;
  }
  if (location.kind === 'helper') {
    const peer = parsePeerUrl(url);
    // What an address of another network means, and whether two are on one machine, its program alone knows.
    return 'kind' in peer && peer.kind === 'tor' ? `tor ${peer.onion}` : undefined;
  }
  return location.kind === 'other' && location.host !== '' ? /^[^/]*:\/\/[^/?#]*/.exec(url)?.[0] : undefined;
}

/** These came from the server itself. */
const ANSWERS: ReadonlySet<FailureCode> = new Set([
  'auth-refused',
  'wrong-peer',
  'host-key-unknown',
  'host-key-changed',
  'no-repository',
  'remote-error',
  'unanswered',
  'maybe-refused',
]);

/** What a step has shown of the server; undefined: nothing. */
export function serverNews(before: LinkState, after: LinkState): ServerNews | undefined {
  if (isUp(after)) return isUp(before) ? undefined : { kind: 'answers' };
  if (before.kind !== 'opening' || !('failure' in after)) return undefined;
  if (ANSWERS.has(after.failure.code)) return { kind: 'answers' };
  return isWaiting(after) && after.failure.code === 'unreachable'
    ? { kind: 'unreachable', nextTryMs: after.wakeAtMs }
    : undefined;
}

/** Whether a link is being opened to a server that was lost, or not reached before. */
export const isTrying = (link: LinkState): boolean => link.kind === 'opening' && link.failures > 0;

// Owns: where a remote is, as far as watching it goes, and whether that is this machine.
// Leaves: how it can be watched there (rungs.ts), and the repository behind a helper (gcrypt.ts).
import { isLinkLocalHost, isLoopbackHost, parseRemoteUrl, type RemoteLocation } from '../../../shared/remote-uri.ts';
import type { PeerPlace } from './peer.ts';
import type { Place, SshLocation } from './rungs.ts';

export interface Helpers {
  /** The remote helper that `remote.<n>.vcs` names: git then speaks to no server itself, whatever the URL is. */
  readonly vcs: string | undefined;
  /** The ssh repository behind a remote helper, where that can be watched. */
  readonly inner: SshLocation | undefined;
  /** The peer that the URL means, where it means one. */
  readonly peer?: PeerPlace | undefined;
}

export function placeOf(location: RemoteLocation, { vcs, inner, peer }: Helpers): Place {
  if (peer) return peer;
  if (vcs !== undefined) return { kind: 'helper', helper: vcs, address: '' };
  return inner ? { kind: 'behind-helper', ssh: inner } : location;
}

/** Whether a remote can be reached without a network. */
export function isOnThisHost(location: RemoteLocation): boolean {
  switch (location.kind) {
    case 'local':
      return true;
    case 'ssh':
    case 'other':
      return isLoopbackHost(location.host) || isLinkLocalHost(location.host);
    case 'helper':
      // What carries such a network its program alone knows: sockets of this machine, a cable, or the net.
      if (location.helper === 'p2p-annex') return true;
      // `gcrypt::/path`; a word alone may be anything to a helper.
      return /[/:]/.test(location.address) && isOnThisHost(parseRemoteUrl(location.address));
    case 'bad':
      return false;
    default:
      return location satisfies never;
  }
}

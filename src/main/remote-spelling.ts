// Owns: what the control protocol calls a remote: its name or its URI.
// Leaves: how the URI is made (shared/remote-uri.ts), and the lines (control/control-loop.ts).
import { encodeRemoteName } from '../shared/protocol/control.ts';
import type { Remote, RemoteName } from '../shared/remote.ts';
import type { RemoteId } from './daemon-options.ts';

export interface RemoteSpelling {
  readonly spell: (remote: RemoteName) => string;
  /** Learns the URIs of these remotes. */
  readonly learn: (remotes: readonly Remote[]) => void;
}

/** A remote that left the config keeps the URI it had: its last lines are still to be said. */
export function createRemoteSpelling(remoteId: () => RemoteId): RemoteSpelling {
  const uris = new Map<RemoteName, string>();
  return {
    spell: (remote) => (remoteId() === 'uri' ? uris.get(remote) : undefined) ?? encodeRemoteName(remote),
    learn: (remotes) => {
      for (const { name, uri } of remotes) uris.set(name, uri);
    },
  };
}

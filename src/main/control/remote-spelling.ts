// Owns: what the control protocol calls a remote: its name or its URI.
// Leaves: how the URI is made (shared/remote-uri.ts), and the lines (line-handler.ts).
import { encodeRemoteName } from '../../shared/control-protocol/control.ts';
import type { RemoteIdentity } from '../../shared/remote.ts';
import type { RemoteId } from '../daemon-context.ts';

/** The spelling is settled when the daemon starts: what a reader heard as connected must be heard of again by that. */
export function remoteSpelling(remoteId: RemoteId): (remote: RemoteIdentity) => string {
  return ({ name, uri }) => (remoteId === 'uri' ? uri : encodeRemoteName(name));
}

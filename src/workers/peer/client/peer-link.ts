// Owns: watching a remote that is a peer: one link from its opening to its end.
// Leaves: the networks (../network), and trying again (main/supervisor).
import { DaemonError } from '../../../shared/failures.ts';
import type { Transport } from '../../transport.ts';

export const watchPeer: Transport = async ({ rung }) => {
  throw new DaemonError('unknown', `no peer can be reached yet: ${rung.kind}`);
};

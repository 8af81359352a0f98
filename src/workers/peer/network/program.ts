// Owns: a network that a program carries: `git-annex-p2p-NAME`, as git-annex calls it (P2P/Generic.hs).
// Leaves: the program, which is the user's.
import { DaemonError } from '../../../shared/failures.ts';
import type { Network } from './network.ts';

export const networkByProgram = (name: string): Network => ({
  dial: async () => {
    throw new DaemonError('unreachable', `the network ${name} cannot be used yet`);
  },
  listen: async () => {
    throw new DaemonError('unreachable', `the network ${name} cannot be used yet`);
  },
});

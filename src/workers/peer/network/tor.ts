// Owns: the network tor: out by its SOCKS5 proxy, in by the socket of a hidden service.
// Leaves: tor itself, which somebody else runs and configures.
import { DaemonError } from '../../../shared/failures.ts';
import type { Network } from './network.ts';

export const tor: Network = {
  dial: async () => {
    throw new DaemonError('unreachable', 'tor cannot be used yet');
  },
  listen: async () => {
    throw new DaemonError('unreachable', 'tor cannot be used yet');
  },
};

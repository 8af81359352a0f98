// Owns: the network telehash, which cannot be used yet.
// Leaves: what a network is (../network.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import type { Network } from '../network.ts';

const fail = async (): Promise<never> => {
  throw new DaemonError('not-set-up', 'the network telehash cannot be used yet');
};

export const telehash: Network = { dial: fail, listen: fail, addresses: fail };

// Owns: a repository that is served on no network, for tests of the supervisor that are about remotes alone.
// Leaves: networks that are served (test/main/serve).
import type { ServedNetworks } from '../../src/main/serve/served-networks.ts';

export const NOTHING_SERVED: ServedNetworks = {
  configured: () => undefined,
  resume: () => undefined,
  hold: () => undefined,
  wake: () => undefined,
  changed: () => undefined,
  remove: () => undefined,
  gone: async () => undefined,
  statuses: () => [],
  describe: () => [],
};

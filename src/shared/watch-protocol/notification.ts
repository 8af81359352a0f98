// Owns: what `git-annex-shell notifychanges` says (git-annex, RemoteDaemon/Transport/Ssh/Types.hs).
// Leaves: the channel it comes over (workers/ssh).
import { declareMessages, words } from '../control-protocol/codec.ts';

export const notification = declareMessages({
  READY: {},
  /** Object names of tips that are new on the server; which refs they belong to is not said. */
  CHANGED: { tips: words },
});

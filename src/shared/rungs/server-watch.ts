// Owns: the rung by which a remote is watched by a watcher that its server is handed over ssh.
// Leaves: the watcher (workers/ssh/watch/server-watch.ts).
import type { SshTarget } from '../ssh-target.ts';
import { secretsFor } from './over-ssh.ts';
import type { RungKind } from './rung.ts';

/** Nothing is installed on the server. */
export interface ServerWatchRung {
  readonly kind: 'server-watch';
  readonly target: SshTarget;
  /** `inotifywait`: where that cannot tell it of changes, it fails; absent: it then looks for them. */
  readonly by?: 'inotifywait' | 'looking';
  /** Its refs are a remote helper's own, so that their names mean nothing here. */
  readonly behindHelper?: true;
  /** The config wants no better. */
  readonly why?: string;
}

export const serverWatch: RungKind<ServerWatchRung> = {
  describe: () => 'a watcher on the server, over ssh',
  whyNoBetter: ({ why }, pin) => why ?? pin,
  carrier: () => undefined,
  // A remote helper (`gcrypt::ssh://…`) may call ssh for more than this repository's upload-pack.
  relay: ({ target, behindHelper }) => (behindHelper ? undefined : { kind: 'ssh', target }),
  secrets: ({ target }) => secretsFor(target),
  longestWaitMs: () => undefined,
  everyMs: () => undefined,
  linkPart: (rung) => rung,
  // Below another it is for where that one had all but somebody to tell it.
  isRuledOut: (failed) => !failed.has('nothing-tells') && !failed.has('cannot-be-told'),
};

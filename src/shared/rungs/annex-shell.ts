// Owns: the rung by which a remote is watched by `git-annex-shell notifychanges`.
// Leaves: calling it (workers/ssh/watch/notify-changes.ts).
import type { SshTarget } from '../ssh-target.ts';
import { secretsFor } from './over-ssh.ts';
import type { RungKind } from './rung.ts';

export interface AnnexShellRung {
  readonly kind: 'annex-shell';
  readonly target: SshTarget;
  /** What is there is a remote helper's own. */
  readonly behindHelper?: true;
}

export const annexShell: RungKind<AnnexShellRung> = {
  describe: () => 'git-annex-shell notifychanges over ssh',
  whyNoBetter: (_rung, pin) => pin,
  carrier: () => undefined,
  relay: ({ target, behindHelper }) => (behindHelper ? undefined : target),
  secrets: ({ target }) => secretsFor(target),
  everyMs: () => undefined,
  linkPart: (rung) => rung,
  isRuledOut: (failed) => failed.has('nothing-tells'),
};

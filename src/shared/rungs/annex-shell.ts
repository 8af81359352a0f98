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

const RULED_OUT_BY = ['nothing-tells', 'says-nothing', 'unanswered', 'no-repository'] as const;

export const annexShell: RungKind<AnnexShellRung> = {
  describe: () => 'git-annex-shell notifychanges over ssh',
  whyNoBetter: (_rung, pin) => pin,
  carrier: () => undefined,
  relay: ({ target, behindHelper }) => (behindHelper ? undefined : { kind: 'ssh', target }),
  secrets: ({ target }) => secretsFor(target),
  longestWaitMs: () => undefined,
  everyMs: () => undefined,
  linkPart: (rung) => rung,
  // A repository, too, is found by it as by our watcher; who answers nothing there would take as long over this.
  isRuledOut: (failed) => RULED_OUT_BY.some((code) => failed.has(code)),
};

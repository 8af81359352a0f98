// Owns: the rung by which a remote that tells nothing is asked for its refs now and then.
// Leaves: asking (workers/refs/poll-loop.ts).
import type { SshTarget } from '../ssh-target.ts';
import { secretsFor } from './over-ssh.ts';
import type { RungKind } from './rung.ts';

export interface PollRung {
  readonly kind: 'poll';
  /** Why there is nothing better, for `status`. */
  readonly why: string;
  readonly everyMs: number;
  /** Asked over a connection that stays open; absent: by git. */
  readonly target?: SshTarget;
}

export const poll: RungKind<PollRung> = {
  describe: ({ target, everyMs }) =>
    `${target ? 'listing its refs over ssh' : 'git ls-remote'} every ${Math.round(everyMs / 1_000)} s`,
  whyNoBetter: ({ why }) => why,
  carrier: () => undefined,
  relay: ({ target }) => target && { kind: 'ssh', target },
  secrets: ({ target }) => target && secretsFor(target),
  longestWaitMs: () => undefined,
  everyMs: ({ everyMs }) => everyMs,
  // How often matters only while it is polled: whoever keeps the link then sees to that.
  linkPart: ({ everyMs: _, ...rung }) => rung,
  isRuledOut: () => false,
};

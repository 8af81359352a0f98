// Owns: what every way to watch a remote tells of itself.
// Leaves: the ways, a file each, and their table (rungs.ts); which of them a remote has (main/config/rungs).
import type { FailureCode } from '../failures.ts';
import type { SshTarget } from '../ssh-target.ts';

/** The sections of secrets.ini that this version knows. */
export type SecretSection = 'passphrases';

/** What a relay leads to: the upload-pack of a repository that git would reach by ssh, or by a helper of ours. */
export type RelayedTo =
  | { readonly kind: 'ssh'; readonly target: SshTarget }
  /** `url` as git has it. */
  | { readonly kind: 'peer'; readonly url: string };

/** One row of the table: all that is known of a kind of rung without opening a link. Pure. */
export interface RungKind<R> {
  /** For `status`, before the link itself has said it more exactly. */
  readonly describe: (rung: R) => string;
  /**
   * Why a remote for which this is the best rung is watched no better; undefined: nothing to tell. `pin`: the key that
   * asks for this rung, and its value, where one does.
   */
  readonly whyNoBetter: (rung: R, pin: string | undefined) => string | undefined;
  /** Links with the same carrier share what reaches their remotes, and so a thread. undefined: each has its own. */
  readonly carrier: (rung: R) => string | undefined;
  /** Where git gets to when it fetches over the link. undefined: it may not, or not by this rung. */
  readonly relay: (rung: R) => RelayedTo | undefined;
  /** Which secrets the link is handed. undefined: it needs none. */
  readonly secrets: (rung: R) => SecretSection | undefined;
  /** No wait before a next try is longer, in ms. undefined: as for any remote (restart.ts). */
  readonly longestWaitMs: (rung: R) => number | undefined;
  /** How often the remote is asked for its refs, in ms. undefined: it is not polled. */
  readonly everyMs: (rung: R) => number | undefined;
  /** What an open link is made of: while that stays deeply equal, a new config needs no new link. */
  readonly linkPart: (rung: R) => unknown;
  /** Whether so many better rungs have failed, with these codes, in a way in which this one would fail as well. */
  readonly isRuledOut: (failed: ReadonlySet<FailureCode>) => boolean;
}

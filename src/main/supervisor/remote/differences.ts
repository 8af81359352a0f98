// Owns: what a config that needs no new link by itself changes for a remote all the same. Pure.
// Leaves: which configs these are (main/config), and doing what follows (remote.ts).
import { isDeepStrictEqual } from 'node:util';
import type { Remote } from '../../../shared/remote.ts';

export interface Differences {
  /** What is asked of git. */
  readonly isPlanOther: boolean;
  /** Whom the link is with. */
  readonly isLinkOther: boolean;
  /** What is to be here: something of old may be pruned now, or a tag be wanted. */
  readonly isWantOther: boolean;
}

export const differences = (before: Remote, now: Remote): Differences => ({
  isPlanOther: !isDeepStrictEqual([before.pruning, before.plan], [now.pruning, now.plan]),
  isLinkOther: isAnotherPeer(before, now),
  isWantOther: !isDeepStrictEqual([before.comparison, before.pruning], [now.comparison, now.pruning]),
});

/** Learning who it is (`annex-uuid` is set when it was first reached) needs no new link; that it is to be another does. */
function isAnotherPeer({ rungs: [before] }: Remote, { rungs: [now] }: Remote): boolean {
  if (before.kind !== 'peer' || now.kind !== 'peer') return false;
  return before.uuid !== undefined && now.uuid !== undefined && before.uuid !== now.uuid;
}

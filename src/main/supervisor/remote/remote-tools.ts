// Owns: what a remote needs of the rest of the daemon, and what the rest may ask of it.
// Leaves: the remote itself (remote.ts).
import type { Told } from '../../../shared/control-protocol/control.ts';
import type { KeptRef } from '../../../shared/refs/all-here.ts';
import type { Remote, RemoteName } from '../../../shared/remote.ts';
import { type Rung, rowOf } from '../../../shared/rungs/rungs.ts';
import type { Held } from '../../../shared/status.ts';
import type { CloseHow, LinkTask } from '../../../shared/thread-messages.ts';
import type { GitRequests } from '../../git/git-requests.ts';
import type { LinkTools } from '../link/link.ts';
import { rungOf } from '../link/rung-choice.ts';
import type { Asking } from './asking.ts';
import type { LinkInputs, LinkState, NetworkChange, ServerNews } from './link-state.ts';
import type { RemoteRecord } from './record.ts';

export interface RemoteTools extends LinkTools {
  /** Also makes `status` tell it. */
  readonly say: (message: Told) => void;
  /** What is done, and why, where somebody wants to know; undefined: it is not worth a line. */
  readonly debug: (remote: RemoteName, text: () => string | undefined) => void;
  readonly taskFor: (remote: Remote, rung: Rung) => LinkTask;
  readonly git: GitRequests;
  /** Whether these refs are here just so; false where that is not certain. */
  readonly isHere: (refs: readonly KeptRef[]) => boolean;
  /** Of the tags that are here: another once one of them was taken away; undefined: nobody can tell. */
  readonly tagsMark: () => string | undefined;
  readonly isOnline: () => boolean;
  /** Whether a remote that is a peer was reached before, by this daemon or an earlier one. */
  readonly wasReached: (remote: RemoteName) => boolean;
  /** Whether another remote on the same server is trying to reach it. */
  readonly neighbourTries: (remote: Remote) => boolean;
  /** What that shows of the server is for all that are on it. */
  readonly linkMoved: (remote: Remote, from: LinkState, to: LinkState) => void;
  readonly held: () => Held;
  /** Why it is, where that is over by itself. */
  readonly whyHeld: () => string | undefined;
  /** Time between periodic checks, before jitter. */
  readonly checkMs: () => number;
  /** Something that `status` shows is different. */
  readonly statusChanged: () => void;
  readonly gone: (remote: RemoteName) => void;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** What a moment of it is called, in ms since the epoch. */
  readonly wallMsOf: (ms: number) => number;
  readonly random: () => number;
}

/** What a step of a remote's link may ask. */
export function linkInputs({ config, rung }: RemoteRecord, tools: RemoteTools): LinkInputs {
  const inUse = rungOf(config, rung);
  return {
    nowMs: tools.nowMs(),
    online: () => config.onThisHost || tools.isOnline(),
    neighbourTries: () => tools.neighbourTries(config),
    held: tools.held() !== 'no',
    mayBeAway: () => inUse.kind === 'peer' && tools.wasReached(config.name),
    longestWaitMs: rowOf(inUse).longestWaitMs(inUse),
    random: tools.random,
  };
}

export interface WatchedRemote {
  /** All that it is now. */
  readonly record: () => RemoteRecord;
  /** Has it fetched, or looked at, for somebody who waits for that. */
  readonly ask: Asking['ask'];
  /** Connects and fetches now, whatever it was put off for. */
  readonly fetchNow: () => void;
  /** Connects now if there is no link, with no backoff left over; fetches if what was to be fetched could not be. */
  readonly want: () => void;
  /** As `want`; and where a better way to watch was given up before, it is tried again. */
  readonly probeAgain: () => void;
  /** The network is another; has any link show that it is alive. */
  readonly wake: (change: NetworkChange) => void;
  /** Tries it again where it was refused; `mends`: where it failed in any way, a fetch too. */
  readonly lookAgain: (mends: boolean) => void;
  /** Tries it at once where it was not to be reached. */
  readonly lookIfAway: () => void;
  /** Takes what a neighbour has found out of the server. */
  readonly hearOfServer: (news: ServerNews) => void;
  /** Somebody who is no server says that it has something new. */
  readonly hearOfNews: () => void;
  /** `why`: where nobody said so by a word. */
  readonly hold: (how: CloseHow, why?: string) => void;
  readonly remove: (how: CloseHow) => void;
  /** Takes a changed config: the link is made anew. */
  readonly renew: (remote: Remote) => void;
  /** Takes a config, and settings, that need no new link, unless it is polled and is to be asked more or less often. */
  readonly adopt: (remote: Remote) => void;
  /** Fetches if there is a link, unless it is certain that all is here. */
  readonly check: () => void;
  readonly offer: (refs: readonly string[]) => void;
}

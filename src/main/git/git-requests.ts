// Owns: what may be asked of git with a remote, and what whoever asked is told.
// Leaves: doing it (repository-git.ts), and when it is asked (the supervisor).
import type { Doubt } from '../../shared/refs/loss.ts';
import type { RefMove, Remote, RemoteName } from '../../shared/remote.ts';
import type { Pace } from './lane-turn.ts';
import type { Outcome, Work } from './operation.ts';

/** One turn in the queue of git operations: `started` and then `done`, or `forgotten` alone. */
export interface GitTurn {
  readonly remote: Remote;
  readonly started: () => void;
  /** How it goes on is another now, in a way that is worth telling. */
  readonly paced: (pace: Pace) => void;
  readonly done: (outcome: Outcome, work: Work) => void;
  readonly forgotten: () => void;
}

/** All that moved on the remote, where that is known. */
export interface NamedMoves {
  readonly moves: readonly RefMove[];
  /** They are among so many refs that fetching just these is worth it; undefined: that is not known. */
  readonly areMany: boolean | undefined;
  /** Every tag that the remote has was here, so that a fetch of these has none to follow but those among `moves`. */
  readonly hasAllTags: boolean;
  /** Some were told while a fetch from it ran, which may have brought what came after them. */
  readonly mayBeOld: boolean;
}

/** What a fetch is like, asked when its turn begins. */
export interface HowToFetch {
  /** Where git reaches the remote over its open link. */
  readonly relay?: { readonly socket: string; readonly freshSocket: string };
  readonly named?: NamedMoves;
  /** Whether refs may be gone there. */
  readonly looksForGone: boolean;
  /** What the last one left in doubt. */
  readonly doubt?: Doubt;
}

export interface FetchTurn extends GitTurn {
  /** Asked once, when the turn has begun: what is told after that is another's. */
  readonly how: () => HowToFetch;
  /** What it would be of if it began now. */
  readonly named: () => NamedMoves | undefined;
}

/** A request that already waits is joined. */
export interface GitRequests {
  readonly requestFetch: (turn: FetchTurn) => void;
  /** `refs` is asked once the turn has begun: names of refs or objects. */
  readonly requestPush: (turn: GitTurn & { readonly refs: () => readonly string[] }) => void;
  /** What waits for its turn is forgotten, and told so. */
  readonly withdraw: (kind: 'fetch' | 'push', remote: RemoteName) => void;
}

// Owns: what happened, as `events` tells it and the journal keeps it.
// Leaves: keeping and reading it (main/journal), and the words for a person (main/commands/render-events.ts, main/log/event-lines.ts).
import type { Instant } from './status.ts';

/** A ref that an operation has moved: of this repository by a fetch, of the remote by a push. */
export interface RefMove {
  /** Its full name. */
  readonly ref: string;
  /** Full object names; absent: there was none, or will be none, or nobody said which. */
  readonly old?: string;
  readonly new?: string;
  readonly how: 'new' | 'forwarded' | 'forced' | 'deleted';
}

/** What a sync came to. */
export interface SyncTold {
  readonly operation: 'fetch' | 'push';
  readonly ok: boolean;
  /** From its first git to its last. */
  readonly tookMs: number;
  /** At most MOST_MOVES of them. */
  readonly moved: readonly RefMove[];
  /** How many more there were. */
  readonly movedBesides?: number;
  /** Why it failed. */
  readonly why?: string;
}

/** The words of the control protocol mean here what they mean there. `remote` is its name, as git config has it. */
export type Happened =
  | { readonly event: 'STARTED'; readonly pid: number; readonly version: string; readonly mode: string }
  /** Nothing follows it but a STARTED. Where it is missing, the daemon was killed. */
  | { readonly event: 'ENDED'; readonly why: string }
  | { readonly event: 'SYNCING'; readonly remote: string }
  /** `how`: by which way it is watched. */
  | { readonly event: 'CONNECTED'; readonly remote: string; readonly how?: string }
  | { readonly event: 'DISCONNECTED'; readonly remote: string; readonly why?: string }
  | ({ readonly event: 'DONESYNCING'; readonly remote: string } & SyncTold)
  | { readonly event: 'WARNING'; readonly remote: string; readonly text: string }
  /** A local branch was moved to where its upstream is. */
  | { readonly event: 'FORWARDED'; readonly remote: string; readonly moved: readonly RefMove[] }
  /** What it was told; `remotes`: only these. */
  | {
      readonly event: 'PAUSE' | 'LOSTNET' | 'RESUME' | 'RELOAD' | 'STOP';
      readonly remotes?: readonly string[];
    }
  | { readonly event: 'CHANGED'; readonly refs: readonly string[] };

/** `id`: 1, 2, 3 … over all daemons of a repository, without a gap. */
export type DaemonEvent = { readonly id: number; readonly at: Instant } & Happened;

/** In one event. */
export const MOST_MOVES = 1_000;

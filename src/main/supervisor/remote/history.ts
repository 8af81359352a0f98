// Owns: what happened last with one remote, of each kind, as `status` tells it.
// Leaves: what the remote is now (record.ts), and the words for a terminal (main/commands/status/remote-lines.ts).
import type { Instant, RemoteStatus } from '../../../shared/status.ts';
import type { Outcome } from '../../git/operation.ts';

export type History = Readonly<Pick<RemoteStatus, 'lastChange' | 'lastSync' | 'lastCheck' | 'lastError'>>;

export type Happening =
  /** The remote said, or was seen, to have moved. */
  | { readonly kind: 'moved' }
  /** Compared with the remote, nothing was missing. */
  | { readonly kind: 'all-here' }
  | { readonly kind: 'failed'; readonly text: string }
  | {
      readonly kind: 'synced';
      readonly what: 'fetch' | 'push';
      readonly outcome: Outcome;
      /** Refs of the remote moved, as far as they are kept here. */
      readonly moved?: boolean;
    };

/** Keeps the last of each kind. `nowMs` is ms since the epoch. */
export function remember(history: History, happened: Happening, nowMs: number): History {
  const at = instant(nowMs);
  switch (happened.kind) {
    case 'moved':
      return { ...history, lastChange: at };
    case 'all-here':
      return { ...history, lastCheck: at };
    case 'failed':
      return { ...history, lastError: { at, text: happened.text } };
    case 'synced': {
      const { outcome, moved } = happened;
      return {
        ...history,
        ...(moved && { lastChange: at }),
        lastSync: { at, ok: outcome.ok, ...(!outcome.ok && { detail: outcome.failure.detail }) },
      };
    }
    default:
      return happened satisfies never;
  }
}

/** `ms` since the epoch. */
export const instant = (ms: number): Instant => new Date(ms).toISOString();

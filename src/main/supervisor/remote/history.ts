// Owns: what `status` is told of one remote: what happened when.
// Leaves: the words for a terminal (commands/render-status.ts).
import { withoutUrlSecrets } from '../../../shared/printable.ts';
import type { Remote } from '../../../shared/remote.ts';
import type { Held, RemoteStatus } from '../../../shared/status.ts';
import type { Outcome } from '../../git/operation.ts';
import type { RemoteState } from './link-state.ts';

export interface RemoteNow {
  readonly remote: Remote;
  readonly state: RemoteState;
  /** How the rung in use watches, before its link has said it more exactly. */
  readonly watchedBy: string;
  readonly whyNotBetter: string | undefined;
  readonly held: Held;
  readonly syncing: boolean;
  /** When a fetch or push that failed is tried again, ms since the epoch. */
  readonly retryAtMs: number | undefined;
}

export interface RemoteHistory {
  readonly connected: (how: string) => void;
  readonly disconnected: () => void;
  readonly moved: () => void;
  /** It was asked for its refs, and answered. */
  readonly polled: () => void;
  /** Compared with the remote, nothing was missing. */
  readonly allHere: () => void;
  readonly failed: (text: string) => void;
  readonly synced: (outcome: Outcome) => void;
  readonly status: (now: RemoteNow) => RemoteStatus;
}

/** Keeps the last of each kind of event. `nowMs` is ms since the epoch. */
export function createRemoteHistory(nowMs: () => number): RemoteHistory {
  let connection: { readonly since: string; readonly how: string; readonly lastPoll?: string } | undefined;
  let lastChange: string | undefined;
  let lastSync: RemoteStatus['lastSync'];
  let lastCheck: string | undefined;
  let lastError: RemoteStatus['lastError'];
  const now = (): string => instant(nowMs());

  return {
    connected: (how) => {
      // It may go on by another way.
      connection = { since: connection?.since ?? now(), how };
    },
    disconnected: () => {
      connection = undefined;
    },
    moved: () => {
      lastChange = now();
    },
    polled: () => {
      // Of this connection only: the next one may be told, and ask for nothing.
      if (connection) connection = { ...connection, lastPoll: now() };
    },
    allHere: () => {
      lastCheck = now();
    },
    failed: (text) => {
      lastError = { at: now(), text };
    },
    synced: (outcome) => {
      lastSync = { at: now(), ok: outcome.ok, ...(outcome.ok ? {} : { detail: outcome.failure.detail }) };
    },
    status: ({ remote, state, watchedBy, whyNotBetter, held, syncing, retryAtMs }) => {
      const nextTryMs = state.kind === 'waiting' ? state.wakeAtMs : retryAtMs;
      return {
        name: remote.name,
        url: withoutUrlSecrets(remote.url),
        state: shownState(state, held),
        watchedBy: connection?.how ?? watchedBy,
        ...(whyNotBetter === undefined ? {} : { whyNotBetter }),
        ...(connection ? { connectedSince: connection.since } : {}),
        ...(connection?.lastPoll === undefined ? {} : { lastPoll: connection.lastPoll }),
        ...(lastChange === undefined ? {} : { lastChange }),
        ...(lastSync ? { lastSync } : {}),
        ...(lastCheck === undefined ? {} : { lastCheck }),
        syncing,
        ...(nextTryMs === undefined ? {} : { nextTry: instant(nextTryMs) }),
        ...(lastError ? { lastError } : {}),
      };
    },
  };
}

const instant = (ms: number): string => new Date(ms).toISOString();

function shownState(state: RemoteState, held: Held): RemoteStatus['state'] {
  switch (state.kind) {
    case 'opening':
      return 'connecting';
    case 'idle':
    case 'gone':
      return held === 'no-network' ? 'no-network' : held === 'paused' ? 'paused' : 'closing';
    case 'offline':
      return 'no-network';
    case 'finishing':
      return 'connected';
    case 'connected':
    case 'closing':
    case 'waiting':
    case 'down':
      return state.kind;
    default:
      return state satisfies never;
  }
}

// Owns: one remote's fetches and pushes: asking for them, saying SYNCING and DONESYNCING, trying again what failed.
// Leaves: taking turns and running git (main/git), and the link (remote.ts).

import type { Announcement } from '../../../shared/control-protocol/control.ts';
import type { Failure } from '../../../shared/failures.ts';
import { doorAfterNews } from '../../../shared/git-protocol/relay-doors.ts';
import type { Remote } from '../../../shared/remote.ts';
import { decideWait } from '../../../shared/restart.ts';
import type { GitRequests, GitTurn } from '../../git/git-requests.ts';
import type { Outcome } from '../../git/operation.ts';

export interface SyncSurroundings {
  readonly remote: () => Remote;
  readonly work: GitRequests;
  readonly relaySocket: () => string | undefined;
  /** Whether such a failure is worth another try; one of a login is not. */
  readonly isTriedAgain: (kind: SyncKind, failure: Failure) => boolean;
  /** Whether anything may be asked for: the daemon is not held, and for a fetch the link is up. */
  readonly mayFetch: () => boolean;
  readonly mayPush: () => boolean;
  readonly say: (message: Announcement) => void;
  readonly finished: (kind: SyncKind, outcome: Outcome) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export type SyncKind = 'fetch' | 'push';

/** `news`: the link told that refs moved. `check`: whatever there is to see is to be seen, told or not. */
export type FetchReason = 'news' | 'check';

export interface RemoteSync {
  /** Asks for a fetch; one that runs does not count, since what moved may have moved after it looked. */
  readonly fetch: (why: FetchReason) => void;
  /** Remembers that these local refs (or object names) are to be offered, and offers them when that may be. */
  readonly offer: (refs: Iterable<string>) => void;
  /** Offers what was remembered while it could not be. */
  readonly offerRemembered: () => void;
  readonly isRunning: () => boolean;
  readonly isFetching: () => boolean;
  /** Whether a fetch runs that goes through the link's relay. */
  readonly usesLink: () => boolean;
  /** When something that failed is tried again (ms since the epoch). */
  readonly retryAtMs: () => number | undefined;
  /** Does not wait any longer with what is planned to be tried again. */
  readonly retryNow: () => void;
  /** Forgets planned retries; what is to be offered stays remembered. */
  readonly forgetRetries: () => void;
}

export function createRemoteSync(around: SyncSurroundings): RemoteSync {
  const offered = new Set<string>();
  const fetches = createRetry(around, () => fetch('check'));
  const pushes = createRetry(around, () => push());
  let running: SyncKind | undefined;
  let relayed = false;
  /** Of the fetch that waits for its turn. */
  let reason: FetchReason = 'news';

  const turn = (kind: SyncKind, settled: (outcome: Outcome) => void): GitTurn => {
    const remote = around.remote();
    return {
      remote,
      started: () => {
        running = kind;
        around.say({ kind: 'SYNCING', remote });
      },
      done: (outcome) => {
        running = undefined;
        relayed = false;
        around.say({ kind: 'DONESYNCING', remote, ok: outcome.ok });
        settled(outcome);
        around.finished(kind, outcome);
      },
    };
  };
  const isAgain = (kind: SyncKind, outcome: Outcome): boolean =>
    !outcome.ok && !outcome.refused && around.isTriedAgain(kind, outcome.failure);
  /** Asked when a fetch begins. */
  const relaySocket = (): string | undefined => {
    const socket = around.relaySocket();
    relayed = socket !== undefined;
    const door = reason === 'news' && socket !== undefined ? doorAfterNews(socket) : socket;
    reason = 'news';
    return door;
  };
  const fetch = (why: FetchReason): void => {
    if (!around.remote().fetches || !around.mayFetch()) return;
    if (why === 'check') reason = why;
    fetches.cancel();
    const settled = (outcome: Outcome): void =>
      fetches.after(outcome.ok, around.mayFetch() && isAgain('fetch', outcome));
    around.work.requestFetch({ ...turn('fetch', settled), relaySocket });
  };
  const push = (): void => {
    if (offered.size === 0 || !around.remote().push || !around.mayPush()) return;
    pushes.cancel();
    let taken: readonly string[] = [];
    const settled = (outcome: Outcome): void => {
      // Unless the remote did not want them they are offered again: now, or when somebody says RESUME.
      if (!outcome.ok && !outcome.refused) for (const ref of taken) offered.add(ref);
      pushes.after(outcome.ok, around.mayPush() && isAgain('push', outcome));
    };
    const refs = (): readonly string[] => {
      taken = [...offered];
      offered.clear();
      return taken;
    };
    around.work.requestPush({ ...turn('push', settled), refs });
  };

  return {
    fetch,
    offer: (refs) => {
      if (!around.remote().push) return;
      for (const ref of refs) offered.add(ref);
      push();
    },
    offerRemembered: push,
    isRunning: () => running !== undefined,
    isFetching: () => running === 'fetch',
    usesLink: () => running === 'fetch' && relayed,
    retryAtMs: () => earliest(fetches.atMs(), pushes.atMs()),
    retryNow: () => {
      if (fetches.atMs() !== undefined) fetch('check');
      if (pushes.atMs() !== undefined) push();
    },
    forgetRetries: () => {
      fetches.cancel();
      pushes.cancel();
    },
  };
}

interface Retry {
  /** It is over; `again`: it failed, and may be tried again by itself. */
  readonly after: (ok: boolean, again: boolean) => void;
  readonly cancel: () => void;
  readonly atMs: () => number | undefined;
}

/** Plans the next try of something that failed; where it may not be now, whatever allows it again asks for it too. */
function createRetry({ nowMs, random }: SyncSurroundings, tryAgain: () => void): Retry {
  let failures = 0;
  let planned: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  const cancel = (): void => {
    clearTimeout(planned?.timer);
    planned = undefined;
  };
  return {
    after: (ok, again) => {
      cancel();
      if (ok) failures = 0;
      if (!again) return;
      const wait = decideWait(failures, 0, random);
      failures = wait.failures;
      planned = { timer: setTimeout(tryAgain, wait.waitMs), atMs: nowMs() + wait.waitMs };
    },
    cancel,
    atMs: () => planned?.atMs,
  };
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

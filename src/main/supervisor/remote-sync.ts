// Owns: one remote's fetches and pushes: asking for them, saying SYNCING and DONESYNCING, trying again what failed.
// Leaves: taking turns and running git (main/git), and the link (watched-remote.ts).
import { dispositionOf, type Failure } from '../../shared/failures.ts';
import type { Remote, RemoteName } from '../../shared/remote.ts';
import { decideWait } from '../../shared/restart.ts';

export interface SyncOutcome {
  readonly ok: boolean;
  /** Why it failed; absent when `ok`. */
  readonly failure?: Failure;
  /** The other side did not want it, and will not until something moves. */
  readonly refused?: true;
}

/** One turn in the queue of git operations. `started` and `done` come as a pair, or (if it is forgotten) not at all. */
export interface SyncTurn {
  readonly remote: Remote;
  readonly started: () => void;
  readonly done: (outcome: SyncOutcome) => void;
}

/** The git operations of the repository, as the supervisor knows them. A request that already waits is joined. */
export interface GitWork {
  readonly requestFetch: (turn: SyncTurn & { readonly relaySocket: () => string | undefined }) => void;
  /** `refs` is asked when the turn begins; it gives ref names or object names, and forgets them. */
  readonly requestPush: (turn: SyncTurn & { readonly refs: () => readonly string[] }) => void;
}

export interface SyncSurroundings {
  readonly remote: () => Remote;
  readonly work: GitWork;
  readonly relaySocket: () => string | undefined;
  /** Whether anything may be asked for: the daemon is not held, and for a fetch the link is up. */
  readonly mayFetch: () => boolean;
  readonly mayPush: () => boolean;
  readonly say: (message: SyncMessage) => void;
  readonly finished: (kind: 'fetch' | 'push', outcome: SyncOutcome) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export type SyncMessage =
  | { readonly kind: 'SYNCING'; readonly remote: RemoteName }
  | { readonly kind: 'DONESYNCING'; readonly remote: RemoteName; readonly ok: boolean };

export interface RemoteSync {
  /** Asks for a fetch; one that runs does not count, since what moved may have moved after it looked. */
  readonly fetch: () => void;
  /** Remembers that these local refs (or object names) are to be offered, and offers them when that may be. */
  readonly offer: (refs: Iterable<string>) => void;
  /** Offers what was remembered while it could not be. */
  readonly offerRemembered: () => void;
  readonly isRunning: () => boolean;
  /** When something that failed is tried again (ms since the epoch). */
  readonly retryAtMs: () => number | undefined;
  /** Forgets planned retries; what is to be offered stays remembered. */
  readonly forgetRetries: () => void;
}

export function createRemoteSync(around: SyncSurroundings): RemoteSync {
  const offered = new Set<string>();
  const fetches = createRetry(around, () => fetch());
  const pushes = createRetry(around, () => push());
  let running = 0;

  const turn = (kind: 'fetch' | 'push', settled: (outcome: SyncOutcome) => void): SyncTurn => {
    const remote = around.remote();
    return {
      remote,
      started: () => {
        running += 1;
        around.say({ kind: 'SYNCING', remote: remote.name });
      },
      done: (outcome) => {
        running -= 1;
        around.say({ kind: 'DONESYNCING', remote: remote.name, ok: outcome.ok });
        settled(outcome);
        around.finished(kind, outcome);
      },
    };
  };
  const fetch = (): void => {
    if (!around.remote().fetches || !around.mayFetch()) return;
    fetches.cancel();
    const settled = (outcome: SyncOutcome): void => fetches.after(outcome, around.mayFetch());
    around.work.requestFetch({ ...turn('fetch', settled), relaySocket: around.relaySocket });
  };
  const push = (): void => {
    if (offered.size === 0 || !around.remote().push || !around.mayPush()) return;
    pushes.cancel();
    let taken: readonly string[] = [];
    const settled = (outcome: SyncOutcome): void => {
      if (!outcome.ok && isTriedAgain(outcome)) for (const ref of taken) offered.add(ref);
      pushes.after(outcome, around.mayPush());
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
    isRunning: () => running > 0,
    retryAtMs: () => earliest(fetches.atMs(), pushes.atMs()),
    forgetRetries: () => {
      fetches.cancel();
      pushes.cancel();
    },
  };
}

interface Retry {
  readonly after: (outcome: SyncOutcome, allowed: boolean) => void;
  readonly cancel: () => void;
  readonly atMs: () => number | undefined;
}

/** Plans the next try of something that failed; where it is not allowed now, whatever allows it again asks for it too. */
function createRetry({ nowMs, random }: SyncSurroundings, tryAgain: () => void): Retry {
  let failures = 0;
  let planned: { readonly timer: NodeJS.Timeout; readonly atMs: number } | undefined;
  const cancel = (): void => {
    clearTimeout(planned?.timer);
    planned = undefined;
  };
  return {
    after: (outcome, allowed) => {
      cancel();
      if (outcome.ok) failures = 0;
      if (outcome.ok || !allowed || !isTriedAgain(outcome)) return;
      const wait = decideWait(failures, 0, random);
      failures = wait.failures;
      planned = { timer: setTimeout(tryAgain, wait.waitMs), atMs: nowMs() + wait.waitMs };
    },
    cancel,
    atMs: () => planned?.atMs,
  };
}

const isTriedAgain = ({ failure, refused }: SyncOutcome): boolean =>
  !refused && dispositionOf(failure?.code ?? 'unknown') === 'retry';

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

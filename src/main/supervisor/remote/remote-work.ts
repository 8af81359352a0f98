// Owns: the git work with one remote: its fetches, pushes and comparisons, and what their outcomes mean for its link.
// Leaves: each of them (syncing.ts, comparing.ts, sync-verdict.ts), and the link (remote.ts).
import type { Failure } from '../../../shared/failures.ts';
import type { Outcome } from '../../git/operation.ts';
import type { LinkKeeper } from '../link/link-keeper.ts';
import { type Comparing, createComparing } from './comparing.ts';
import { isTriedAgain, judgeSync } from './sync-verdict.ts';
import { createRemoteSync, type RemoteSync, type SyncKind, type SyncSurroundings } from './syncing.ts';

export interface WorkSurroundings
  extends Pick<SyncSurroundings, 'remote' | 'work' | 'mayPush' | 'say' | 'nowMs' | 'random'> {
  readonly link: () => Pick<LinkKeeper, 'relaySocket' | 'hasRelay' | 'fetched' | 'check'>;
  /** Connected, and not held. */
  readonly isUp: () => boolean;
  readonly moved: () => void;
  readonly ended: (outcome: Outcome) => void;
  readonly worked: () => void;
  readonly warn: (text: string) => void;
  /** Nothing helps until somebody says RESUME or RELOAD. */
  readonly giveUp: (failure: Failure) => void;
  /** No git operation uses the link any more. */
  readonly leftLink: () => void;
}

export interface RemoteWork {
  readonly sync: RemoteSync;
  readonly comparing: Comparing;
}

export function createRemoteWork(around: WorkSurroundings): RemoteWork {
  const { link, isUp } = around;
  const sync = createRemoteSync({
    ...around,
    relaySocket: () => link().relaySocket(),
    isTriedAgain: (kind, failure) => isTriedAgain(kind, failure, link().hasRelay()),
    mayFetch: isUp,
    finished: (kind, outcome) => finished(kind, outcome),
  });
  const finished = (kind: SyncKind, outcome: Outcome): void => {
    around.ended(outcome);
    const verdict = judgeSync(kind, outcome, { isUp: isUp(), hasRelay: link().hasRelay() });
    if (verdict.kind === 'worked') around.worked();
    if (verdict.kind === 'worked' && kind === 'fetch') link().fetched(true);
    if (verdict.kind === 'failed') {
      around.warn(`${kind} failed: ${verdict.failure.detail}`);
      if (verdict.next === 'other-way') link().fetched(false);
      if (verdict.next === 'give-up') around.giveUp(verdict.failure);
    }
    around.leftLink();
    if (kind === 'fetch') comparing.fetched();
  };
  const comparing = createComparing({
    mayFetch: () => around.remote().fetches && isUp(),
    isFetching: sync.isFetching,
    ask: () => link().check(),
    fetch: () => sync.fetch('check'),
    moved: around.moved,
  });
  return { sync, comparing };
}

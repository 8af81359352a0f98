// Owns: what the outcome of a fetch or push means for the link beside it, as a pure decision.
// Leaves: carrying it out (syncing.ts), and when to try again (sync-step.ts, push-state.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../../shared/failures.ts';
import type { Outcome } from '../../git/operation.ts';

export type SyncKind = 'fetch' | 'push';

export interface LinkNow {
  /** Connected, and not held. */
  readonly isUp: boolean;
  readonly hasRelay: boolean;
}

export type SyncVerdict =
  | { readonly kind: 'worked' }
  /** Ended by us, or the link is down anyway and the next one catches up. */
  | { readonly kind: 'no-matter' }
  /** `next`: the next fetch goes the other way, or nothing helps until somebody says RESUME or RELOAD. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly next: 'go-on' | 'other-way' | 'give-up' };

export function judgeSync(kind: SyncKind, outcome: Outcome, { isUp, hasRelay }: LinkNow): SyncVerdict {
  if (outcome.ok) return { kind: 'worked' };
  const { failure } = outcome;
  if (failure.code === 'cancelled' || !isUp) return { kind: 'no-matter' };
  if (kind === 'push' || SAME_BY_ANY_WAY.has(failure.code)) return { kind: 'failed', failure, next: 'go-on' };
  const isFinal = !isTriedAgain(kind, failure, hasRelay);
  return { kind: 'failed', failure, next: isFinal ? 'give-up' : 'other-way' };
}

/** It is of this repository, or of what there is to bring. */
const SAME_BY_ANY_WAY: ReadonlySet<FailureCode> = new Set([
  'locked',
  'too-big',
  'no-room',
  'broken-here',
  'refused-here',
]);

/** Through the relay git never logs in: a refusal is then of git's own connection, and the link's word counts. */
export function isTriedAgain(kind: SyncKind, { code }: Failure, hasRelay: boolean): boolean {
  return dispositionOf(code) === 'retry' || (kind === 'fetch' && hasRelay);
}

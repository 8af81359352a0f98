// Owns: who waits for what with one remote, and bringing that about.
// Leaves: when he has it (wish.ts), and fetching and comparing (syncing.ts).
import { NO_MOVES } from '../../../shared/moves.ts';
import type { Held } from '../../../shared/status.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import type { Guard } from './guard.ts';
import type { LinkEvent, LinkState } from './link-state.ts';
import { canCompare, pollMs } from './record.ts';
import type { SyncEvent } from './sync-state.ts';
import type { RecordCell } from './syncing.ts';
import {
  cameUp,
  type Fulfilled,
  newWish,
  stepWish,
  type WaitingWish,
  type Wish,
  type WishEvent,
  whatIsAwaited,
} from './wish.ts';

export interface AskingTools {
  readonly record: RecordCell;
  readonly dispatch: (event: LinkEvent) => void;
  readonly sync: (event: SyncEvent) => void;
  /** Whether, and by what, this remote is held. */
  readonly held: () => Held;
  /** Why it is, where that is over by itself. */
  readonly whyHeld: () => string | undefined;
  readonly guarded: Guard;
}

export interface Asked {
  readonly wish: Wish;
  /** Nobody waits any more. */
  readonly gone: AbortSignal;
  readonly limitMs?: number | undefined;
}

export interface Asking {
  /** Has it fetched, or looked at; resolves when that is over. Never rejects. */
  readonly ask: (asked: Asked) => Promise<Fulfilled>;
  /** Has it fetched, and waits for nothing. */
  readonly fetchNow: () => void;
  /** The sync was stepped by this. */
  readonly synced: (event: SyncEvent) => void;
  readonly compared: (asked: number, allHere: boolean) => void;
  /** Its link was `before`, or its config or what holds it is another. */
  readonly changed: (before?: LinkState) => void;
}

export function createAsking({ record, dispatch, sync, held, whyHeld, guarded }: AskingTools): Asking {
  const waiting = new Map<(fulfilled: Fulfilled) => void, WaitingWish>();
  const step = (event: WishEvent): void => {
    const now = record.get();
    const inputs = { record: now, held: held(), whyHeld: whyHeld(), isPolled: pollMs(now) !== undefined };
    // A copy: whoever has what he waited for may ask for more.
    for (const [settle, wish] of [...waiting]) {
      const next = stepWish(wish, event, inputs);
      if (next.kind === 'over') settle(next);
      else waiting.set(settle, next);
    }
  };
  const fetchNow = (): void => {
    dispatch({ kind: 'want' });
    if (record.get().link.kind === 'connected') sync({ kind: 'asked', insists: true });
  };
  /** A fetch tells, where a comparison does not. */
  const mustFetch = (): boolean => !canCompare(record.get()) || pollMs(record.get()) !== undefined;
  const look = (): void => {
    if (record.get().link.kind !== 'connected') dispatch({ kind: 'there' });
    else sync(mustFetch() ? { kind: 'asked', insists: false } : { kind: 'check' });
  };
  const begin = guarded((wish: Wish) => {
    if (wish === 'fetched') fetchNow();
    else look();
    step({ kind: 'changed' });
  });
  return {
    ask: ({ wish, gone, limitMs }) =>
      new Promise((resolve) => {
        const settle = (fulfilled: Fulfilled): void => {
          clearTimeout(timer);
          gone.removeEventListener('abort', giveUp);
          waiting.delete(settle);
          resolve(fulfilled);
        };
        const giveUp = (): void => settle({ kind: 'over', ok: false, text: 'nobody waits for it any more' });
        const late = (): void => {
          const text = `not within ${(limitMs ?? 0) / 1_000} s: ${whatIsAwaited(record.get(), held())}`;
          settle({ kind: 'over', ok: false, text });
        };
        const timer = limitMs === undefined ? undefined : setTimeout(late, timerMs(limitMs));
        waiting.set(settle, newWish(wish, record.get().answers.asked));
        if (gone.aborted) return giveUp();
        gone.addEventListener('abort', giveUp, { once: true });
        begin(wish);
      }),
    fetchNow,
    synced: (event) => {
      if (event.kind === 'started') step({ kind: 'fetch-began' });
      if (event.kind === 'done') step({ kind: 'fetch-done', outcome: event.outcome, moves: event.moves ?? NO_MOVES });
      if (event.kind === 'forgotten') step({ kind: 'fetch-forgotten' });
    },
    compared: (asked, allHere) => step({ kind: 'compared', asked, allHere }),
    changed: (before) => {
      if (waiting.size === 0) return;
      const insists = [...waiting.values()].some(({ wish }) => wish === 'fetched');
      // What else there is to be seen to is, whenever a link comes up.
      if (before && cameUp(before, record.get().link) && (insists || mustFetch())) sync({ kind: 'asked', insists });
      step({ kind: 'changed' });
    },
  };
}

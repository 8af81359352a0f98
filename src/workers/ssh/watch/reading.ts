// Owns: what is made of the lines of a watcher, one after the other: reports, or the end of the link. Pure.
// Leaves: where they come from (listen.ts), and what each means (notify-changes.ts, server-watch.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { ObjectName, RefMove } from '../../../shared/remote.ts';

/** So many lines in a row that are no message are no accident any more. */
const MOST_ODD_LINES = 100;
/** Of so many in a row a person reads what they are about. */
const MOST_LOGGED_LINES = 10;

/** What a line means. */
export type LineMeaning =
  /** `how` is for `status`. */
  | { readonly kind: 'ready'; readonly how: string }
  | { readonly kind: 'moved'; readonly refs?: readonly RefMove[]; readonly tips?: readonly ObjectName[] }
  /** Part of a message that is not complete, or nothing to be done about. */
  | { readonly kind: 'noted' }
  /** Ends the link. */
  | { readonly kind: 'failed'; readonly error: DaemonError }
  /** No message. */
  | { readonly kind: 'odd'; readonly text: string };

export interface ReadingState {
  /** `starting` until READY. */
  readonly kind: 'starting' | 'ready';
  readonly oddInARow: number;
}

export const STARTING: ReadingState = { kind: 'starting', oddInARow: 0 };

export type ReadingEffect =
  | Extract<LineMeaning, { kind: 'moved' | 'failed' }>
  | { readonly kind: 'connected'; readonly how: string }
  | { readonly kind: 'log'; readonly text: string }
  /** Something else than a watcher speaks: there will be no READY. */
  | { readonly kind: 'noise' };

export interface ReadingStep {
  readonly state: ReadingState;
  readonly effects: readonly ReadingEffect[];
}

export function step({ kind, oddInARow }: ReadingState, line: LineMeaning): ReadingStep {
  switch (line.kind) {
    case 'odd':
      return { state: { kind, oddInARow: oddInARow + 1 }, effects: oddEffects(kind, oddInARow + 1, line.text) };
    case 'ready': {
      const effects = kind === 'starting' ? [{ kind: 'connected', how: line.how } as const] : [];
      return { state: { kind: 'ready', oddInARow: 0 }, effects };
    }
    case 'moved':
    case 'failed':
      return { state: { kind, oddInARow: 0 }, effects: [line] };
    case 'noted':
      return { state: { kind, oddInARow: 0 }, effects: [] };
    default:
      return line satisfies never;
  }
}

/** A line that is no message may hide one: after READY it counts as `moved`. */
function oddEffects(kind: ReadingState['kind'], oddInARow: number, text: string): ReadingEffect[] {
  const isReady = kind === 'ready';
  const logged = oddInARow <= MOST_LOGGED_LINES;
  const tooMany = new DaemonError('too-much-noise', `${MOST_ODD_LINES} lines in a row are no notifications`);
  return [
    ...(logged ? [{ kind: 'log', text: `not a notification: ${printable(text)}` } as const] : []),
    ...(isReady ? [{ kind: 'moved' } as const] : []),
    ...(oddInARow < MOST_ODD_LINES ? [] : [isReady ? ({ kind: 'failed', error: tooMany } as const) : NOISE]),
  ];
}

const NOISE: ReadingEffect = { kind: 'noise' };

// Owns: what is made of the lines of a watcher, one after the other: reports, or the end of the link. Pure.
// Leaves: where they come from (listen.ts), and what each means (notify-changes.ts, server-watch.ts).
import { DaemonError } from '../../../shared/failures.ts';
import type { ObjectName, RefMove } from '../../../shared/remote.ts';
import { type Allowance, createTokenBucket } from '../../../shared/timing/token-bucket.ts';

/** So many lines that are no message, within minutes, are no accident any more, whatever stands between them. */
const ODD_LINES = 100;
/** Of fewer, one in six seconds is forgotten. */
const MAY_BE_ODD: Allowance = { most: ODD_LINES - 1, perMs: 1 / 6_000 };

/** What a line means. */
export type LineMeaning =
  /** `how` is for `status`. */
  | { readonly kind: 'ready'; readonly how: string }
  | {
      readonly kind: 'moved';
      readonly refs?: readonly RefMove[];
      readonly tips?: readonly ObjectName[];
      /** As in News. */
      readonly isLate?: true;
    }
  /** Something may have moved, or nothing. */
  | { readonly kind: 'unsure' }
  /** It takes now what it is to be sent. */
  | { readonly kind: 'waiting' }
  /** Part of a message that is not complete, or nothing to be done about. */
  | { readonly kind: 'noted' }
  /** Ends the link. */
  | { readonly kind: 'failed'; readonly error: DaemonError }
  /** No message; `text` is fit to be shown. */
  | { readonly kind: 'odd'; readonly text: string };

/** `starting` and `handed` until READY; `handed`: it was sent what it waited for. */
export type ReadingState = 'starting' | 'handed' | 'ready';

export type ReadingEffect =
  | Extract<LineMeaning, { kind: 'moved' | 'unsure' | 'failed' }>
  | { readonly kind: 'connected'; readonly how: string }
  /** Send what there is to send. */
  | { readonly kind: 'hand' }
  | { readonly kind: 'log'; readonly text: string }
  /** Something else than a watcher speaks: there will be no READY. */
  | { readonly kind: 'noise' };

export interface ReadingStep {
  readonly state: ReadingState;
  readonly effects: readonly ReadingEffect[];
}

/** `mayBeOdd`: what the server may say that is no message is not used up by this line. */
export function step(state: ReadingState, line: LineMeaning, mayBeOdd: boolean): ReadingStep {
  switch (line.kind) {
    case 'odd':
      return { state, effects: oddEffects(state, line.text, mayBeOdd) };
    case 'ready':
      return { state: 'ready', effects: state === 'ready' ? [] : [{ kind: 'connected', how: line.how }] };
    case 'waiting':
      return state === 'starting' ? { state: 'handed', effects: [{ kind: 'hand' }] } : { state, effects: [] };
    case 'moved':
    case 'unsure':
    case 'failed':
      return { state, effects: [line] };
    case 'noted':
      return { state, effects: [] };
    default:
      return line satisfies never;
  }
}

/** A line that is no message may hide one: after READY it counts as `moved`. */
function oddEffects(state: ReadingState, text: string, mayBeOdd: boolean): ReadingEffect[] {
  const isReady = state === 'ready';
  const tooMany = new DaemonError('too-much-noise', `${ODD_LINES} lines in a short time are no notifications`);
  return [
    { kind: 'log', text: `not a notification: ${text}` },
    ...(isReady ? [{ kind: 'moved' } as const] : []),
    ...(mayBeOdd ? [] : [isReady ? ({ kind: 'failed', error: tooMany } as const) : NOISE]),
  ];
}

const NOISE: ReadingEffect = { kind: 'noise' };

export type Reading = (line: LineMeaning) => readonly ReadingEffect[];

/** One watcher's lines, one after the other. */
export function createReading(nowMs: () => number): Reading {
  const odd = createTokenBucket(MAY_BE_ODD, nowMs);
  let state: ReadingState = 'starting';
  return (line) => {
    const next = step(state, line, line.kind !== 'odd' || odd.take(1));
    state = next.state;
    return next.effects;
  };
}

// Owns: points in time and spans as `status` tells them: `in 32 s`, `3 min ago`.
// Leaves: what happened then (status/, peer-list.ts).
import { printable } from '../../shared/printable.ts';
import type { Instant } from '../../shared/status.ts';

const UNITS = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Of something planned: what is due, or was a moment ago, is about to happen. */
export function due(instant: Instant, nowMs: number): string {
  const aheadMs = Date.parse(instant) - nowMs;
  if (Number.isNaN(aheadMs)) return `at ${printable(instant)}`;
  return aheadMs < 500 ? 'now' : `in ${span(instant, nowMs)}`;
}

/** Clocks are set right by some seconds now and then. */
const SET_RIGHT_MS = 60_000;

/** Of something that has been: `3 min ago`, `just now`. */
export function ago(instant: Instant, nowMs: number): string {
  const backMs = nowMs - Date.parse(instant);
  if (Number.isNaN(backMs)) return `at ${printable(instant)}`;
  if (backMs < -SET_RIGHT_MS) return `at ${printable(instant)}, by a clock that was set back since`;
  return backMs < 500 ? 'just now' : `${span(instant, nowMs)} ago`;
}

/** How far an instant is away, in the largest unit that fits: `32 s`, `1 day`. */
export function span(instant: Instant, nowMs: number): string {
  const seconds = Math.round(Math.abs(Date.parse(instant) - nowMs) / 1000);
  const [unit, length] = UNITS.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['s', 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${unit === 'day' && count > 1 ? 's' : ''}`;
}

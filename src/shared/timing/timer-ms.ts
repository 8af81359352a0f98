// Owns: the bound of every number of milliseconds that reaches a timer.
// Leaves: which numbers these are (config, ssh's options), and the timers.

/** Node's timers hold 31 bits: with more they fire at once (setTimeout), or throw (AbortSignal.timeout). */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A wait that a timer can have, about as long as was asked for: past 24 days it is 24 days; what is no number is none. */
export const timerMs = (ms: number): number => (ms > 0 ? Math.min(ms, LONGEST_TIMER_MS) : 0);

// Owns: a clock for ages and waits, which nobody can set, and what a moment of it is called.
// Leaves: the moments that files bear, which are of the wall clock (main/git).

/** In ms since the epoch as it was when the process began; it never goes back, nor on when the wall clock is set. */
export const monotonicMs = (): number => performance.timeOrigin + performance.now();

/** The wall clock's name for such a moment, as it is set now: for a person. */
export const wallMsOf = (ms: number): number => ms + (Date.now() - monotonicMs());

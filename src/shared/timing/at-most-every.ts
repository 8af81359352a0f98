// Owns: telling of something now and then, however often it happens.
// Leaves: what it is.

/** Tells the sum of what was counted: at once, and then not before the interval is over. What is left over waits for the next. */
export function atMostEvery(intervalMs: number, tell: (sum: number) => void): (count: number) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let sum = 0;
  return (count) => {
    sum += count;
    const nowMs = performance.now();
    if (nowMs - lastMs < intervalMs) return;
    lastMs = nowMs;
    tell(sum);
    sum = 0;
  };
}

// Owns: doing something now and then, however often it is asked for.
// Leaves: what it is.

/** Acts at once, and then not before the interval is over; what is asked for in between is forgotten. */
export function atMostEvery(intervalMs: number, act: () => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs - lastMs < intervalMs) return;
    lastMs = nowMs;
    act();
  };
}

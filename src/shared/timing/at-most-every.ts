// Owns: telling of something now and then, however often it happens.
// Leaves: what it is.

export interface Tally {
  readonly add: (count: number) => void;
  /** Tells what is left over, if anything is. */
  readonly flush: () => void;
}

/** Tells the sum of what was counted: at once, and then not before the interval is over. What is left over waits for the next. */
export function atMostEvery(intervalMs: number, tell: (sum: number) => void): Tally {
  let lastMs = Number.NEGATIVE_INFINITY;
  let sum = 0;
  const tellSum = (): void => {
    lastMs = performance.now();
    tell(sum);
    sum = 0;
  };
  return {
    add: (count) => {
      sum += count;
      if (performance.now() - lastMs >= intervalMs) tellSum();
    },
    flush: () => {
      if (sum > 0) tellSum();
    },
  };
}

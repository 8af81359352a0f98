// Owns: an allowance that fills up again with time: of lines, bytes or whatever is counted. Pure but for the clock it is given.
// Leaves: what is done where it is used up (line-budget.ts, workers/outbox.ts, system/paced-reading.ts).

export interface Allowance {
  /** So much may be used at once. */
  readonly most: number;
  /** So much comes back in a millisecond, up to `most`. */
  readonly perMs: number;
}

export interface TokenBucket {
  /** Uses so much, if there is so much, and `leaving` (0 where it is not given) besides. */
  readonly take: (amount: number, leaving?: number) => boolean;
  /** Uses so much in any case; what is less than nothing is given back. */
  readonly spend: (amount: number) => void;
  /** How long it takes, in ms, until there is so much. */
  readonly waitMs: (amount: number) => number;
}

/** Full at first. `nowMs` is a clock that never goes back. */
export function createTokenBucket({ most, perMs }: Allowance, nowMs: () => number): TokenBucket {
  let left = most;
  let atMs = nowMs();
  const fill = (): number => {
    const now = nowMs();
    left = Math.min(most, left + (now - atMs) * perMs);
    atMs = now;
    return left;
  };
  const spend = (amount: number): void => {
    left = Math.min(most, fill() - amount);
  };
  return {
    take: (amount, leaving = 0) => {
      if (fill() < amount + leaving) return false;
      spend(amount);
      return true;
    },
    spend,
    waitMs: (amount) => Math.max(0, (amount - fill()) / perMs),
  };
}

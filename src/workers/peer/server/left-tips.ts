// Owns: which objects refs of this repository have left lately, so that one to which a ref goes back is known to be old.
// Leaves: what that means for who is told (pending-changes.ts).

export interface LeftTips {
  readonly note: (tip: string | undefined) => void;
  readonly has: (tip: string | undefined) => boolean;
}

/** Of 64 characters each at most. */
const MOST = 2_000;

export function createLeftTips(): LeftTips {
  // A Set tells in the order in which they were added.
  const tips = new Set<string>();
  return {
    note: (tip) => {
      if (tip === undefined) return;
      tips.delete(tip);
      tips.add(tip);
      const [oldest] = tips;
      if (tips.size > MOST && oldest !== undefined) tips.delete(oldest);
    },
    has: (tip) => tip !== undefined && tips.has(tip),
  };
}

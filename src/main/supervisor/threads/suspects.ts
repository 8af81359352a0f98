// Owns: whose loop it was that ended a thread in which others had theirs, as far as that can be told.
// Leaves: what a thread ends by (worker-pool.ts), and who is put where because of this (thread-slots.ts).

/** `suspect`: its thread ended once, maybe by another's fault; `guilty`: by its own, and more than once. */
export type Standing = 'trusted' | 'suspect' | 'guilty';

export interface Suspects<Key> {
  /**
   * The thread of these has ended, each of which had a loop in it. `known`: by whose fault. Gives whose it was;
   * undefined: nobody can tell yet.
   */
  readonly threadEnded: (residents: readonly Key[], known?: Key) => Key | undefined;
  readonly standingOf: (one: Key) => Standing;
  readonly forget: (one: Key) => void;
}

/** Whoever has behaved for so long is no suspect any more. */
const SUSPECT_MS = 3_600_000;

/** Suspects are put apart, so that the next end, or the one after that, leaves only one of them. */
export function createSuspects<Key>(nowMs: () => number): Suspects<Key> {
  const suspectedAtMs = new Map<Key, number>();
  const guilty = new Set<Key>();
  const isSuspect = (one: Key): boolean => {
    const atMs = suspectedAtMs.get(one);
    return atMs !== undefined && nowMs() - atMs < SUSPECT_MS;
  };
  const culpritOf = (residents: readonly Key[]): Key | undefined => {
    const [only, ...others] = residents.length === 1 ? residents : residents.filter((one) => guilty.has(one));
    if (only !== undefined && others.length === 0) return only;
    const [suspect, ...more] = residents.filter(isSuspect);
    return more.length === 0 ? suspect : undefined;
  };
  return {
    threadEnded: (residents, known) => {
      const culprit = known ?? culpritOf(residents);
      if (culprit !== undefined) {
        if (isSuspect(culprit)) guilty.add(culprit);
        // It was this one also when others were suspected with it.
        suspectedAtMs.clear();
        suspectedAtMs.set(culprit, nowMs());
        return culprit;
      }
      const among = residents.filter(isSuspect);
      suspectedAtMs.clear();
      for (const one of among.length > 0 ? among : residents) suspectedAtMs.set(one, nowMs());
      return undefined;
    },
    standingOf: (one) => (guilty.has(one) ? 'guilty' : isSuspect(one) ? 'suspect' : 'trusted'),
    forget: (one) => {
      suspectedAtMs.delete(one);
      guilty.delete(one);
    },
  };
}

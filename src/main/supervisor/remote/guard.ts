// Owns: that what one remote's code throws in this thread ends that remote's link and git work, and nothing else.
// Leaves: what becomes of them then (link-step.ts, syncing.ts).

/** Makes a function of which callers need not fear that it throws: `onThrown` is told, and the caller gets nothing back. */
export type Guard = <Args extends unknown[]>(entry: (...args: Args) => void) => (...args: Args) => void;

/** `onThrown` may throw as well, where the remote is past mending; `onLost` is then all that is done. */
export function createGuard(onThrown: (error: unknown) => void, onLost: (error: unknown) => void): Guard {
  return (entry) =>
    (...args) => {
      try {
        entry(...args);
      } catch (error) {
        try {
          onThrown(error);
        } catch (another) {
          onLost(another);
        }
      }
    };
}

/** Does all of it, also when an earlier act threw; what was thrown first is thrown in the end. */
export function doAll(acts: readonly (() => void)[]): void {
  const thrown: unknown[] = [];
  for (const act of acts) {
    try {
      act();
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

// Owns: giving things back in the reverse order in which they were taken, whatever happened in between.
// Leaves: when that is: vitest's `onTestFinished` is an AtEnd, and so is `createReleases().atEnd` (demo, beforeAll).

/** Says what to do when the test is over; called in reverse order. */
export type AtEnd = (release: () => void | Promise<void>) => void;

export interface Releases {
  readonly atEnd: AtEnd;
  /** Runs all of them, also when some fail; then throws what the first failure was. Asked again, it is the same run. */
  readonly releaseAll: () => Promise<void>;
}

/** An AtEnd for where vitest's own is not at hand. */
export function createReleases(): Releases {
  const held: (() => void | Promise<void>)[] = [];
  let running: Promise<void> | undefined;
  return {
    atEnd: (release) => {
      held.push(release);
    },
    releaseAll: () => {
      running ??= releaseInTurn(held);
      return running;
    },
  };
}

async function releaseInTurn(held: (() => void | Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let release = held.pop(); release; release = held.pop()) {
    try {
      await release();
    } catch (failure) {
      failures.push(failure);
    }
  }
  if (failures.length > 0) throw failures[0];
}

// Owns: when state.json is written: soon after a change, and not for each of many.
// Leaves: what is in it (status.ts), and the file (state-directory.ts).

/**
 * Many remotes change at once when the daemon starts or stops; `status` may be this much behind. Replacing a file holds
 * up this thread for milliseconds on a busy disk.
 */
const QUIET_MS = 250;

export interface StatusWriter {
  /** Something that is shown is different. */
  readonly changed: () => void;
  readonly close: () => void;
}

export function createStatusWriter(write: () => void, log: (text: string) => void): StatusWriter {
  let timer: NodeJS.Timeout | undefined;
  const writeNow = (): void => {
    timer = undefined;
    try {
      write();
    } catch (error) {
      // A full disk: `status` is old then, and the next change is tried again.
      log(`cannot write the status: ${String(error)}`);
    }
  };
  return {
    // The timer is not put off by later changes: a steady stream of them is shown too.
    changed: () => {
      timer ??= setTimeout(writeNow, QUIET_MS).unref();
    },
    close: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

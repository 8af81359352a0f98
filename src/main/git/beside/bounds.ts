// Owns: when a fetch that knows few of the refs here costs more than one that knows them all, by what git says while it runs.
// Leaves: ending it, and the fetch that follows (fetch-beside.ts).
import { createProgressReader } from '../progress.ts';

export type Excess = 'many-objects' | 'quiet';

export interface Bounds {
  /** For git's stderr. */
  readonly hear: (said: string) => void;
  readonly excess: () => Excess | undefined;
  readonly close: () => void;
}

/** With so many some may be here already: of those that come one by one, most changes have some 10. */
const MOST_OBJECTS = 5_000;
/**
 * Without a word git may be walking through all of a history, or the other side is slow. A second is what it takes to
 * read the tips of 50 000 refs.
 */
const QUIET_MS = 3_000;

const COUNTED =
  /(?:Enumerating|Counting|Compressing|Receiving|Unpacking|Indexing) objects: +(?:\d+% \(\d+\/(?<all>\d+)\)|(?<many>\d+))/;

/** Calls back once, when it is too much. */
export function watchBounds(onExcess: () => void, quietMs = QUIET_MS): Bounds {
  const progress = createProgressReader();
  let excess: Excess | undefined;
  const exceeds = (what: Excess): void => {
    if (excess !== undefined) return;
    excess = what;
    onExcess();
  };
  const timer = setTimeout(() => exceeds('quiet'), quietMs);
  return {
    hear: (said) => {
      timer.refresh();
      const { all, many } = COUNTED.exec(progress(said).step?.text ?? '')?.groups ?? {};
      if (Number(all ?? many ?? 0) > MOST_OBJECTS) exceeds('many-objects');
    },
    excess: () => excess,
    close: () => clearTimeout(timer),
  };
}

// Owns: what git's own progress on stderr says: how much has come or gone, and whether git works here. Pure.
// Leaves: running git (run-git.ts), and what is made of it (lane-turn.ts).

/** What git has shown since it was last asked. */
export interface Shown {
  /** So many bytes more have come, or gone. */
  readonly bytes: number;
  /** It works on what has come: that goes on, though nothing moves. */
  readonly works: boolean;
  /** How far it is, where a line says that. */
  readonly step?: Step;
  /** Another git begins: what has come until now is not part of what it brings. */
  readonly begins?: true;
}

/** One line of progress: git's own, or what its other side counts, in words that are always the same. */
export interface Step {
  /** `Receiving objects:  12% (34/283), 1.20 MiB | 600.00 KiB/s` */
  readonly text: string;
  /** Of this step. */
  readonly percent?: number;
}

export const NOTHING_SHOWN: Shown = { bytes: 0, works: false };

/** Git's own lines are shorter. */
const MOST_CHARACTERS = 200;
/** `Receiving objects:  12% (34/283), 1.20 MiB | 600.00 KiB/s` (git, progress.c). */
const MOVED = /^(?:Receiving|Unpacking|Writing) objects: .*?, (?<count>\d+(?:\.\d+)?) (?<unit>bytes|KiB|MiB|GiB)\b/;
const WORKS = /^(?:Resolving deltas|Checking connectivity|Updating files|Indexing objects): /;
/** Nothing else of a line is ever shown: the other side may write what it likes behind `remote: `. */
const STEP =
  /^(?:remote: )?(?:(?:Enumerating|Counting|Compressing|Receiving|Unpacking|Writing|Indexing) objects|Resolving deltas|Checking connectivity|Updating files): +(?:(?<percent>\d{1,3})% \(\d+\/\d+\)|\d+)(?:, \d+(?:\.\d+)? (?:bytes|[KMG]iB)(?: \| \d+(?:\.\d+)? (?:bytes|[KMG]iB)\/s)?)?(?:, done\.)?$/;
const UNITS: Readonly<Record<string, number>> = { bytes: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Reads stderr chunk by chunk. What the other side says stands behind `remote: `, and is not taken for git's. */
export function createProgressReader(): (chunk: string) => Shown {
  /** The line that has no end yet; undefined: it is longer than one of git's own. */
  let begun: string | undefined = '';
  let seen = 0;
  const read = (line: string): Omit<Shown, 'step'> => {
    if (WORKS.test(line)) return { bytes: 0, works: true };
    const { count, unit = '' } = MOVED.exec(line)?.groups ?? {};
    if (count === undefined) return NOTHING_SHOWN;
    const total = Number(count) * (UNITS[unit] ?? 0);
    // One that begins anew: git was run once more.
    const bytes = Math.round(total < seen ? total : total - seen);
    seen = total;
    return { bytes, works: false };
  };
  return (chunk) => {
    let shown = NOTHING_SHOWN;
    const lines = chunk.split(/[\r\n]/);
    lines.forEach((part, index) => {
      const line = begun === undefined ? undefined : begun + part.slice(0, MOST_CHARACTERS);
      const isWhole = index < lines.length - 1;
      const kept =
        line !== undefined && part.length < MOST_CHARACTERS && line.length < MOST_CHARACTERS ? line : undefined;
      begun = isWhole ? '' : kept;
      if (!isWhole || kept === undefined) return;
      const { bytes, works } = read(kept);
      const step = stepOf(kept) ?? shown.step;
      shown = { bytes: shown.bytes + bytes, works: shown.works || works, ...(step && { step }) };
    });
    return shown;
  };
}

function stepOf(line: string): Step | undefined {
  const text = line.trimEnd();
  const found = STEP.exec(text);
  if (found === null) return undefined;
  const { percent } = found.groups ?? {};
  return { text, ...(percent !== undefined && { percent: Math.min(Number(percent), 100) }) };
}

// Owns: the command line of the benchmark.
// Leaves: what the sections do with it (sections/).

export const SECTIONS = ['latency', 'peers', 'start', 'burst', 'refs', 'beside', 'scale'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** How much is measured. */
export interface Size {
  /** Samples of each figure that is quick to get. */
  readonly rounds: number;
  /** How many remotes a daemon is started with again and again, one after the other. */
  readonly startRemotes: readonly number[];
  /** How many remotes it has while it is idle, one after the other. */
  readonly remotes: readonly number[];
  /** How many refs a remote has, one after the other. */
  readonly refs: readonly number[];
  /** Of each of several mirrors; undefined: what they take of memory is not measured. */
  readonly mirrorRefs?: number;
  /** How long idle daemons are watched. */
  readonly idleMs: number;
  /** How many remotes change at once, one after the other. */
  readonly burstRemotes: readonly number[];
  /** How many fetches are made beside a user's own work. */
  readonly besideFetches: number;
}

export interface BenchOptions {
  readonly sections: readonly SectionName[];
  readonly size: Size;
  /** Where the results go as JSON, besides the table on stdout. */
  readonly jsonFile?: string;
}

const USAGE = `npm run bench -- [section ...] [--short] [--rounds N] [--json FILE]
sections: ${SECTIONS.join(', ')}; without any: all
--short: what is done without options, too: a few minutes in all
--rounds N: N samples of each figure, and the large numbers: 200 remotes, 100 000 refs, a minute idle, 10 000 fetches
beside a user's git (ten minutes for these alone); with --short, not those
`;

const SHORT: Size = {
  rounds: 8,
  startRemotes: [1, 10],
  remotes: [1, 10, 50],
  refs: [10_000],
  idleMs: 5_000,
  burstRemotes: [20],
  besideFetches: 200,
};
const LONG: Size = {
  rounds: 30,
  startRemotes: [1, 10, 100],
  remotes: [1, 10, 50, 100, 200],
  refs: [10_000, 100_000],
  mirrorRefs: 150_000,
  idleMs: 60_000,
  burstRemotes: [20, 50],
  besideFetches: 10_000,
};

/** Throws an Error that says what is wrong. */
export function readOptions(args: readonly string[]): BenchOptions {
  const rest = [...args];
  const sections: SectionName[] = [];
  let [rounds, jsonFile, isShort]: [number | undefined, string | undefined, boolean] = [undefined, undefined, false];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const section = SECTIONS.find((name) => name === word);
    if (section) sections.push(section);
    else if (word === '--short') isShort = true;
    else if (word === '--rounds') rounds = positive(rest.shift());
    else if (word === '--json') jsonFile = fileName(rest.shift());
    else throw new Error(`${word === '--help' || word === '-h' ? '' : `unknown: ${word}\n\n`}${USAGE}`);
  }
  const size = isShort || rounds === undefined ? SHORT : LONG;
  return {
    sections: sections.length > 0 ? sections : SECTIONS,
    size: { ...size, rounds: rounds ?? size.rounds },
    ...(jsonFile !== undefined && { jsonFile }),
  };
}

function positive(word: string | undefined): number {
  const number = Number(word);
  if (!Number.isInteger(number) || number < 1) throw new Error('--rounds wants a whole number from 1');
  return number;
}

function fileName(word: string | undefined): string {
  if (word === undefined || word.startsWith('-')) throw new Error('--json wants a file');
  return word;
}

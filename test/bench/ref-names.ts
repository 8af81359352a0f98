// Owns: what a repository of many refs holds, as text: their names, the stream that makes their commits, and packed-refs. Pure.
// Leaves: running git by it (many-refs.ts).

/** How many of each kind. */
export interface RefMix {
  readonly branches: number;
  /** `refs/pull/N/head`, which a clone does not track. */
  readonly pulls: number;
  /** Annotated. */
  readonly tags: number;
}

export interface NamedRef {
  readonly ref: string;
  /** Of its commit in the stream. */
  readonly mark: number;
  /** And of its tag, where it is one. */
  readonly tag?: number;
}

export interface MadeRef {
  readonly ref: string;
  /** An object name in hexadecimal. */
  readonly tip: string;
  /** Of an annotated tag: its commit. */
  readonly peeled?: string;
}

/** As a forge has them: of a hundred 80 branches, 19 pull requests and a tag. */
export function usualMix(refs: number): RefMix {
  const [pulls, tags] = [Math.floor(refs * 0.19), Math.floor(refs * 0.01)];
  return { branches: refs - pulls - tags, pulls, tags };
}

export function namesOf({ branches, pulls, tags }: RefMix): NamedRef[] {
  const commits = branches + pulls + tags;
  const six = (number: number): string => String(number).padStart(6, '0');
  return Array.from({ length: commits }, (_, index) => {
    const mark = index + 1;
    if (index < branches) return { ref: `refs/heads/topic/${six(mark)}`, mark };
    if (index < branches + pulls) return { ref: `refs/pull/${mark - branches}/head`, mark };
    return { ref: `refs/tags/v${six(mark - branches - pulls)}`, mark, tag: commits + mark - branches - pulls };
  });
}

/** Where a remote's branch is kept here; undefined: it is no branch. */
export const refHere = (ref: string, remote: string): string | undefined =>
  ref.startsWith('refs/heads/') ? ref.replace('refs/heads/', `refs/remotes/${remote}/`) : undefined;

const WHO = 'A Tester <tester@example.invalid>';
const FIRST_AT_SECONDS = 1_600_000_000;
/** Of so many commits one is on the line that the others branch off. */
const BRANCHED_OFF_ONE = 10;

/** For `git fast-import`: a commit for each ref, none of which is any other's tip. */
export function stockStream(names: readonly NamedRef[]): string {
  const commits = names.map(({ mark }) => {
    const parent = Math.max(1, Math.floor((mark - 1) / BRANCHED_OFF_ONE) * BRANCHED_OFF_ONE);
    const from = mark === 1 ? '' : `from :${parent}\n`;
    return `commit refs/heads/stock\nmark :${mark}\ncommitter ${WHO} ${FIRST_AT_SECONDS + mark} +0000\n${data(`Change ${mark}`)}${from}\n`;
  });
  const tags = names.flatMap(({ ref, mark, tag }) => {
    const name = ref.replace('refs/tags/', '');
    const who = `tagger ${WHO} ${FIRST_AT_SECONDS + mark} +0000\n`;
    return tag === undefined ? [] : [`tag ${name}\nmark :${tag}\nfrom :${mark}\n${who}${data(name)}`];
  });
  return `${[...commits, ...tags].join('')}done\n`;
}

const data = (text: string): string => `data ${text.length}\n${text}\n`;

/** The file of that name, as git writes it. */
export function packedRefs(refs: readonly MadeRef[]): string {
  const sorted = [...refs].sort((one, other) => (one.ref < other.ref ? -1 : 1));
  const lines = sorted.map(({ ref, tip, peeled }) => `${tip} ${ref}\n${peeled === undefined ? '' : `^${peeled}\n`}`);
  return `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`;
}

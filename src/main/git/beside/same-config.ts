// Owns: the config of a repository beside this one, and whether what holds there is what holds here. Pure.
// Leaves: listing both (beside.ts), and making that repository (side-repository.ts).
import path from 'node:path';

export interface SideConfig {
  /** Of its config file: that includes the files of this repository, as they are whenever git reads them. */
  readonly text: string;
  /** Its own entries, in their order. */
  readonly own: readonly string[];
  /** `core.fsync` as it is to be there: its refs are gone in a moment. */
  readonly fsync: string;
}

/**
 * Of one who fetches there, which does not mean the same as here; each is a key in small letters, with its value behind a
 * line feed.
 */
const UNLIKE = [
  // By the branch that is checked out, which is none there.
  /^includeif\.onbranch:/,
  // A hook is run here, by what moves the refs.
  /^hook\./,
  /^(?:fetch|remote\..*)\.followremotehead(?:\n|$)/s,
  // What is written of all refs, and other sources of objects.
  /^fetch\.writecommitgraph(?!\n(?:false|no|off|0|)$)/i,
  /^fetch\.bundleuri(?:\n|$)/,
  /^core\.partialclonefilter(?:\n|$)/,
  /^remote\..*\.(?:promisor|partialclonefilter|vcs)(?:\n|$)/s,
  // Without a value it is none, and git says so.
  /^core\.fsync$/,
  /^extensions\.(?!(?:objectformat|worktreeconfig|noop|preciousobjects|relativeworktrees)(?:\n|$))/,
];

/** From what `git config --null --list` says here; undefined: fetching there is not the same. */
export function sideConfig(listing: string, commonDir: string): SideConfig | undefined {
  const entries = entriesOf(listing);
  if (entries.some((entry) => UNLIKE.some((unlike) => unlike.test(entry)))) return undefined;
  const lastOf = (key: string): string | undefined =>
    entries.findLast((entry) => entry.startsWith(`${key}\n`))?.slice(key.length + 1);
  const objectFormat = lastOf('extensions.objectformat');
  if (objectFormat !== undefined && !/^[a-z0-9]+$/.test(objectFormat)) return undefined;
  const hasOfWorkTree = entries.some((entry) => /^extensions\.worktreeconfig(?:\n|$)/.test(entry));
  const included = ['config', ...(hasOfWorkTree ? ['config.worktree'] : [])].map((name) => path.join(commonDir, name));
  const own = [
    ['core', 'repositoryformatversion', objectFormat === undefined ? '0' : '1'],
    ['core', 'bare', 'true'],
    ...(objectFormat === undefined ? [] : [['extensions', 'objectformat', objectFormat]]),
    ...included.map((file) => ['include', 'path', file]),
  ] as const satisfies readonly (readonly string[])[];
  const fsync = lastOf('core.fsync');
  return {
    text: own.map(([section = '', key = '', value = '']) => `[${section}] ${key} = ${quoted(value)}\n`).join(''),
    own: own.map(([section, key, value]) => `${section}.${key}\n${value}`),
    fsync: fsync ? `${fsync},-reference` : '-reference',
  };
}

/** Whether what git lists there is what it lists here, but for its own entries. */
export function isSameConfig(here: string, beside: string, own: readonly string[]): boolean {
  const [entries, others] = [entriesOf(here), [...own]];
  let same = 0;
  for (const entry of entriesOf(beside)) {
    if (entry === others[0]) others.shift();
    else if (entry === entries[same]) same += 1;
    else return false;
  }
  return same === entries.length && others.length === 0;
}

const entriesOf = (listing: string): string[] => listing.split('\0').slice(0, -1);

const ESCAPED: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\b': '\\b', '"': '\\"', '\\': '\\\\' };

const quoted = (value: string): string => `"${value.replace(/[\n\t\b"\\]/g, (character) => ESCAPED[character] ?? '')}"`;

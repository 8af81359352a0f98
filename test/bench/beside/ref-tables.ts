// Owns: what refs are, on a remote and here, and which of the remote's are not here as they should be.
// Leaves: asking at the right moment (restless-remote.ts, beside.ts).

/** Object names by full ref name. */
export type RefTable = ReadonlyMap<string, string>;

export interface Tracked {
  readonly name: string;
  /** `remote.<name>.prune`: what was deleted there is to go here, too. */
  readonly isPruned: boolean;
}

const HEADS = 'refs/heads/';
const TAGS = 'refs/tags/';

/** For `git for-each-ref`, whose output parseRefs reads. */
export const REF_FORMAT = '--format=%(refname) %(objectname)';

export const parseRefs = (listing: string): Map<string, string> =>
  new Map(
    listing
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );

/** The refs here that are not what the remote's are, and those that should be gone. Tags are never pruned. */
export function astray({ name, isPruned }: Tracked, theirs: RefTable, here: RefTable): string[] {
  const folder = `refs/remotes/${name}/`;
  const wanted = new Map(
    [...theirs].flatMap(([ref, tip]): [string, string][] => {
      if (ref.startsWith(HEADS)) return [[folder + ref.slice(HEADS.length), tip]];
      return ref.startsWith(TAGS) ? [[ref, tip]] : [];
    }),
  );
  const wrong = [...wanted].filter(([ref, tip]) => here.get(ref) !== tip).map(([ref]) => ref);
  // Git 2.48 and later make HEAD at a fetch: it is no ref of the remote's.
  const isTheirs = (ref: string): boolean => ref.startsWith(folder) && ref !== `${folder}HEAD`;
  const left = [...here.keys()].filter((ref) => isPruned && isTheirs(ref) && !wanted.has(ref));
  return [...wrong, ...left];
}

// Owns: which fetch commands bring in what a remote's config asks for, and no more. Pure.
// Leaves: running them (fetch.ts, fetch-run.ts), and what they may not take away (shared/refs/fetch-plan.ts).
import { parseRefspec, reachesBranches } from '../../shared/refs/refspec.ts';
import type { FetchPlan, RefName, Remote, RemoteName } from '../../shared/remote.ts';
import { leavingOut } from './checked-out.ts';
import type { FetchCommand } from './fetch-run.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';

export interface WhatToFetch {
  /** `prefetch`: into refs/prefetch/, without tags (git 2.32 and later). */
  readonly mode: 'fetch' | 'prefetch';
  /** What git is told instead of what the config says, where that could take something away. */
  readonly plan?: FetchPlan;
  /** `remote.<n>.fetch`. */
  readonly refspecs?: readonly string[];
  /** Which tags it brings; absent where it cannot be told from the refs whether they were brought. */
  readonly tags?: FetchCommand['tags'];
  /** The branches of a mirror that work trees are on: one of them, and git would refuse the whole fetch. */
  readonly inUse: readonly RefName[];
}

/** What git says of each ref is read (fetch-words.ts, fetch-rows.ts). */
const SAID_IN_FULL = ['-c', 'fetch.output=full', '-c', 'core.abbrev=no'];
const QUIETLY = ['--no-recurse-submodules', '--no-write-fetch-head', '--no-auto-maintenance', '--progress'];

/** Of `git`. */
export function fetchArguments(remote: RemoteName, options: readonly string[], refspecs: readonly string[]): string[] {
  // git is not to fetch beside these what the config says.
  const alone = refspecs.length > 0 ? ['--refmap='] : [];
  return [...LOCK_PATIENCE, ...SAID_IN_FULL, 'fetch', ...QUIETLY, ...alone, ...options, '--', remote, ...refspecs];
}

/** One after the other. Only the waiting room is pruned by git itself: what is missing there is merely not brought in. */
export function fetchCommands({ mode, plan, refspecs = [], tags, inUse }: WhatToFetch): (FetchCommand & {
  readonly options: readonly string[];
})[] {
  if (mode === 'prefetch') {
    return [{ options: ['--prefetch', '--no-tags', '--no-prune', '--no-prune-tags'], refspecs: [], all: [] }];
  }
  const comparing = (which: FetchCommand['tags'] = tags) => (tags === undefined ? {} : { tags: which ?? tags });
  if (inUse.length > 0) {
    const spared = [...refspecs, ...inUse.map(leavingOut)];
    return [{ options: ['--no-prune'], refspecs: spared, all: spared, ...comparing() }];
  }
  if (plan === undefined) return [{ options: ['--no-prune'], refspecs: [], all: refspecs, ...comparing() }];
  const { tracked, allTags, waiting, negative } = plan;
  const command = (texts: readonly string[]): Pick<FetchCommand, 'refspecs' | 'all'> => {
    const all = [...texts, ...negative];
    return { refspecs: all, all };
  };
  const all = allTags ? ['--tags'] : [];
  const texts = waiting.map(({ text }) => text);
  const noTags = tracked.length > 0;
  return [
    ...(tracked.length > 0
      ? [
          {
            options: ['--no-prune-tags', '--no-prune', ...all],
            ...command(tracked),
            ...comparing(allTags ? 'all' : tags),
          },
        ]
      : []),
    ...(waiting.length > 0
      ? [
          {
            options: ['--no-prune-tags', '--prune', ...(noTags ? ['--no-tags'] : [])],
            ...command(texts),
            ...comparing(noTags ? 'none' : tags),
          },
        ]
      : []),
  ];
}

/** Only of a mirror in a bare repository, else it has a plan or is not watched. */
export function mirrorOf({ refs: { refspecs } }: Remote): { readonly isMirror?: true } {
  const parsed = refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);
  return parsed.some(reachesBranches) ? { isMirror: true } : {};
}

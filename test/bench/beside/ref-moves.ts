// Owns: which way a restless remote's refs move next.
// Leaves: moving them (restless-remote.ts).

export type Move =
  /** A new commit on top. */
  | { readonly kind: 'forward'; readonly branch: string }
  /** To a commit that was there before: no new object comes with it. */
  | { readonly kind: 'back'; readonly branch: string }
  | { readonly kind: 'make'; readonly branch: string }
  | { readonly kind: 'delete'; readonly branch: string }
  /** A new tag, on a commit that was there before. */
  | { readonly kind: 'tag' };

/** Few, so that a deleted one soon comes again. `main` is never deleted: it is what HEAD names. */
export const BRANCHES = ['main', 'next', 'fix', 'one', 'two', 'three', 'four', 'five'] as const;

/** How often each is wanted, of a hundred; what cannot be now is a move forward. */
const SHARES = [
  ['forward', 50],
  ['back', 15],
  ['make', 18],
  ['delete', 14],
  ['tag', 3],
] as const;

/** `branches`: those there are; `random`: as Math.random. */
export function chooseMove(branches: readonly string[], mayDelete: boolean, random: () => number): Move {
  const pick = (from: readonly string[]): string | undefined => from[Math.floor(random() * from.length)];
  const kind = kindAt(random() * 100);
  const forward = { kind: 'forward', branch: pick(branches) ?? 'main' } as const;
  switch (kind) {
    case 'forward':
    case 'back':
      return { ...forward, kind };
    case 'make': {
      const branch = pick(BRANCHES.filter((name) => !branches.includes(name)));
      return branch === undefined ? forward : { kind, branch };
    }
    case 'delete': {
      const branch = mayDelete ? pick(branches.filter((name) => name !== 'main')) : undefined;
      return branch === undefined ? forward : { kind, branch };
    }
    case 'tag':
      return { kind };
    default:
      return kind satisfies never;
  }
}

function kindAt(place: number): Move['kind'] {
  let upTo = 0;
  for (const [kind, share] of SHARES) {
    upTo += share;
    if (place < upTo) return kind;
  }
  return 'forward';
}

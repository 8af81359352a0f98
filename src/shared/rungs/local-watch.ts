// Owns: the rung by which a path of this machine is watched in its file system.
// Leaves: watching it (workers/local).
import type { RungKind } from './rung.ts';

export interface LocalWatchRung {
  readonly kind: 'local-watch';
  /** As the URL has it: it may start at the main work tree, or at `~`. */
  readonly path: string;
}

export const localWatch: RungKind<LocalWatchRung> = {
  describe: ({ path }) => `a file system watch of ${path}`,
  // A path is watched so without being asked to.
  whyNoBetter: () => undefined,
  carrier: () => undefined,
  relay: () => undefined,
  secrets: () => undefined,
  longestWaitMs: () => undefined,
  everyMs: () => undefined,
  linkPart: (rung) => rung,
  isRuledOut: () => false,
};

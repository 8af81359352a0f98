// Owns: the remotes of a run, and what is known of one without asking the daemon: how it is configured, what may differ.
// Leaves: the run around them (model.ts), and editing their config (config-steps.ts, setting-steps.ts).
import type { Refs } from './ref-image.ts';

export const NAMES = ['a', 'b', 'c'] as const;
export type Name = (typeof NAMES)[number];

/** By ssh, or in the same file system. */
export const KINDS: Readonly<Record<Name, 'ssh' | 'local'>> = { a: 'ssh', b: 'local', c: 'ssh' };

export type TagOpt = 'default' | '--tags' | '--no-tags';
export type Notify = 'auto' | 'watch' | 'annex-shell' | 'poll';
/** What the user's own command that is to tell of changes does. `ends`: after a moment, each time. */
export type Command = 'none' | 'names refs' | 'names nothing' | 'is silent' | 'ends';
export type FetchMode = 'fetch' | 'prefetch';

/** Of a remote, since the daemon was last known to go by its config. `several`: it may be as it was before. */
export type Edits = { readonly kind: 'known' } | { readonly kind: 'one' | 'several'; readonly atMs: number };

export interface ModelRemote {
  isThere: boolean;
  isOn: boolean;
  refspecs: readonly string[];
  prunes: boolean;
  tagOpt: TagOpt;
  notify: Notify;
  /** By a watcher that says nothing of deletions, now or since it was last quiet. */
  mayMiss: boolean;
  /** Some was missed: what is left over comes with the next change. */
  hasMissed: boolean;
  pulls: boolean;
  pushes: boolean;
  command: Command;
  edits: Edits;
  /** Its remote-tracking refs when they were last seen, where the daemon is to leave them as they are. */
  frozen: Refs | undefined;
  /** Its server takes no push. */
  refusesPushes: boolean;
}

export const refspecsFor = (name: Name): readonly (readonly string[])[] => [
  [`+refs/heads/*:refs/remotes/${name}/*`],
  [`+refs/heads/*:refs/remotes/${name}-else/*`],
  [`+refs/heads/main:refs/remotes/${name}/main`],
  [`+refs/heads/*:refs/remotes/${name}/*`, '^refs/heads/two/*'],
  [`+refs/heads/t*:refs/remotes/${name}/t*`],
];

export function freshRemote(name: Name, isThere: boolean): ModelRemote {
  const [refspecs = []] = refspecsFor(name);
  const plain = { prunes: false, tagOpt: 'default', notify: 'auto', mayMiss: false, hasMissed: false } as const;
  const moved = { pulls: true, pushes: false, command: 'none', frozen: undefined, refusesPushes: false } as const;
  return { isThere, isOn: true, refspecs, ...plain, ...moved, edits: { kind: 'known' } };
}

export const isWatched = ({ isThere, isOn }: ModelRemote): boolean => isThere && isOn;

export const wantsPushes = (remote: ModelRemote): boolean => isWatched(remote) && remote.pushes;

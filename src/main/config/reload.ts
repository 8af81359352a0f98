// Owns: what a RELOAD changes: which remotes stay as they are, come, go, or have to start anew.
// Leaves: doing it (supervisor), and reading the config (remotes.ts).
import { isDeepStrictEqual } from 'node:util';
import type { Remote, RemoteChanges, RemoteName, Rung } from '../../shared/remote.ts';

/** Compares by name, and then all of a remote that its link depends on. */
export function compareRemotes(before: readonly Remote[], after: readonly Remote[]): RemoteChanges {
  const old = new Map<RemoteName, Remote>(before.map((remote) => [remote.name, remote]));
  const names = new Set(after.map(({ name }) => name));
  const isSame = (remote: Remote): boolean => {
    const was = old.get(remote.name);
    return was !== undefined && isDeepStrictEqual(needingLink(was), needingLink(remote));
  };
  return {
    kept: after.filter(isSame),
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.filter((remote) => old.has(remote.name) && !isSame(remote)),
  };
}

/**
 * How often a remote is polled matters only while it is: then it sees to that itself (supervisor/remote/remote.ts). How
 * it is compared is told each time that it is.
 */
function needingLink({ comparison: _, ...remote }: Remote): Remote {
  const [first, ...others] = remote.rungs;
  const timeless = (rung: Rung): Rung => (rung.kind === 'poll' ? { ...rung, everyMs: 0 } : rung);
  return { ...remote, rungs: [timeless(first), ...others.map(timeless)] };
}

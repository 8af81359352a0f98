// Owns: what a RELOAD changes: which remotes stay as they are, come, go, or have to start anew.
// Leaves: doing it (supervisor), and reading the config (remotes.ts).
import { isDeepStrictEqual } from 'node:util';
import type { Remote, RemoteChanges, RemoteName } from '../../shared/remote.ts';

/** Compares by name, and then all that the program uses of a remote. */
export function compareRemotes(before: readonly Remote[], after: readonly Remote[]): RemoteChanges {
  const old = new Map<RemoteName, Remote>(before.map((remote) => [remote.name, remote]));
  const names = new Set(after.map(({ name }) => name));
  const isSame = (remote: Remote): boolean => isDeepStrictEqual(old.get(remote.name), remote);
  return {
    kept: after.filter(isSame),
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.filter((remote) => old.has(remote.name) && !isSame(remote)),
  };
}

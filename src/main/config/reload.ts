// Owns: what a RELOAD changes: which remotes stay as they are, come, go, or have to start anew.
// Leaves: doing it (supervisor), and reading the config (remotes.ts).
import { isDeepStrictEqual } from 'node:util';
import type { Remote, RemoteChanges, RemoteName } from '../../shared/remote.ts';
import { rowOf } from '../../shared/rungs/rungs.ts';

/**
 * Compares by name, and then all of a remote that its link depends on. `isReachedOtherwise`: what it shares with others,
 * such as an account, is another.
 */
export function compareRemotes(
  before: readonly Remote[],
  after: readonly Remote[],
  isReachedOtherwise: (remote: Remote) => boolean = () => false,
): RemoteChanges {
  const old = new Map<RemoteName, Remote>(before.map((remote) => [remote.name, remote]));
  const names = new Set(after.map(({ name }) => name));
  const isSame = (remote: Remote): boolean => {
    const was = old.get(remote.name);
    return was !== undefined && isDeepStrictEqual(linkParts(was), linkParts(remote)) && !isReachedOtherwise(remote);
  };
  return {
    kept: after.filter(isSame),
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.filter((remote) => old.has(remote.name) && !isSame(remote)),
  };
}

/** All that a link is made of. How the remote is fetched and compared is told each time that it is. */
function linkParts({
  comparison: _,
  plan: _plan,
  pruning: _pruning,
  uuids: _uuids,
  rungs,
  ...remote
}: Remote): unknown {
  return { ...remote, rungs: rungs.map((rung) => rowOf(rung).linkPart(rung)) };
}

// Owns: the repository in which a gcrypt remote keeps what it has encrypted, and whether that one can be watched.
// Leaves: what is in it, which only git-remote-gcrypt knows, and the rungs (rungs.ts).
import { parseRemoteUrl, type RemoteLocation } from '../../../shared/remote-uri.ts';
import { type GitConfig, rewriteUrl } from '../git-config.ts';
import type { SshLocation } from './rungs.ts';

/** What git-annex sets where git-annex-shell manages the repository (git-annex(1), `remote.<name>.annex-gcrypt`). */
const BY_SHELL = 'shell';

/** `annexGcrypt` is that key; undefined where the repository is not on an ssh server, or not known to have a shell. */
export function innerRepository(
  location: RemoteLocation,
  annexGcrypt: string | undefined,
  config: GitConfig,
): SshLocation | undefined {
  if (location.kind !== 'helper' || location.helper !== 'gcrypt' || annexGcrypt !== BY_SHELL) return undefined;
  // `#branch` is for git-remote-gcrypt, which hands on what is left.
  const inner = parseRemoteUrl(rewriteUrl(config, location.address.replace(/#.*$/s, '')));
  return inner.kind === 'ssh' ? inner : undefined;
}

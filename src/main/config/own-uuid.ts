// Owns: what this repository is called among peers, as far as the config says, and whether that is needed.
// Leaves: making a name where there is none (main/peers).
import type { Remote } from '../../shared/remote.ts';
import type { GitConfig } from './git-config.ts';

/** `make` is asked where it has no name yet; undefined: nobody here speaks to peers. */
export async function readOwnUuid(
  config: GitConfig,
  { remotes, serve }: { readonly remotes: readonly Pick<Remote, 'rungs'>[]; readonly serve: readonly string[] },
  make: () => Promise<string>,
): Promise<string | undefined> {
  const isPeer = ({ rungs }: Pick<Remote, 'rungs'>): boolean => rungs.some(({ kind }) => kind === 'peer');
  return serve.length > 0 || remotes.some(isPeer) ? (namedIn(config) ?? make()) : undefined;
}

/** One that is no word could not be said. */
const namedIn = (config: GitConfig): string | undefined =>
  [config.get('annex.uuid'), config.get('remotedaemon.uuid')].find((uuid) => uuid && /^[\w.-]+$/.test(uuid));

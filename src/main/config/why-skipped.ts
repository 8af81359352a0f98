// Owns: the reasons for which a remote is not watched, as a person reads them.
// Leaves: its keys (remote-section.ts), and what is made of one that is watched (remotes.ts).
import { parseRefspec, reachesBranches, storesRefs } from '../../shared/refs/refspec.ts';
import { shownWord } from '../../shared/shell-word.ts';
import { type CommandStatuses, refusal } from './annex-commands.ts';
import type { GitConfig } from './git-config.ts';
import { firstUrl, type Section } from './remote-section.ts';

export function whyUnnameable(config: GitConfig, name: string): string | undefined {
  if (name === '') return 'it has no name';
  if (name.startsWith('-')) return 'git would take its name for an option';
  if (name.startsWith('/')) return 'git ignores a remote whose name begins with "/"';
  if (name.includes('\uFFFD')) return 'its name is not UTF-8';
  // git-fetch(1): a group is looked for first.
  return config.get(`remotes.${name}`) === undefined ? undefined : `remotes.${name} is a group of the same name`;
}

export function whySwitchedOff(section: Section, commands: CommandStatuses): string | undefined {
  const { name, global, get, isSet } = section;
  // Who mistyped this may have meant that there should be no connection.
  const own = global.getBool(`remote.${name}.remotedaemon`);
  if (own === 'malformed') return `remote.${name}.remotedaemon is neither true nor false`;
  if (own !== undefined) return own ? undefined : `remote.${name}.remotedaemon is false`;
  if (get('advertisedAs') !== undefined) {
    return `the server of another remote had it added (remote.${name}.advertisedAs); remote.${name}.remotedaemon=true watches it`;
  }
  const status = refusal(commands, section, 'annex-sync-command');
  if (status !== undefined) return `what remote.${name}.annex-sync-command names ended with status ${status}`;
  if (isSet('annex-sync') === false) return `remote.${name}.annex-sync is false`;
  const key = ['skipFetchAll', 'skipDefaultUpdate'].find((each) => isSet(each));
  return key && `remote.${name}.${key} is true`;
}

export function whyNotFetchable({ name, get, getAll }: Section, bare: boolean): string | undefined {
  if (firstUrl(getAll('url')) === undefined && get('vcs') === undefined) return `remote.${name}.url is not set`;
  const texts = getAll('fetch');
  const refspecs = texts.map((text) => parseRefspec(text, 'fetch'));
  const wrong = texts[refspecs.indexOf(undefined)];
  if (wrong !== undefined) return `git does not understand remote.${name}.fetch = ${wrong}`;
  const stored = refspecs.flatMap((refspec) => (refspec && storesRefs(refspec) ? [refspec] : []));
  if (stored.length === 0) {
    // As `git clone --bare` leaves it.
    const words = ['git', 'config', '--add', `remote.${name}.fetch`, `+refs/heads/*:refs/remotes/${name}/*`];
    return `no remote.${name}.fetch says where its refs are to be kept; set it: ${words.map(shownWord).join(' ')}`;
  }
  if (bare || !stored.some(reachesBranches)) return undefined;
  const what = 'a background fetch would move your own branches';
  return `remote.${name}.fetch writes to refs/heads/: ${what}; point it at refs/remotes/${name}/`;
}

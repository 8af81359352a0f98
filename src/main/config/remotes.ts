// Owns: which remotes the config names, which of them are watched, and the reason for each that is not.
// Leaves: how each can be watched (rungs/rungs.ts), and our keys that hold for all (settings.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { printable } from '../../shared/printable.ts';
import { parseRefspec, reachesBranches, safePushRefspecs, storesRefs } from '../../shared/refs/refspec.ts';
import { type PushPlan, type Remote, type RungPin, remoteName, type SkippedRemote } from '../../shared/remote.ts';
import { parseRemoteUrl, remoteUri } from '../../shared/remote-uri.ts';
import { type ComparisonOptions, readComparison } from './comparison.ts';
import { type GitConfig, rewriteUrl } from './git-config.ts';
import { REMOTE_KEYS, unknownKeyWarning } from './key-names.ts';
import { readPruning } from './pruning.ts';
import { innerRepository } from './rungs/gcrypt.ts';
import { isOnThisHost, placeOf } from './rungs/place.ts';
import { isPossible, type Place, type RungOptions, rungsOf } from './rungs/rungs.ts';
import { readSshCommand, withSshOptions } from './ssh-command.ts';

export interface RemotesOptions {
  /** Whether the repository is bare: only then may a fetch reach `refs/heads/`. */
  readonly bare: boolean;
  readonly env: Environment;
  /** How often a remote is asked that tells nothing. */
  readonly pollMs: number;
  readonly fetchMode: ComparisonOptions['mode'];
}

export interface ConfiguredRemotes {
  readonly remotes: readonly Remote[];
  readonly skipped: readonly SkippedRemote[];
  /** For the log, one line each. */
  readonly warnings: readonly string[];
}

/** Reads `remote.*`, in the order in which the config names them. */
export function readRemotes(config: GitConfig, options: RemotesOptions): ConfiguredRemotes {
  const common: Common = { ...options, sshCommand: readSshCommand(config, options.env) };
  const remotes: Remote[] = [];
  const skipped: SkippedRemote[] = [];
  const warnings: string[] = [];
  for (const name of config.subsections('remote')) {
    const section = openSection(config, name, warnings);
    const why = whyUnnameable(config, name) ?? whySwitchedOff(section) ?? whyNotFetchable(section, options.bare);
    const remote = why === undefined ? remoteOf(section, common) : { why };
    if ('why' in remote) skipped.push({ name: remoteName(name), why: printable(remote.why) });
    else remotes.push(remote);
  }
  return { remotes, skipped, warnings };
}

/** One remote's keys. */
interface Section {
  readonly name: string;
  /** The last value that is not empty. */
  readonly get: (key: string) => string | undefined;
  readonly getAll: (key: string) => readonly string[];
  /** `malformed` values are warned of, and count as not set. */
  readonly isSet: (key: string) => boolean | undefined;
  readonly global: GitConfig;
  readonly warn: (text: string) => void;
}

/** The other keys of yes and no are false where they are not set. */
const TRUE_UNLESS_SET: readonly string[] = ['annex-sync', 'annex-pull'];

function openSection(config: GitConfig, name: string, warnings: string[]): Section {
  const warn = (text: string): void => {
    warnings.push(printable(text));
  };
  const prefix = `remote.${name}.`;
  const known: readonly string[] = REMOTE_KEYS.map((key) => key.toLowerCase());
  for (const key of config.keys()) {
    const own = key.startsWith(prefix) ? key.slice(prefix.length) : '';
    if (own.startsWith('remotedaemon') && !known.includes(own)) warn(unknownKeyWarning(prefix, own, REMOTE_KEYS));
  }
  return {
    name,
    get: (key) => config.get(prefix + key) || undefined,
    getAll: (key) => config.getAll(prefix + key),
    isSet: (key) => {
      const value = config.getBool(prefix + key);
      if (value !== 'malformed') return value;
      const used = TRUE_UNLESS_SET.includes(key);
      warn(`${prefix}${key} is ${JSON.stringify(config.get(prefix + key))}: write true or false; ${used} is used`);
      return undefined;
    },
    global: config,
    warn,
  };
}

function whyUnnameable(config: GitConfig, name: string): string | undefined {
  if (name === '') return 'it has no name';
  if (name.startsWith('-')) return 'git would take its name for an option';
  if (name.startsWith('/')) return 'git ignores a remote whose name begins with "/"';
  if (name.includes('\uFFFD')) return 'its name is not UTF-8';
  // git-fetch(1): a group is looked for first.
  return config.get(`remotes.${name}`) === undefined ? undefined : `remotes.${name} is a group of the same name`;
}

function whySwitchedOff({ name, global, isSet }: Section): string | undefined {
  // Who mistyped this may have meant that there should be no connection.
  const own = global.getBool(`remote.${name}.remotedaemon`);
  if (own === 'malformed') return `remote.${name}.remotedaemon is neither true nor false`;
  if (own !== undefined) return own ? undefined : `remote.${name}.remotedaemon is false`;
  if (isSet('annex-sync') === false) return `remote.${name}.annex-sync is false`;
  const key = ['skipFetchAll', 'skipDefaultUpdate'].find((each) => isSet(each));
  return key && `remote.${name}.${key} is true`;
}

function whyNotFetchable({ name, get, getAll }: Section, bare: boolean): string | undefined {
  if (firstUrl(getAll('url')) === undefined && get('vcs') === undefined) return `remote.${name}.url is not set`;
  const texts = getAll('fetch');
  const refspecs = texts.map((text) => parseRefspec(text, 'fetch'));
  const wrong = texts[refspecs.indexOf(undefined)];
  if (wrong !== undefined) return `git does not understand remote.${name}.fetch = ${wrong}`;
  const stored = refspecs.flatMap((refspec) => (refspec && storesRefs(refspec) ? [refspec] : []));
  if (stored.length === 0) return `no remote.${name}.fetch says where its refs are to be kept`;
  if (bare || !stored.some(reachesBranches)) return undefined;
  const what = 'a background fetch would move your own branches';
  return `remote.${name}.fetch writes to refs/heads/: ${what}; point it at refs/remotes/${name}/`;
}

/** git fetches from the first. */
const firstUrl = (urls: readonly string[]): string | undefined => notForgotten(urls)[0];

/** An empty one forgets those before it (git-config(1), `remote.<name>.url`). */
const notForgotten = (urls: readonly string[]): readonly string[] => urls.slice(urls.lastIndexOf('') + 1);

/** Where git pushes to: without a pushurl, to every url, for which pushInsteadOf then goes before insteadOf (remote.c). */
function pushUrls({ global, getAll }: Section): string[] {
  const own = notForgotten(getAll('pushurl'));
  if (own.length > 0) return own.map((url) => rewriteUrl(global, url));
  return notForgotten(getAll('url')).map((url) => {
    const pushed = rewriteUrl(global, url, 'pushInsteadOf');
    return pushed === url ? rewriteUrl(global, url) : pushed;
  });
}

/** What all remotes have in common. */
type Common = Pick<RungOptions, 'sshCommand' | 'pollMs'> & Pick<RemotesOptions, 'fetchMode' | 'bare'>;

function remoteOf(section: Section, common: Common): Remote | { readonly why: string } {
  const { name, global, get, getAll, isSet } = section;
  const vcs = get('vcs');
  // A helper of its own need not be given a URL; git then hands it the name.
  const url = rewriteUrl(global, firstUrl(getAll('url')) ?? name);
  const location = parseRemoteUrl(url);
  if (location.kind === 'bad' && vcs === undefined) return location;
  const annexOptions = get('annex-ssh-options') ?? global.get('annex.ssh-options') ?? '';
  const sshCommand = withSshOptions(common.sshCommand, annexOptions.split(/\s+/).filter(Boolean));
  const inner = vcs === undefined ? innerRepository(location, get('annex-gcrypt'), global) : undefined;
  const usesSsh = vcs === undefined && [url, ...pushUrls(section)].some((each) => parseRemoteUrl(each).kind === 'ssh');
  const push = readPush(section);
  const refs = { refspecs: getAll('fetch'), tags: get('tagOpt') !== '--no-tags' };
  // The refs that are listed behind a remote helper are its own.
  const comparison = inner ? undefined : readComparison(global, name, { mode: common.fetchMode, ...refs });
  const pruning = readPruning(global, name, { mode: common.fetchMode, refspecs: refs.refspecs, bare: common.bare });
  const place = placeOf(location, { vcs, inner });
  const options = readRungOptions(section, { pollMs: common.pollMs, sshCommand });
  const pinned = readNotify(section, place, options);
  return {
    name: remoteName(name),
    url,
    uri: remoteUri(url),
    onThisHost: isOnThisHost(location),
    rungs: rungsOf(place, pinned, options),
    ...(pinned && { pin: { key: `remote.${name}.remotedaemonNotify`, value: pinned } }),
    refs,
    ...(comparison && { comparison }),
    ...(pruning && { pruning }),
    ...((usesSsh || inner) && { sshCommand }),
    fetches: isSet('annex-pull') ?? true,
    ...(push && { push }),
  };
}

function readRungOptions(
  { name, get, getAll, isSet }: Section,
  reached: Pick<RungOptions, 'sshCommand' | 'pollMs'>,
): RungOptions {
  const ignored = isSet('annex-ignore') === true;
  const notifyCommand = get('remotedaemonNotifyCommand');
  return {
    ...(notifyCommand !== undefined && { notifyCommand }),
    ...(ignored && { whyNoAnnexShell: `remote.${name}.annex-ignore is true` }),
    ...reached,
    annexShell: get('annex-shell') ?? 'git-annex-shell',
    // Of several git takes the first.
    uploadPack: getAll('uploadpack')[0] || 'git-upload-pack',
  };
}

function readNotify({ name, get, warn }: Section, place: Place, options: RungOptions): RungPin['value'] | undefined {
  const text = get('remotedaemonNotify') ?? 'auto';
  if (options.notifyCommand !== undefined) {
    const command = `remote.${name}.remotedaemonNotifyCommand`;
    if (text !== 'auto') warn(`remote.${name}.remotedaemonNotify is passed over: ${command} is set, which comes first`);
    return undefined;
  }
  const pinned = text === 'poll' || text === 'watch' || text === 'annex-shell' ? text : undefined;
  if (pinned === undefined && text !== 'auto') {
    const known = 'this version knows auto, annex-shell, watch and poll';
    warn(`remote.${name}.remotedaemonNotify is ${JSON.stringify(text)}: ${known}; auto is used`);
  }
  if (pinned === undefined || isPossible(place, pinned, options)) return pinned;
  warn(`remote.${name}.remotedaemonNotify is ${pinned}, which a remote with such a URL cannot have: auto is used`);
  return undefined;
}

function readPush({ name, getAll, isSet, warn }: Section): PushPlan | undefined {
  if (isSet('remotedaemonPush') !== true) return undefined;
  if (isSet('mirror') === true) {
    warn(`remote.${name}.remotedaemonPush is true, but remote.${name}.mirror too: a mirror is never pushed to`);
    return undefined;
  }
  const configured = getAll('push');
  const { safe, passedOver } = safePushRefspecs(configured);
  for (const text of passedOver) warn(`remote.${name}.push = ${text} is passed over: it does not say what goes where`);
  // Without any refspec all would be pushed, which is not what was asked for.
  return configured.length > 0 && safe.length === 0 ? undefined : { refspecs: safe };
}

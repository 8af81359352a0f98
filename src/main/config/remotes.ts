// Owns: which remotes the config names, which of them are watched, and the reason for each that is not.
// Leaves: how each can be watched (rungs/rungs.ts), why one is not (why-skipped.ts), keys that hold for all (settings.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { printable } from '../../shared/printable.ts';
import { planFetch, prunedBy } from '../../shared/refs/fetch-plan.ts';
import { safePushRefspecs } from '../../shared/refs/refspec.ts';
import { type PushPlan, type Remote, type RungPin, remoteName, type SkippedRemote } from '../../shared/remote.ts';
import { parseRemoteUrl, remoteUri } from '../../shared/remote-uri.ts';
import { type CommandStatuses, refusal } from './annex-commands.ts';
import { type ComparisonOptions, readComparison } from './comparison.ts';
import { type GitConfig, rewriteUrl } from './git-config.ts';
import { readPlanInputs, whatIsKept } from './plan-inputs.ts';
import { protocolOf, whyNotAllowed } from './protocols.ts';
import { readPruning } from './pruning.ts';
import { firstUrl, openSection, pushUrls, type Section } from './remote-section.ts';
import { innerRepository } from './rungs/gcrypt.ts';
import { peerAt } from './rungs/peer.ts';
import { isOnThisHost, placeOf } from './rungs/place.ts';
import { isPossible, type Place, type RungOptions, rungsOf } from './rungs/rungs.ts';
import { readSshCommand, withSshOptions } from './ssh-command.ts';
import { whyNotFetchable, whySwitchedOff, whyUnnameable } from './why-skipped.ts';

export interface RemotesOptions {
  /** Whether the repository is bare: only then may a fetch reach `refs/heads/`. */
  readonly bare: boolean;
  readonly env: Environment;
  /** How often a remote is asked that tells nothing. */
  readonly pollMs: number;
  /** Why none that is on another machine is watched now, where it can be asked for its refs instead. */
  readonly pollOnly?: string;
  readonly fetchMode: ComparisonOptions['mode'];
  /** Of the commands that were asked; one that was not counts as none. */
  readonly commands?: CommandStatuses;
}

export interface ConfiguredRemotes {
  readonly remotes: readonly Remote[];
  readonly skipped: readonly SkippedRemote[];
  /** For the log, one line each. */
  readonly warnings: readonly string[];
}

/** Reads `remote.*`, in the order in which the config names them. */
export function readRemotes(config: GitConfig, options: RemotesOptions): ConfiguredRemotes {
  const common: Common = { commands: new Map(), ...options, sshCommand: readSshCommand(config, options.env) };
  const remotes: Remote[] = [];
  const skipped: SkippedRemote[] = [];
  const warnings: string[] = [];
  for (const name of config.subsections('remote')) {
    const section = openSection(config, name, warnings);
    const why =
      whyUnnameable(config, name) ?? whySwitchedOff(section, common.commands) ?? whyNotFetchable(section, common.bare);
    const remote = why === undefined ? remoteOf(section, common) : { why };
    if ('why' in remote) skipped.push({ name: remoteName(name), why: printable(remote.why) });
    else remotes.push(remote);
  }
  return { remotes, skipped, warnings };
}

/** What all remotes have in common. */
type Common = Pick<RungOptions, 'sshCommand' | 'pollMs'> &
  Pick<RemotesOptions, 'fetchMode' | 'bare' | 'env' | 'pollOnly'> &
  Required<Pick<RemotesOptions, 'commands'>>;

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
  const protocols = [vcs ?? protocolOf(location), ...(inner ? [protocolOf(inner)] : [])];
  const [why] = protocols.flatMap((each) => (each && whyNotAllowed(each, global, common.env)) ?? []);
  if (why !== undefined) return { why };
  const peer = peerAt(location, { url, vcs, uuid: get('annex-uuid') });
  if (peer && 'why' in peer) return peer;
  const usesSsh = vcs === undefined && [url, ...pushUrls(section)].some((each) => parseRemoteUrl(each).kind === 'ssh');
  const push = readPush(section);
  const refs = { refspecs: getAll('fetch'), tags: get('tagOpt') !== '--no-tags' };
  const { plan, pruned, pruning } = readPlan(section, common);
  // The refs that are listed behind a remote helper are its own.
  const comparison = inner ? undefined : readComparison(global, name, { mode: common.fetchMode, ...refs, pruned });
  const place = placeOf(location, { vcs, inner, peer });
  const onThisHost = isOnThisHost(location);
  const pollOnly = onThisHost ? undefined : common.pollOnly;
  const options = readRungOptions(section, { pollMs: common.pollMs, pollOnly, sshCommand }, common.commands);
  const pinned = readNotify(section, place, options);
  return {
    name: remoteName(name),
    url,
    uri: remoteUri(url),
    onThisHost,
    rungs: rungsOf(place, pinned, options),
    ...(pinned && pollOnly === undefined && { pin: { key: `remote.${name}.remotedaemonNotify`, value: pinned } }),
    refs,
    ...(plan && { plan }),
    ...(comparison && { comparison }),
    ...(pruning && { pruning }),
    ...((usesSsh || inner) && { sshCommand }),
    fetches: isSet('annex-pull') ?? true,
    ...(push && { push }),
    ...readUuids(section),
  };
}

function readPlan({ name, global, getAll, warn }: Section, { bare, fetchMode }: Common) {
  const inputs = readPlanInputs(global, name, { refspecs: getAll('fetch'), bare });
  const plan = planFetch(inputs);
  const kept = fetchMode === 'fetch' ? whatIsKept(inputs, plan) : undefined;
  if (kept !== undefined) warn(kept);
  return { plan, pruned: prunedBy(inputs, plan), pruning: readPruning(inputs, plan, fetchMode) };
}

function readRungOptions(
  section: Section,
  reached: Pick<RungOptions, 'sshCommand' | 'pollMs' | 'pollOnly'>,
  commands: CommandStatuses,
): RungOptions {
  const { name, get, getAll, isSet } = section;
  const saysIgnore = refusal(commands, section, 'annex-ignore-command') !== undefined;
  const why = saysIgnore ? `remote.${name}.annex-ignore-command says so` : `remote.${name}.annex-ignore is true`;
  const notifyCommand = get('remotedaemonNotifyCommand');
  return {
    ...(notifyCommand !== undefined && { notifyCommand }),
    ...((saysIgnore || isSet('annex-ignore') === true) && { whyNoAnnexShell: why }),
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

/** By what others may name it, too. */
function readUuids({ getAll }: Section): Pick<Remote, 'uuids'> {
  const uuids = [...getAll('annex-uuid'), ...getAll('remotedaemonUuid')].filter((uuid) =>
    /^[\w.:-]{1,128}$/.test(uuid),
  );
  return uuids.length > 0 ? { uuids: [...new Set(uuids)] } : {};
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

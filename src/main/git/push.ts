// Owns: offering local refs to a remote: which refspecs a CHANGED asks for, the push, and what the remote made of it.
// Leaves: when (supervisor), whose turn it is (git-lane.ts), how refspecs map (shared/refs/refspec.ts).
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { gatherMoves } from '../../shared/moves.ts';
import { printable } from '../../shared/printable.ts';
import { parseObjectName, parseRefName, type RefName, type RemoteName } from '../../shared/remote.ts';
import type { SshCommand } from '../../shared/ssh-target.ts';
import { type FailedOutcome, type GitPlace, type RunningOperation, startOperation } from './operation.ts';
import { readPushRows } from './push-rows.ts';
import type { GitExit } from './run-git.ts';
import { runUntilRaceIsWon } from './until-race-is-won.ts';

export interface PushRequest {
  readonly remote: RemoteName;
  /** Names of refs, or of objects that refs point at, as CHANGED gave them; asked when the push begins. */
  readonly names: () => readonly string[];
  /** Where a local ref goes on the remote: none, one or several refs there. */
  readonly destinations: (ref: RefName) => readonly RefName[];
  readonly sshCommand?: SshCommand;
}

export interface LocalRef {
  readonly name: RefName;
  readonly object: string;
}

/** Starts a push of what the names mean now; with nothing to push it is a success. Never forced, and no deletion. */
export function startPush(place: GitPlace, request: PushRequest): RunningOperation {
  const { remote, names, destinations, sshCommand } = request;
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, sshCommand, place.repositoryVariables);
    const listed = await steps.git(LIST_REFS, env);
    if (listed.status !== 0) return { ok: false, failure: gitFailure(listed.stderr) };
    const local = parseRefList(listed.stdout);
    const refspecs = wantedPushes(local, names(), destinations);
    if (refspecs.length === 0) return { ok: true };
    const gathered = gatherMoves();
    const objectOf = (name: string): string | undefined => local.find((ref) => ref.name === name)?.object;
    const exit = await runUntilRaceIsWon(steps, async () => {
      const ran = await steps.git(pushArguments(remote, refspecs), env);
      for (const move of readPushRows(ran.stdout, objectOf)) gathered.add(move);
      return ran;
    });
    steps.moved(gathered.now());
    return exit.status === 0 ? { ok: true } : pushFailure(exit);
  });
}

/** The refspecs that names of refs or objects ask for; a name that means nothing here asks for nothing. */
export function wantedPushes(
  refs: readonly LocalRef[],
  names: readonly string[],
  destinations: PushRequest['destinations'],
): string[] {
  const refNames = new Set<string>(names.flatMap((name) => parseRefName(name) ?? []));
  const objects = new Set<string>(names.flatMap((name) => parseObjectName(name) ?? []));
  return refs
    .filter(({ name, object }) => refNames.has(name) || objects.has(object))
    .flatMap(({ name }) => destinations(name).map((destination) => `${name}:${destination}`));
}

const LIST_REFS = ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/', 'refs/tags/'];

function parseRefList(text: string): LocalRef[] {
  return text.split('\n').flatMap((line) => {
    const [object = '', ref = ''] = line.split(' ');
    const name = parseRefName(ref);
    return name === undefined ? [] : [{ name, object }];
  });
}

function pushArguments(remote: RemoteName, refspecs: readonly string[]): string[] {
  // Only what was named goes: push.followTags would add tags to it.
  const options = ['--porcelain', '--no-recurse-submodules', '--no-follow-tags', '--progress'];
  return ['-c', 'core.abbrev=no', 'push', ...options, '--', remote, ...refspecs];
}

/** `--porcelain` says `!`, the refspec and the reason for each ref that was not taken (git-push(1)). */
function pushFailure({ stdout, stderr }: GitExit): FailedOutcome {
  const rejected = stdout.split('\n').filter((line) => line.startsWith('!\t'));
  if (rejected.length === 0)
    return { ok: false, failure: gitFailure(stderr), ...(MAY_ONLY_READ.test(stderr) && { refused: true }) };
  const reasons = rejected.map((line) => printable(line.slice(2).replaceAll('\t', ' ')));
  const failure = { code: 'remote-error', detail: reasons.join('; ') } as const;
  return { ok: false, failure, ...(!rejected.some(mayPass) && { refused: true }) };
}

/** A peer says so, ours or git-annex (P2P/Protocol.hs, readOnlyError), in place of all that git would. */
const MAY_ONLY_READ = /this repository is read-only\b.*; write access denied/;

/**
 * Whether the next push may be taken though nothing is another then: the server had the ref locked, no room, or lost its
 * thread. So git says (receive-pack.c; since 2.51 refs.c, where a lock is a "reference already exists"), and JGit.
 */
export const mayPass = (rejected: string): boolean => PASSES.test(rejected);

const PASSES =
  /\[remote (?:rejected|failure)\] \((?:failed to update ref|failed to lock|lock(?:ed| failure)|cannot lock ref|reference already exists|incorrect old value|unknown failure|unpacker error|n\/a|missing necessary objects|unable to migrate objects|remote (?:end hung|failed to report)|internal (?:server )?error|atomic transaction failed)/i;

// Owns: by which rungs a remote can be watched, from what its URL means and what its config says.
// Leaves: trying them (supervisor, workers), and the rest of a remote's config (remotes.ts).
import type { Rung, RungPin, ServerWatchRung, SshCommand, SshTarget } from '../../../shared/remote.ts';
import { isLoopbackHost, parseRemoteUrl, type RemoteLocation } from '../../../shared/remote-uri.ts';

export interface RungWishes {
  /** As a key that is set says it, for `status`; absent where nothing speaks against git-annex-shell. */
  readonly whyNoAnnexShell?: string;
  readonly pinned?: RungPin['value'];
  readonly sshCommand: SshCommand;
  /** How often a remote is asked that tells nothing. */
  readonly pollMs: number;
  /** The ssh repository behind a remote helper, where that can be watched. */
  readonly inner?: SshLocation;
  readonly annexShell: string;
  readonly uploadPack: string;
}

export type SshLocation = Extract<RemoteLocation, { kind: 'ssh' }>;

/** Best first. `vcs` is the remote helper that `remote.<n>.vcs` names. */
export function rungsOf(location: RemoteLocation, vcs: string | undefined, wishes: RungWishes): [Rung, ...Rung[]] {
  const { pinned, inner, pollMs } = wishes;
  // Only where git would speak ssh itself; what a helper lists is known to the helper alone.
  const target = vcs === undefined && location.kind === 'ssh' && targetOf(location, wishes);
  const poll = (why: string): Rung => ({ kind: 'poll', why, everyMs: pollMs, ...(target && { target }) });
  if (pinned === 'poll') return [poll('the config asks for polling')];
  if (vcs !== undefined) return [poll(`the remote helper ${vcs} tells of no changes`)];
  if (location.kind === 'local') {
    const watch: Rung = { kind: 'local-watch', path: location.path };
    return pinned === 'watch' ? [watch] : [watch, poll('its file system cannot be watched')];
  }
  const last = poll('the server cannot notify');
  if (location.kind === 'ssh') return rungsOverSsh(location, wishes, last);
  return inner ? rungsOverSsh(inner, wishes, last) : [poll(whyOnlyPolled(location))];
}

function rungsOverSsh(location: SshLocation, wishes: RungWishes, last: Rung): [Rung, ...Rung[]] {
  const { pinned, whyNoAnnexShell, inner } = wishes;
  const target = targetOf(location, wishes);
  const watch: ServerWatchRung = { kind: 'server-watch', target, ...(inner && { behindHelper: true }) };
  if (pinned === 'annex-shell') return [{ kind: 'annex-shell', target }];
  if (pinned === 'watch') return [watch];
  // With nothing in between, one watcher does for both ways.
  if (whyNoAnnexShell !== undefined) return [{ ...watch, why: whyNoAnnexShell }, last];
  return [{ ...watch, by: 'inotifywait' }, { kind: 'annex-shell', target }, { ...watch, by: 'looking' }, last];
}

/** Whether a remote can be reached without a network. */
export function isOnThisHost(location: RemoteLocation): boolean {
  switch (location.kind) {
    case 'local':
      return true;
    case 'ssh':
    case 'other':
      return isLoopbackHost(location.host);
    case 'helper':
      // `gcrypt::/path`; a word alone may be anything to a helper.
      return /[/:]/.test(location.address) && isOnThisHost(parseRemoteUrl(location.address));
    case 'bad':
      return false;
    default:
      return location satisfies never;
  }
}

function targetOf(location: SshLocation, wishes: RungWishes): SshTarget {
  const { kind: _kind, ...place } = location;
  return { ...place, command: wishes.sshCommand, annexShell: wishes.annexShell, uploadPack: wishes.uploadPack };
}

function whyOnlyPolled(location: Exclude<RemoteLocation, { kind: 'ssh' | 'local' }>): string {
  switch (location.kind) {
    case 'helper':
      return `the remote helper ${location.helper} tells of no changes`;
    case 'other':
      return /ssh/.test(location.scheme)
        ? 'its URL is not UTF-8'
        : `servers tell of no changes over ${location.scheme}`;
    case 'bad':
      return location.why;
    default:
      return location satisfies never;
  }
}

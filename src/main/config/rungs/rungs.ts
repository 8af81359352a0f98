// Owns: by which rungs a remote can be watched, from where it is and what its config asks for; one table makes them.
// Leaves: what a rung is (shared/rungs/rungs.ts), trying them (supervisor), and the rest of a remote's config (remotes.ts).
import type { RungPin } from '../../../shared/remote.ts';
import type { RemoteLocation } from '../../../shared/remote-uri.ts';
import type { Rung } from '../../../shared/rungs/rungs.ts';
import type { ServerWatchRung } from '../../../shared/rungs/server-watch.ts';
import type { SshCommand, SshTarget } from '../../../shared/ssh-target.ts';
import type { PeerPlace } from './peer.ts';

export type SshLocation = Extract<RemoteLocation, { kind: 'ssh' }>;

/** Where a remote is. `behind-helper`: an ssh repository whose content is a remote helper's own. */
export type Place = RemoteLocation | { readonly kind: 'behind-helper'; readonly ssh: SshLocation } | PeerPlace;

export interface RungOptions {
  /** The user's own, which tells of changes wherever the remote is. */
  readonly notifyCommand?: string;
  /** As a key that is set says it, for `status`; absent where nothing speaks against git-annex-shell. */
  readonly whyNoAnnexShell?: string;
  readonly sshCommand: SshCommand;
  /** How often a remote is asked that tells nothing. */
  readonly pollMs: number;
  /** Why it is to be no more than asked, whatever would tell. */
  readonly pollOnly?: string | undefined;
  readonly annexShell: string;
  readonly uploadPack: string;
}

/** Best first. */
type Ladder = [Rung, ...Rung[]];

type Maker<R extends Rung> = (place: Place, options: RungOptions) => R | undefined;

/** Of each kind the rung that can be had at a place; undefined: none. */
const MADE = {
  'server-watch': (place, options) => {
    const reached = reachedBySsh(place, options);
    return reached && { kind: 'server-watch', ...reached };
  },
  'annex-shell': (place, options) => {
    const reached = reachedBySsh(place, options);
    return reached && { kind: 'annex-shell', ...reached };
  },
  'local-watch': (place) => (place.kind === 'local' ? { kind: 'local-watch', path: place.path } : undefined),
  poll: (place, options) => ({
    kind: 'poll',
    why: whyPolled(place),
    everyMs: options.pollMs,
    // What a remote helper lists is known to the helper alone: it is asked through git.
    ...(place.kind === 'ssh' && { target: targetOf(place, options) }),
  }),
  'notify-command': (_place, { notifyCommand: command }) =>
    command === undefined ? undefined : { kind: 'notify-command', command },
  peer: (place) => (place.kind === 'peer' ? place : undefined),
} as const satisfies { readonly [K in Rung['kind']]: Maker<Rung<K>> };

/** What a config may ask for: of these kinds the one that can be had. */
const PINNED = {
  watch: ['server-watch', 'local-watch'],
  'annex-shell': ['annex-shell'],
  poll: ['poll'],
} as const satisfies Record<RungPin['value'], readonly Rung['kind'][]>;

/** `pinned`: what its config asks for, if that can be had there. */
export function rungsOf(place: Place, pinned: RungPin['value'] | undefined, options: RungOptions): Ladder {
  const polled = MADE.poll(place, options);
  // What cannot be told by a peer could not be asked of it either.
  const peer = MADE.peer(place);
  if (options.pollOnly !== undefined && !peer) return [{ ...polled, why: options.pollOnly }];
  const own = MADE['notify-command'](place, options);
  if (own) return [own];
  if (pinned === 'poll') return [{ ...polled, why: 'the config asks for polling' }];
  const [asked] = pinned ? PINNED[pinned].flatMap((kind) => MADE[kind](place, options) ?? []) : [];
  if (asked) return [asked];
  if (peer) return [peer];
  const [best, ...others] = watchesAt(place, options);
  return best ? [best, ...others, polled] : [polled];
}

/** Whether a remote at such a place can be watched in that way. */
export const isPossible = (place: Place, pinned: RungPin['value'], options: RungOptions): boolean =>
  PINNED[pinned].some((kind) => MADE[kind](place, options) !== undefined);

function watchesAt(place: Place, options: RungOptions): Rung[] {
  const watch = MADE['server-watch'](place, options);
  const annexShell = MADE['annex-shell'](place, options);
  if (watch === undefined || annexShell === undefined) return [MADE['local-watch'](place) ?? []].flat();
  const { whyNoAnnexShell: why } = options;
  // With nothing in between, one watcher does for both ways.
  return why === undefined
    ? [{ ...watch, by: 'inotifywait' }, annexShell, { ...watch, by: 'looking' }]
    : [{ ...watch, why }];
}

function reachedBySsh(
  place: Place,
  options: RungOptions,
): Pick<ServerWatchRung, 'target' | 'behindHelper'> | undefined {
  if (place.kind === 'ssh') return { target: targetOf(place, options) };
  return place.kind === 'behind-helper' ? { target: targetOf(place.ssh, options), behindHelper: true } : undefined;
}

function targetOf(location: SshLocation, { sshCommand, annexShell, uploadPack }: RungOptions): SshTarget {
  const { kind: _kind, ...where } = location;
  return { ...where, command: sshCommand, annexShell, uploadPack };
}

/** Why it is, where nothing better can be had or has worked. */
function whyPolled(place: Place): string {
  switch (place.kind) {
    case 'ssh':
    case 'behind-helper':
      return 'the server cannot notify';
    case 'local':
      return 'its file system cannot be watched';
    case 'helper':
      return `the remote helper ${place.helper} tells of no changes`;
    case 'peer':
      return 'the peer tells of no changes';
    case 'other':
      return /ssh/.test(place.scheme) ? 'its URL is not UTF-8' : `servers tell of no changes over ${place.scheme}`;
    case 'bad':
      return place.why;
    default:
      return place satisfies never;
  }
}

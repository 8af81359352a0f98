// Owns: by which rungs a remote can be watched, from where it is and what its config asks for: one table.
// Leaves: what a rung is (shared/rungs/rungs.ts), trying them (supervisor), and the rest of a remote's config (remotes.ts).
import type { RungPin } from '../../../shared/remote.ts';
import type { RemoteLocation } from '../../../shared/remote-uri.ts';
import type { Rung } from '../../../shared/rungs/rungs.ts';
import type { SshCommand, SshTarget } from '../../../shared/ssh-target.ts';

export type SshLocation = Extract<RemoteLocation, { kind: 'ssh' }>;

interface PlacesByKind {
  readonly ssh: SshLocation;
  /** An ssh repository whose content is a remote helper's own. */
  readonly 'behind-helper': { readonly kind: 'behind-helper'; readonly ssh: SshLocation };
  readonly local: Extract<RemoteLocation, { kind: 'local' }>;
  readonly helper: Extract<RemoteLocation, { kind: 'helper' }>;
  readonly other: Extract<RemoteLocation, { kind: 'other' }>;
  readonly bad: Extract<RemoteLocation, { kind: 'bad' }>;
}

/** Where a remote is. */
export type Place<K extends keyof PlacesByKind = keyof PlacesByKind> = {
  [Each in K]: PlacesByKind[Each] & { readonly kind: Each };
}[K];

export interface RungWishes {
  /** The user's own, which tells of changes wherever the remote is. */
  readonly notifyCommand?: string;
  /** As a key that is set says it, for `status`; absent where nothing speaks against git-annex-shell. */
  readonly whyNoAnnexShell?: string;
  readonly sshCommand: SshCommand;
  /** How often a remote is asked that tells nothing. */
  readonly pollMs: number;
  readonly annexShell: string;
  readonly uploadPack: string;
}

/** Best first. */
type Ladder = [Rung, ...Rung[]];
type Way<P> = (place: P, wishes: RungWishes) => Ladder;
/** `auto`: the daemon chooses. Of what a config may ask for, whatever can be had at such a place. */
type Ways<P> = { readonly auto: Way<P> } & { readonly [pin in RungPin['value']]?: Way<P> };

const ASKED_FOR = 'the config asks for polling';
const polled: Way<Place> = (_place, { pollMs }) => [poll(ASKED_FOR, pollMs)];

const WAYS: { readonly [K in keyof PlacesByKind]: Ways<Place<K>> } = {
  ssh: {
    auto: (place, wishes) => {
      const target = targetOf(place, wishes);
      return overSsh(target, wishes, poll('the server cannot notify', wishes.pollMs, target));
    },
    watch: (place, wishes) => [{ kind: 'server-watch', target: targetOf(place, wishes) }],
    'annex-shell': (place, wishes) => [{ kind: 'annex-shell', target: targetOf(place, wishes) }],
    poll: (place, wishes) => [poll(ASKED_FOR, wishes.pollMs, targetOf(place, wishes))],
  },
  'behind-helper': {
    // What a helper lists is known to the helper alone: polled, it is asked through git.
    auto: ({ ssh }, wishes) =>
      overSsh(targetOf(ssh, wishes), wishes, poll('the server cannot notify', wishes.pollMs), BEHIND_HELPER),
    watch: ({ ssh }, wishes) => [{ kind: 'server-watch', target: targetOf(ssh, wishes), ...BEHIND_HELPER }],
    'annex-shell': ({ ssh }, wishes) => [{ kind: 'annex-shell', target: targetOf(ssh, wishes), ...BEHIND_HELPER }],
    poll: polled,
  },
  local: {
    auto: ({ path }, { pollMs }) => [{ kind: 'local-watch', path }, poll('its file system cannot be watched', pollMs)],
    watch: ({ path }) => [{ kind: 'local-watch', path }],
    poll: polled,
  },
  helper: {
    auto: ({ helper }, { pollMs }) => [poll(`the remote helper ${helper} tells of no changes`, pollMs)],
    poll: polled,
  },
  other: {
    auto: ({ scheme }, { pollMs }) => {
      const why = /ssh/.test(scheme) ? 'its URL is not UTF-8' : `servers tell of no changes over ${scheme}`;
      return [poll(why, pollMs)];
    },
    poll: polled,
  },
  bad: {
    auto: ({ why }, { pollMs }) => [poll(why, pollMs)],
    poll: polled,
  },
};

/** `pinned`: what its config asks for, and may ask for there. */
export function rungsOf<K extends keyof PlacesByKind>(
  place: Place<K>,
  pinned: RungPin['value'] | undefined,
  wishes: RungWishes,
): Ladder {
  if (wishes.notifyCommand !== undefined) return [{ kind: 'notify-command', command: wishes.notifyCommand }];
  const ways: Ways<Place<K>> = WAYS[place.kind];
  return (ways[pinned ?? 'auto'] ?? ways.auto)(place, wishes);
}

/** Whether a remote at such a place can be watched in that way. */
export const isPossible = (place: Place, pinned: RungPin['value']): boolean => pinned in WAYS[place.kind];

const BEHIND_HELPER = { behindHelper: true } as const;

function overSsh(
  target: SshTarget,
  { whyNoAnnexShell }: RungWishes,
  last: Rung,
  behind: Partial<typeof BEHIND_HELPER> = {},
): Ladder {
  const watch = { kind: 'server-watch', target, ...behind } as const;
  // With nothing in between, one watcher does for both ways.
  if (whyNoAnnexShell !== undefined) return [{ ...watch, why: whyNoAnnexShell }, last];
  const annexShell = { kind: 'annex-shell', target, ...behind } as const;
  return [{ ...watch, by: 'inotifywait' }, annexShell, { ...watch, by: 'looking' }, last];
}

const poll = (why: string, everyMs: number, target?: SshTarget): Rung => ({
  kind: 'poll',
  why,
  everyMs,
  ...(target && { target }),
});

function targetOf(location: SshLocation, { sshCommand, annexShell, uploadPack }: RungWishes): SshTarget {
  const { kind: _kind, ...where } = location;
  return { ...where, command: sshCommand, annexShell, uploadPack };
}

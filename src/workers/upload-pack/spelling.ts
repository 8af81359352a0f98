// Owns: by which spelling of the command a server runs upload-pack in protocol v2, as far as it has shown. Pure.
// Leaves: trying them (upload-pack.ts).

/**
 * Stock sshd drops GIT_PROTOCOL, so it is set by `env` where the account has a shell. `requested` of the
 * server, which may ignore it; protocol v0 is then what one gets.
 */
export type Spelling = 'env' | 'requested';

export type SpellingState =
  /** None has made an upload-pack speak. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'requested' }
  /** `version`: of the one that was run last; `none` where it ended without a word. */
  | { readonly kind: 'env'; readonly version: 'v2' | 'other' | 'none' };

/** An upload-pack that was run by a spelling has ended; `said` is `none` where it never spoke. */
export interface Run {
  readonly by: Spelling;
  readonly said: 'v2' | 'other' | 'none';
}

/** One that failed to speak unteaches no spelling: the repository may be gone for a while. */
export function step(state: SpellingState, { by, said }: Run): SpellingState {
  if (said === 'none') return state.kind === 'env' ? { kind: 'env', version: 'none' } : state;
  if (by === 'env') return { kind: 'env', version: said };
  // Of two that ran at once, the other has shown that there is a shell.
  return state.kind === 'env' && state.version !== 'none' ? state : { kind: 'requested' };
}

/** The spellings to try, in this order, until one makes it speak. */
export const toTry = ({ kind }: SpellingState): readonly [Spelling, Spelling?] =>
  kind === 'unknown' ? ['env', 'requested'] : [kind];

/**
 * Whether one may be started before it is needed: in protocol v2 it looks at the refs only when it is asked
 * (gitprotocol-v2(5)), so it is none the older for waiting.
 */
export const canWait = (state: SpellingState): boolean => state.kind === 'env' && state.version === 'v2';

// Owns: what is known of an account that is logged in to, who may try it next, when and by whom, as pure decisions.
// Leaves: waiting for that (accounts.ts), and noticing what awakens it (host/login-clues.ts, supervisor.ts).
import type { Denial, LoggedInBy, LoginOutcome } from '../../../shared/account.ts';
import type { Failure } from '../../../shared/failures.ts';
import type { RemoteName } from '../../../shared/remote.ts';

const FIRST_WAIT_MS = 300_000;
const LONGEST_WAIT_MS = 3_600_000;
/** Of those who were let in so long ago one goes first again: it finds out for all whether that still holds. */
const FRESH_MS = 10_000;
/** What the built-in client was refused is asked again after so long: what the server takes may change. */
const REMEMBERED_MS = 24 * 3_600_000;

/** What is known of an account. All times as `nowMs`. */
export type Standing =
  /** Nobody has tried: one does, and the others wait for what it comes to. */
  | { readonly kind: 'unknown' }
  /** `needsProgramSinceMs`: when the built-in client was refused, where the program was let in. */
  | { readonly kind: 'let-in'; readonly atMs: number; readonly needsProgramSinceMs?: number }
  /** The built-in client was refused, and the program is yet to be asked. */
  | { readonly kind: 'half-refused'; readonly failure: Failure; readonly atMs: number; readonly before?: Refused }
  | Refused;

export interface Refused {
  readonly kind: 'refused';
  readonly failure: Failure;
  /** In a row; those that a change had called for are left out. */
  readonly refusals: number;
  readonly triedAtMs: number;
  readonly againAtMs: number;
  /** Who tries next. `both`: the built-in client, and where it is refused the program. */
  readonly next: LoggedInBy | 'both';
  readonly wasAwakened: boolean;
  /** Tries that a change had called for, and that it did not help. */
  readonly inVain: number;
  /** Who was refused. */
  readonly remotes: ReadonlySet<RemoteName>;
}

export const UNKNOWN: Standing = { kind: 'unknown' };

/** Who asks to log in. */
export interface Asking {
  readonly remote: RemoteName;
  readonly by: LoggedInBy;
  /** It is refused only if it was refused itself. */
  readonly isOpenToAll: boolean;
  /** Where one finds out for all it waits for that; else a repository that hangs would keep all others. */
  readonly waits: boolean;
}

export type Admission = { readonly kind: 'go' | 'wait' } | { readonly kind: 'denied'; readonly denial: Denial };

const GO: Admission = { kind: 'go' };
const BY_PROGRAM: Admission = { kind: 'denied', denial: { kind: 'by-program' } };

/** Whether one may log in now. `isTried`: another does, and finds out for all. */
export function admit(standing: Standing, asking: Asking, isTried: boolean, nowMs: number): Admission {
  const oneAtATime: Admission = isTried && asking.waits ? { kind: 'wait' } : GO;
  switch (standing.kind) {
    case 'unknown':
      return oneAtATime;
    case 'let-in':
      if (asking.by === 'built-in' && needsProgram(standing, nowMs)) return BY_PROGRAM;
      return nowMs - standing.atMs < FRESH_MS ? GO : oneAtATime;
    case 'half-refused':
      return asking.by === 'built-in' && nowMs - standing.atMs < REMEMBERED_MS ? BY_PROGRAM : oneAtATime;
    case 'refused':
      if (asking.isOpenToAll && !standing.remotes.has(asking.remote)) return GO;
      if (nowMs < standing.againAtMs) return { kind: 'denied', denial: { kind: 'refused', failure: standing.failure } };
      if (asking.by === 'built-in' && standing.next === 'program') return BY_PROGRAM;
      return isTried ? { kind: 'wait' } : GO;
    default:
      return standing satisfies never;
  }
}

const needsProgram = ({ needsProgramSinceMs }: { readonly needsProgramSinceMs?: number }, nowMs: number): boolean =>
  needsProgramSinceMs !== undefined && nowMs - needsProgramSinceMs < REMEMBERED_MS;

/** Since when the built-in client is known to be refused; undefined: it is not. */
function builtInRefusedMs(standing: Standing, nowMs: number): number | undefined {
  switch (standing.kind) {
    case 'half-refused':
      return standing.atMs;
    case 'let-in':
      return needsProgram(standing, nowMs) ? standing.needsProgramSinceMs : undefined;
    case 'refused':
      return standing.next === 'both' ? undefined : standing.triedAtMs;
    case 'unknown':
      return undefined;
    default:
      return standing satisfies never;
  }
}

/** What a login that came to something says of the account. */
export function concluded(standing: Standing, asking: Asking, outcome: LoginOutcome, nowMs: number): Standing {
  const { by, remote } = asking;
  if (standing.kind === 'refused') {
    // What everybody is shown says nothing of those who were not.
    if (outcome.kind === 'let-in' && asking.isOpenToAll && !standing.remotes.has(remote)) return standing;
    // It was under way already when this was found out.
    const isLate = outcome.kind === 'refused' && nowMs < standing.againAtMs;
    if (isLate) return { ...standing, remotes: new Set([...standing.remotes, remote]) };
  }
  if (outcome.kind === 'let-in') {
    // Counted from the refusal, so that the built-in client has its turn however often the program logs in.
    const sinceMs = by === 'program' ? builtInRefusedMs(standing, nowMs) : undefined;
    return { kind: 'let-in', atMs: nowMs, ...(sinceMs !== undefined && { needsProgramSinceMs: sinceMs }) };
  }
  // Where the server itself has refused before, it is believed.
  const isBelieved = !outcome.isUnproven || standing.kind === 'half-refused' || standing.kind === 'refused';
  if (!isBelieved) return standing;
  const before =
    standing.kind === 'half-refused' ? standing.before : standing.kind === 'refused' ? standing : undefined;
  // Where the program has been let in, it is not over with what the built-in client meets.
  const isForProgram = standing.kind === 'let-in' && standing.needsProgramSinceMs !== undefined;
  const isAlone = !isForProgram && (outcome.isFinal || (before !== undefined && before.next === 'built-in'));
  if (by === 'built-in' && !isAlone)
    return { kind: 'half-refused', failure: outcome.failure, atMs: nowMs, ...(before && { before }) };
  // The program says less about why.
  const known = standing.kind === 'half-refused' || outcome.isUnproven ? standing : outcome;
  const failure = 'failure' in known ? known.failure : outcome.failure;
  const refusals = (before?.refusals ?? 0) + (before?.wasAwakened ? 0 : 1);
  return {
    kind: 'refused',
    failure,
    refusals,
    triedAtMs: nowMs,
    againAtMs: nowMs + refusedWaitMs(refusals),
    // One login a try: each in turn.
    next: by === 'built-in' ? 'program' : 'built-in',
    wasAwakened: false,
    inVain: (before?.inVain ?? 0) + (before?.wasAwakened ? 1 : 0),
    remotes: new Set([...(before?.remotes ?? []), remote]),
  };
}

/** When it is tried again; undefined: it is not refused. */
export function againAtMsOf(standing: Standing): number | undefined {
  if (standing.kind === 'refused') return standing.againAtMs;
  return standing.kind === 'half-refused' ? standing.atMs : undefined;
}

/** The wait after so many refusals in a row: 5 min, doubling to an hour. */
export const refusedWaitMs = (refusals: number): number =>
  Math.min(FIRST_WAIT_MS * 2 ** Math.min(Math.max(refusals, 1) - 1, 12), LONGEST_WAIT_MS);

/** Why a refusal is looked at again before its time. */
export type Awakening =
  /** Somebody asks for it. */
  | 'person'
  /** Something is different that the login rests on: the agent's keys, a key file. */
  | 'mended'
  /** Something may be: the network, the config. */
  | 'changed';

/** After a refusal nothing but a person has it tried again before this. */
const LEAST_WAIT_MS = { person: 0, mended: 3_000, changed: 30_000 } as const satisfies Record<Awakening, number>;

export function awakened(standing: Standing, why: Awakening, nowMs: number): Standing {
  if (why === 'person') return UNKNOWN;
  if (standing.kind === 'half-refused') return standing.before ? awakened(standing.before, why, nowMs) : UNKNOWN;
  if (standing.kind !== 'refused') return standing;
  // What changes often helps as little each time: a log beside the keys, or what the try itself writes there.
  const leastMs = Math.min(LEAST_WAIT_MS[why] * 2 ** Math.min(standing.inVain, 12), FIRST_WAIT_MS);
  const againAtMs = Math.min(standing.againAtMs, Math.max(nowMs, standing.triedAtMs + leastMs));
  return { ...standing, againAtMs, next: 'both', wasAwakened: true };
}

// Owns: when a remote is tried again.
// Leaves: what a failure means (failures.ts), and carrying the decision out (main/supervisor).
import type { FailureCode } from './failures.ts';

export const FIRST_WAIT_MS = 1_000;
export const LONGEST_WAIT_MS = 3_600_000;
/** Looking for a path costs next to nothing, and a disk that was plugged in is wanted now. */
export const LONGEST_WAIT_FOR_PATH_MS = 2_000;
/** A server that means it may lock out who comes back at once; who was told so by somebody else waits a moment only. */
export const FIRST_WAIT_IF_REFUSED_MS = 30_000;
/** A link that lived this long was no failure: the next wait is the first one again (syncthing, lib/connections). */
export const STEADY_MS = 5_000;

export interface Wait {
  readonly waitMs: number;
  readonly failures: number;
}

/** To see whether there is room costs nothing either; how little there is changes more slowly. */
const LONGEST_WAIT_FOR_ROOM_MS = 30_000;

/**
 * Where the waits begin after such a failure, and what they may grow to. `awayMs`: for how long it has been so. Where
 * nobody was met, or somebody who said no at once, a try costs nobody anything. `longestMs`: whatever the failure is.
 */
export const waitLimits = (code: FailureCode, awayMs?: number, longestMs = LONGEST_WAIT_MS): WaitLimits => ({
  firstMs: code === 'maybe-refused' ? FIRST_WAIT_IF_REFUSED_MS : FIRST_WAIT_MS,
  longestMs: Math.min(longestWaitMs(code), longestMs),
  ...(code === 'unreachable' && awayMs !== undefined && { awayMs }),
});

export interface WaitLimits {
  readonly firstMs: number;
  readonly longestMs: number;
  /** No wait is longer than a third of this, so that an outage costs a third more than it lasted; but for the first wait. */
  readonly awayMs?: number;
}

const AWAY_PART = 1 / 3;

function longestWaitMs(code: FailureCode): number {
  if (code === 'not-there') return LONGEST_WAIT_FOR_PATH_MS;
  return code === 'no-room' ? LONGEST_WAIT_FOR_ROOM_MS : LONGEST_WAIT_MS;
}

const USUAL: WaitLimits = { firstMs: FIRST_WAIT_MS, longestMs: LONGEST_WAIT_MS };

/**
 * The wait before the next try: 1 s, doubling to the longest (git-annex, RemoteDaemon/Common.hs), jittered to half.
 * `connectedMs` is how long the link was up (0: it never was). `random` yields 0 ≤ r < 1.
 */
export function decideWait(
  failuresSoFar: number,
  connectedMs: number,
  random: () => number,
  { firstMs, longestMs, awayMs = Number.POSITIVE_INFINITY }: WaitLimits = USUAL,
): Wait {
  const failures = connectedMs >= STEADY_MS ? 1 : failuresSoFar + 1;
  // 2^12 s is past the hour already; the bound keeps the power finite.
  const doubledMs = Math.min(firstMs * 2 ** Math.min(failures - 1, 12), longestMs);
  const ceilingMs = Math.min(doubledMs, Math.max(firstMs, awayMs * AWAY_PART));
  return { waitMs: Math.round(ceilingMs * (0.5 + random() / 2)), failures };
}

/** A second, asked for again and again, would be a process a second for each remote. */
const NEVER_OFTENER_MS = 10_000;

/** Our own wait, or the one that the server has asked for: no less than ours then, or than ten seconds where ours is longer. */
export const waitAsked = (againInMs: number | undefined, { waitMs }: Wait): number =>
  againInMs === undefined ? waitMs : Math.max(againInMs, Math.min(waitMs, NEVER_OFTENER_MS));

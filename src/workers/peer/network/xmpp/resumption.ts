// Owns: whether a session that broke may be resumed, and whether one that seems deaf is begun anew. Pure.
// Leaves: connecting (connecting.ts), and when (session.ts).

/**
 * What a session of an account has been through, in ms of one clock. Where a connection breaks while its session is
 * being resumed, both sides may count differently what has arrived, and a session resumed once more stays deaf for good.
 */
export interface History {
  /** undefined: not since it was logged in. */
  readonly resumedMs: number | undefined;
  /** When one was last begun anew because it seemed deaf. */
  readonly renewedMs: number | undefined;
}

export const NO_HISTORY: History = { resumedMs: undefined, renewedMs: undefined };

/** After that time all that was sent again has been acknowledged. */
const WHOLE_MS = 30_000;
const RENEW_EVERY_MS = 60_000;

/** Whether it broke when all was well. */
export function mayBeResumed({ resumedMs }: History, brokenMs: number): boolean {
  return resumedMs === undefined || brokenMs - resumedMs >= WHOLE_MS;
}

/**
 * Somebody does not answer, while the server does. A session that was never resumed cannot be deaf: then it is the other's
 * silence, which is to cost nobody else his streams.
 */
export function mayBeDeaf({ resumedMs, renewedMs }: History, nowMs: number): boolean {
  return resumedMs !== undefined && (renewedMs === undefined || nowMs - renewedMs >= RENEW_EVERY_MS);
}

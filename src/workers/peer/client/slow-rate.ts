// Owns: how fast a slow network brings something, as `status` tells it: from the bytes that came, pure but for the clock.
// Leaves: counting them (dial.ts), and telling it (peer-link.ts).

interface Spell {
  readonly beganMs: number;
  readonly lastMs: number;
  /** Without those with which it began. */
  readonly bytes: number;
}

export interface RateState {
  readonly spell?: Spell;
  /** Of the last spell that was long enough, in bytes a second; undefined: there was none, or it was not slow. */
  readonly slow?: number;
}

/** A server that lets through so much a second sends it in bursts, with gaps. */
const GAP_MS = 5_000;
/** What comes in less time, or is less, tells of the way there and back, and not of how much it carries. */
const LEAST_MS = 3_000;
const LEAST_BYTES = 16 * 1024;
/** Nobody asks about a network that is faster. */
const SLOW_BYTES_PER_S = 100_000;

export function rateAfter({ spell, slow }: RateState, bytes: number, nowMs: number): RateState {
  const isNew = spell === undefined || nowMs - spell.lastMs > GAP_MS;
  const now: Spell = isNew
    ? { beganMs: nowMs, lastMs: nowMs, bytes: 0 }
    : { ...spell, lastMs: nowMs, bytes: spell.bytes + bytes };
  const tookMs = now.lastMs - now.beganMs;
  const kept = slow === undefined ? {} : { slow };
  if (now.bytes < LEAST_BYTES || tookMs < LEAST_MS) return { spell: now, ...kept };
  const rate = (now.bytes * 1_000) / tookMs;
  return rate > SLOW_BYTES_PER_S ? { spell: now } : { spell: now, slow: rate };
}

/** Behind what else is said of the link: `, at 6.8 kB/s`. */
export function describeRate({ slow }: RateState): string {
  if (slow === undefined) return '';
  const kilo = slow / 1_000;
  return `, at ${kilo < 10 ? kilo.toFixed(1) : Math.round(kilo)} kB/s`;
}

// Owns: how soon news of a remote may cost a fetch: at once, until many in a row have brought nothing. Pure.
// Leaves: carrying it out (news.ts), and what a fetch or a comparison then does (sync-state.ts).

/** `unsure`: something may have moved; `news`: refs have; `loss`: and some may be gone. The later holds the earlier. */
export type NewsKind = (typeof KINDS)[number];
const KINDS = ['unsure', 'news', 'loss'] as const;

export interface NewsPace {
  /** Fetches and comparisons in a row that brought nothing. */
  readonly fruitless: number;
  /** When the last of these ended, or what was held back was last let go, in ms since the epoch. */
  readonly sinceMs: number;
  /** What was told meanwhile. */
  readonly held?: { readonly kind: NewsKind; readonly untilMs: number };
}

export type PaceEvent =
  | { readonly kind: NewsKind }
  /** A fetch or comparison has ended, and brought something or not. */
  | { readonly kind: 'fruitless' | 'fruitful' }
  /** The time has come for what is held back. */
  | { readonly kind: 'due' }
  /** The next link catches up. */
  | { readonly kind: 'link-left' };

export interface PaceStep {
  readonly pace: NewsPace;
  /** What the remote is to be looked at for, now. */
  readonly passed?: NewsKind;
}

export const UNPACED: NewsPace = { fruitless: 0, sinceMs: 0 };

/** So many bring nothing now and then, as when somebody pushes from here; more is a server that cries wolf. */
const FREE = 8;
const FIRST_PAUSE_MS = 1_000;
/** A comparison costs less than a fetch, and many a command or shell tells of more than there is. */
const LONGEST_PAUSE_MS: Readonly<Record<NewsKind, number>> = {
  unsure: 4_000,
  news: 60_000,
  loss: 60_000,
};
/** Who was quiet for so long after his pause begins anew. */
const CALM_MS = 60_000;
/** Doubling more often changes nothing. */
const MOST_COUNTED = FREE + 20;

export function stepPace(before: NewsPace, event: PaceEvent, nowMs: number): PaceStep {
  const pace = before.sinceMs > nowMs ? { ...before, sinceMs: nowMs } : before;
  switch (event.kind) {
    case 'unsure':
    case 'news':
    case 'loss':
      return told(calmed(pace, nowMs), event.kind, nowMs);
    case 'fruitless':
      return { pace: { ...pace, fruitless: Math.min(pace.fruitless + 1, MOST_COUNTED), sinceMs: nowMs } };
    case 'fruitful':
      return letGo({ ...pace, fruitless: 0 }, nowMs);
    case 'due':
      return letGo(pace, nowMs);
    case 'link-left': {
      const { held, ...others } = pace;
      return { pace: held ? others : pace };
    }
    default:
      return event satisfies never;
  }
}

function told(pace: NewsPace, kind: NewsKind, nowMs: number): PaceStep {
  const stronger = KINDS.findLast((each) => each === kind || each === pace.held?.kind) ?? kind;
  const pauseMs = pauseAfter(pace.fruitless, stronger);
  const untilMs = pace.sinceMs + pauseMs;
  if (pauseMs === 0) return { pace, passed: kind };
  if (nowMs >= untilMs) return letGo({ ...pace, held: { kind: stronger, untilMs } }, nowMs);
  return { pace: { ...pace, held: { kind: stronger, untilMs } } };
}

function letGo({ held, ...pace }: NewsPace, nowMs: number): PaceStep {
  return held ? { pace: { ...pace, sinceMs: nowMs }, passed: held.kind } : { pace };
}

function calmed(pace: NewsPace, nowMs: number): NewsPace {
  const calmAtMs = pace.sinceMs + pauseAfter(pace.fruitless, 'news') + CALM_MS;
  return pace.held === undefined && nowMs >= calmAtMs ? UNPACED : pace;
}

function pauseAfter(fruitless: number, kind: NewsKind): number {
  if (fruitless < FREE) return 0;
  return Math.min(FIRST_PAUSE_MS * 2 ** (fruitless - FREE), LONGEST_PAUSE_MS[kind]);
}

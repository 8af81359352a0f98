// Owns: how soon news of a remote may cost a fetch or a comparison: at once, until many in a row have brought nothing. Pure.
// Leaves: carrying it out (news.ts), and what a fetch or a comparison then does (sync-step.ts).

/** `unsure`: something may have moved; `news`: refs have; `loss`: and some may be gone. The later holds the earlier. */
export type NewsKind = (typeof KINDS)[number];
const KINDS = ['unsure', 'news', 'loss'] as const;

/** Each at its own pace: what is only doubtful, as many a command or shell tells it, and what names refs. */
export type NewsPace = Readonly<Record<TrackName, Track>>;

type TrackName = 'doubts' | 'moves';

interface Track {
  /** Looks in a row that these news have brought about, and that brought nothing. */
  readonly fruitless: number;
  /** When the last of these ended, or what was held back was last let go, in ms since the epoch. */
  readonly sinceMs: number;
  /** Such news were passed on, and nothing has been seen since. What was looked at for another reason says nothing of them. */
  readonly isLooking: boolean;
  /** What was told meanwhile. */
  readonly held?: NewsKind;
}

export type PaceEvent =
  | { readonly kind: NewsKind }
  /** A comparison has ended: nothing was missing. */
  | { readonly kind: 'all-here' }
  /** A fetch has ended, and brought something or not. */
  | { readonly kind: 'fruitless' | 'fruitful' }
  /** The time has come for something that is held back. */
  | { readonly kind: 'due' }
  /** The next link catches up. */
  | { readonly kind: 'link-left' };

export interface PaceStep {
  readonly pace: NewsPace;
  /** What the remote is to be looked at for, now. */
  readonly passed?: NewsKind;
}

const CALM: Track = { fruitless: 0, sinceMs: 0, isLooking: false };
export const UNPACED: NewsPace = { doubts: CALM, moves: CALM };

/** So many bring nothing now and then, as when somebody pushes from here; more is a server that cries wolf. */
const FREE = 8;
const FIRST_PAUSE_MS = 1_000;
/** A comparison costs less than a fetch. */
const LONGEST_PAUSE_MS: Readonly<Record<TrackName, number>> = { doubts: 4_000, moves: 60_000 };
/** Who was quiet for so long after his pause begins anew. */
const CALM_MS = 60_000;
/** Doubling more often changes nothing. */
const MOST_COUNTED = FREE + 20;

/** When something that is held back is let go, in ms since the epoch. */
export function heldUntilMs({ doubts, moves }: NewsPace): number | undefined {
  const ends = [
    ...(doubts.held ? [pauseEndMs(doubts, 'doubts')] : []),
    ...(moves.held ? [pauseEndMs(moves, 'moves')] : []),
  ];
  return ends.length === 0 ? undefined : Math.min(...ends);
}

export function stepPace(before: NewsPace, event: PaceEvent, nowMs: number): PaceStep {
  const doubts = stepTrack('doubts', before.doubts, event, nowMs);
  const moves = stepTrack('moves', before.moves, event, nowMs);
  const passed = stronger(doubts.passed, moves.passed);
  const isSame = doubts.track === before.doubts && moves.track === before.moves;
  const pace = isSame ? before : { doubts: doubts.track, moves: moves.track };
  return { pace, ...(passed && { passed }) };
}

interface TrackStep {
  readonly track: Track;
  readonly passed?: NewsKind;
}

function stepTrack(name: TrackName, before: Track, event: PaceEvent, nowMs: number): TrackStep {
  const track = before.sinceMs > nowMs ? { ...before, sinceMs: nowMs } : before;
  switch (event.kind) {
    case 'unsure':
    case 'news':
    case 'loss':
      return name === (event.kind === 'unsure' ? 'doubts' : 'moves') ? told(name, track, event.kind, nowMs) : { track };
    case 'all-here':
      return { track: name === 'doubts' ? broughtNothing(track, nowMs) : track };
    case 'fruitless':
      return { track: broughtNothing(track, nowMs) };
    case 'fruitful':
      return letGo(
        track.fruitless > 0 || track.isLooking ? { ...track, fruitless: 0, isLooking: false } : track,
        nowMs,
      );
    case 'due':
      return nowMs >= pauseEndMs(track, name) ? letGo(track, nowMs) : { track };
    case 'link-left': {
      const { held, ...others } = track;
      return { track: held || track.isLooking ? { ...others, isLooking: false } : track };
    }
    default:
      return event satisfies never;
  }
}

function told(name: TrackName, before: Track, kind: NewsKind, nowMs: number): TrackStep {
  const isCalm = before.held === undefined && nowMs >= pauseEndMs(before, name) + CALM_MS;
  const track = isCalm && before.fruitless > 0 ? { ...before, fruitless: 0 } : before;
  const held = stronger(kind, track.held) ?? kind;
  if (track.fruitless < FREE) return { track: track.isLooking ? track : { ...track, isLooking: true }, passed: kind };
  if (nowMs >= pauseEndMs(track, name)) return letGo({ ...track, held }, nowMs);
  return { track: held === track.held ? track : { ...track, held } };
}

/** Counted once for all that was passed on since the last: one look does for that. */
const broughtNothing = (track: Track, nowMs: number): Track =>
  track.isLooking
    ? { ...track, fruitless: Math.min(track.fruitless + 1, MOST_COUNTED), sinceMs: nowMs, isLooking: false }
    : track;

function letGo(track: Track, nowMs: number): TrackStep {
  const { held, ...others } = track;
  return held ? { track: { ...others, sinceMs: nowMs, isLooking: true }, passed: held } : { track };
}

function pauseEndMs({ fruitless, sinceMs }: Track, name: TrackName): number {
  if (fruitless < FREE) return sinceMs;
  return sinceMs + Math.min(FIRST_PAUSE_MS * 2 ** (fruitless - FREE), LONGEST_PAUSE_MS[name]);
}

const stronger = (one: NewsKind | undefined, other: NewsKind | undefined): NewsKind | undefined =>
  KINDS.findLast((kind) => kind === one || kind === other);

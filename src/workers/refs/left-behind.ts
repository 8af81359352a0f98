// Owns: what a fetch that worked has left behind, so that it is not fetched for at each comparison. Pure.
// Leaves: comparing (compare.ts), and whether a fetch has worked (main/supervisor/remote/syncing.ts).
import { type Lack, lacking } from '../../shared/refs/lacking.ts';
import { nameTakenBy } from '../../shared/refs/name-taken.ts';
import type { RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { WantedRefs } from '../../shared/remote.ts';

export interface LeftBehind {
  /** How many comparisons there were. */
  readonly answers: number;
  /** What was not here at the last one; undefined: more than are remembered. */
  readonly lacked: readonly string[] | undefined;
  /** What was not here, nor brought by a fetch that worked and began after that was seen. */
  readonly left: ReadonlySet<string>;
  readonly leftAtMs: number;
}

export const NOTHING_LEFT: LeftBehind = { answers: 0, lacked: undefined, left: new Set(), leftAtMs: 0 };

/** A remote with more is fetched from at each comparison. */
const MOST_LEFT = 10_000;
/** What else is here by now may make git follow a tag: after so long it is asked again. */
const LEFT_MS = 3_600_000;

/** Each in one text, with all that its being left has to do with; undefined: there are more than are remembered. */
export function lacksOf(
  there: RefAdvertisement,
  here: RefAdvertisement,
  wanted: WantedRefs,
): readonly string[] | undefined {
  const takenBy = nameTakenBy(here.keys());
  const lacks: string[] = [];
  for (const lack of lacking(there, here, wanted)) {
    if (lacks.length === MOST_LEFT) return undefined;
    lacks.push(textOf(lack, takenBy));
  }
  return lacks;
}

function textOf(lack: Lack, takenBy: ReturnType<typeof nameTakenBy>): string {
  if (lack.kind === 'source') return lack.source;
  const { source, tip, place, here } = lack;
  return [source, tip, place, here ?? takenBy(place) ?? ''].join(' ');
}

/** Takes what a comparison has found into account. `isAllTheSame`: nothing is lacking but what was left behind. */
export function compared(
  before: LeftBehind,
  lacked: LeftBehind['lacked'],
  nowMs: number,
): { readonly after: LeftBehind; readonly isAllTheSame: boolean } {
  const isNow = nowMs - before.leftAtMs < LEFT_MS;
  // What came after all, and is lacking later, somebody took away here.
  const left = lacked === undefined ? before.left : new Set(lacked.filter((lack) => isNow && before.left.has(lack)));
  const isAllTheSame = lacked !== undefined && left.size === new Set(lacked).size;
  return { after: { ...before, answers: before.answers + 1, lacked, left }, isAllTheSame };
}

/** A fetch has worked that began after so many answers, and before any other. */
export function fetched(before: LeftBehind, answers: number, nowMs: number): LeftBehind {
  if (answers !== before.answers || before.lacked === undefined) return before;
  return { ...before, left: new Set(before.lacked), leftAtMs: nowMs };
}

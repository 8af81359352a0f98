// Owns: what a fetch that worked has left behind, so that it is not fetched for at each comparison. Pure.
// Leaves: comparing (compare.ts), and whether a fetch has worked (main/supervisor/remote/syncing.ts).
import type { HereRefs } from '../../shared/refs/here-refs.ts';
import { ALL_TAGS, type Lack, lacking } from '../../shared/refs/lacking.ts';
import type { RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { WantedRefs } from '../../shared/remote.ts';

export interface LeftBehind {
  /** How many comparisons there were. */
  readonly answers: number;
  /** What was not here at the last one; undefined: more than are remembered. */
  readonly lacked: readonly Lacked[] | undefined;
  readonly comparedAtMs: number;
  /** Of what is owed: when it was first lacking, of those that were at each comparison since. */
  readonly sinceMs: ReadonlyMap<string, number>;
  /** What was not here, nor brought by a fetch that worked and began after that was seen. */
  readonly left: ReadonlySet<string>;
  readonly leftAtMs: number;
}

/** In one text, with all that its being left has to do with. */
export interface Lacked {
  readonly text: string;
  /** Any fetch brings it: one that did not was answered by a server that has not got it yet, a mirror that lags behind. */
  readonly isOwed?: true;
}

export const NOTHING_LEFT: LeftBehind = {
  ...{ answers: 0, lacked: undefined, comparedAtMs: 0, sinceMs: new Map() },
  ...{ left: new Set(), leftAtMs: 0 },
};

/** A remote with more is fetched from at each comparison. */
const MOST_LEFT = 10_000;
/** What else is here by now may make git follow a tag: after so long it is asked again. */
const LEFT_MS = 3_600_000;
/** What any fetch brings was for another reason left, if it was lacking for so long before. */
const LAG_MS = 300_000;

/** undefined: there are more than are remembered. */
export function lacksOf(there: RefAdvertisement, here: HereRefs, wanted: WantedRefs): readonly Lacked[] | undefined {
  const lacks: Lacked[] = [];
  for (const lack of lacking(there, here, wanted)) {
    if (lacks.length === MOST_LEFT) return undefined;
    lacks.push(lackedBy(lack, here.takenBy));
  }
  return lacks;
}

function lackedBy(lack: Lack, takenBy: HereRefs['takenBy']): Lacked {
  if (lack.kind === 'source') return { text: lack.source };
  const { source, tip, place, here, refspec } = lack;
  const inItsWay = here ?? takenBy(place);
  const text = [source, tip, place, inItsWay ?? ''].join(' ');
  const isOwed = refspec !== ALL_TAGS && !place.includes('\uFFFD') && (inItsWay === undefined || isReplaced(lack));
  return { text, ...(isOwed && { isOwed }) };
}

const isReplaced = ({ here, refspec }: Extract<Lack, { kind: 'ref' }>): boolean => here !== undefined && refspec.force;

/** Takes what a comparison has found into account. `isAllTheSame`: nothing is lacking but what was left behind. */
export function compared(
  before: LeftBehind,
  lacked: LeftBehind['lacked'],
  nowMs: number,
): { readonly after: LeftBehind; readonly isAllTheSame: boolean } {
  const isNow = nowMs - before.leftAtMs < LEFT_MS;
  const texts = lacked?.map(({ text }) => text);
  // What came after all, and is lacking later, somebody took away here.
  const left = texts === undefined ? before.left : new Set(texts.filter((text) => isNow && before.left.has(text)));
  const owed = (lacked ?? []).filter(({ isOwed }) => isOwed);
  const sinceMs = new Map(owed.map(({ text }) => [text, before.sinceMs.get(text) ?? nowMs]));
  const isAllTheSame = texts !== undefined && left.size === new Set(texts).size;
  return {
    after: { ...before, answers: before.answers + 1, lacked, comparedAtMs: nowMs, sinceMs, left },
    isAllTheSame,
  };
}

/** A fetch has worked that began after so many answers, and before any other. */
export function fetched(before: LeftBehind, answers: number, nowMs: number): LeftBehind {
  if (answers !== before.answers || before.lacked === undefined) return before;
  const { comparedAtMs, sinceMs } = before;
  const mayBeLeft = ({ text, isOwed }: Lacked): boolean =>
    !isOwed || before.left.has(text) || comparedAtMs - (sinceMs.get(text) ?? comparedAtMs) >= LAG_MS;
  return { ...before, left: new Set(before.lacked.filter(mayBeLeft).map(({ text }) => text)), leftAtMs: nowMs };
}

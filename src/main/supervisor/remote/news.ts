// Owns: what is made of news of a remote: which are none, and when the others lead to a fetch or a comparison.
// Leaves: how soon (news-pace.ts), and the fetch (syncing.ts).
import { type KeptRef, keptAfter } from '../../../shared/refs/all-here.ts';
import { wantedRefs } from '../../../shared/refs/ref-advertisement.ts';
import type { RefMove } from '../../../shared/remote.ts';
import { createAlarm } from './alarm.ts';
import type { Guard } from './guard.ts';
import type { Happening } from './history.ts';
import { heldUntilMs, type NewsKind, type PaceEvent, stepPace } from './news-pace.ts';
import type { RecordCell } from './syncing.ts';
import { TAGS_UNKNOWN, tagsAfter } from './tags-here.ts';
import { asLastTold, untold, withTold } from './told-moves.ts';

export interface NewsTools {
  readonly record: RecordCell;
  readonly isHere: (refs: readonly KeptRef[]) => boolean;
  readonly onHappening: (happened: Happening) => void;
  readonly sync: (event: { readonly kind: NewsKind }) => void;
  readonly nowMs: () => number;
  readonly guarded: Guard;
}

export interface News {
  /** Refs of the remote moved; which ones is told where it is known. */
  readonly moved: (refs: readonly RefMove[] | undefined) => void;
  /** Something may have moved. */
  readonly unsure: () => void;
  readonly happened: (happened: Happening) => void;
  readonly linkLeft: () => void;
}

/** Of more, a fetch knows as soon. */
const MOST_LOOKED_AT = 20;

export function createNews({ record, isHere, onHappening, sync, nowMs, guarded }: NewsTools): News {
  const step = (event: PaceEvent): void => {
    const before = record.get().news;
    const { pace, passed } = stepPace(before, event, nowMs());
    if (pace !== before) record.set({ news: pace });
    setDue(heldUntilMs(pace));
    if (passed !== undefined) sync({ kind: passed });
  };
  const setDue = createAlarm(
    nowMs,
    guarded(() => step({ kind: 'due' })),
  );
  /** A fetch that runs may have looked before they moved, and be about to set what they were. */
  const areHere = (refs: readonly RefMove[]): boolean => {
    const { config, sync: now } = record.get();
    const { comparison } = config;
    if (comparison === undefined || now.kind === 'fetching' || refs.length > MOST_LOOKED_AT) return false;
    const kept = refs.map((move) => keptAfter(move, config.refs, comparison));
    return kept.every((places) => places !== undefined && isHere(places));
  };
  return {
    moved: (all) => {
      const isWanted = wantedRefs(record.get().config.refs);
      const refs = all?.filter(({ ref }) => isWanted(ref));
      // What no fetch would bring, such as a forge's pull requests, asks for none.
      if (refs?.length === 0) return;
      onHappening({ kind: 'moved' });
      const { told, toldLate, tags, sync: now } = record.get();
      // What waits for a fetch is not to be taken for newer than these.
      if (refs !== undefined && areHere(refs)) return record.set({ told: asLastTold(told, refs) });
      const isLate = toldLate || now.kind === 'fetching';
      record.set({ told: withTold(told, refs), toldLate: isLate, tags: tagsAfter(tags, refs) });
      step({ kind: isLoss(refs) ? 'loss' : 'news' });
    },
    unsure: () => {
      record.set({ tags: TAGS_UNKNOWN });
      step({ kind: 'unsure' });
    },
    happened: (happened) => {
      if (happened.kind === 'all-here') step({ kind: 'all-here' });
      if (happened.kind !== 'synced' || happened.what !== 'fetch') return;
      const { outcome } = happened;
      if (outcome.ok) step({ kind: outcome.nothingNew ? 'fruitless' : 'fruitful' });
      // One that was ended by us says nothing of the remote.
      else if (outcome.failure.code !== 'cancelled') step({ kind: 'fruitless' });
    },
    linkLeft: () => {
      record.set({ told: untold(record.get().told) });
      step({ kind: 'link-left' });
    },
  };
}

/** Whether refs may be gone: of none that is named is it known that it is there. */
const isLoss = (refs: readonly RefMove[] | undefined): boolean =>
  refs === undefined || refs.some(({ tip }) => tip === undefined || tip === 'unknown');

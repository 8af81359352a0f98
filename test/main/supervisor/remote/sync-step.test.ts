// Owns: the promises about comparing, fetching and trying again with one remote, on made-up time.
// Leaves: that effects are carried out (syncing.test.ts, test/model).
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/main/git/operation.ts';
import {
  STILL,
  type SyncEvent,
  type SyncInputs,
  type SyncState,
} from '../../../../src/main/supervisor/remote/sync-state.ts';
import { stepSync } from '../../../../src/main/supervisor/remote/sync-step.ts';

const NOW: SyncInputs = { nowMs: 1_000_000, isWanted: true, mayFetch: true, canCompare: true, random: () => 0 };
const FAILED: Outcome = { ok: false, failure: { code: 'dropped', detail: 'it was dropped' } };

const news: SyncEvent = { kind: 'news' };
const unsure: SyncEvent = { kind: 'unsure' };
const check: SyncEvent = { kind: 'check' };
const started: SyncEvent = { kind: 'started', over: 'link' };
const done: SyncEvent = { kind: 'done', outcome: { ok: true }, again: false };
const failed: SyncEvent = { kind: 'done', outcome: FAILED, again: true };
const answered = (allHere: boolean): SyncEvent => ({ kind: 'answered', allHere });

/** Feeds events one after another, and tells the kinds of all effects on the way. */
function live(events: readonly SyncEvent[], inputs: Partial<SyncInputs> = {}, start: SyncState = STILL) {
  let state = start;
  const effects = events.flatMap((event) => {
    const step = stepSync(state, event, { ...NOW, ...inputs });
    state = step.state;
    return step.effects.map(({ kind }) => kind);
  });
  return { state, effects };
}

describe('comparing', () => {
  it('asks a link that can tell, and fetches only what is not all here', () => {
    expect(live([check, answered(true)])).toEqual({ state: STILL, effects: ['ask-link'] });
    expect(live([check, answered(false)]).effects).toEqual(['ask-link', 'ask-fetch']);
  });

  it('is a fetch where the link cannot tell', () => {
    expect(live([check], { canCompare: false }).effects).toEqual(['ask-fetch']);
    expect(live([unsure], { canCompare: false }).effects).toEqual(['ask-fetch']);
  });

  it('asks for nothing while nothing may be fetched', () => {
    expect(live([check, unsure, news, answered(false)], { mayFetch: false })).toEqual({ state: STILL, effects: [] });
  });

  it('counts what the server told, and was not all here, as moved, and nothing else', () => {
    expect(live([unsure, answered(false)]).effects).toEqual(['ask-link', 'moved', 'ask-fetch']);
    expect(live([check, unsure, answered(false)]).effects).toEqual(['ask-link', 'ask-link', 'moved', 'ask-fetch']);
    expect(live([unsure, answered(true), check, answered(false)]).effects).toEqual([
      'ask-link',
      'ask-link',
      'ask-fetch',
    ]);
  });

  it('does not rely on a link that has not answered by the next check, but does on the next link', () => {
    const periodic: SyncEvent = { kind: 'periodic-check' };
    expect(live([periodic, periodic]).effects).toEqual(['ask-link', 'ask-fetch']);
    expect(live([periodic, { kind: 'link-left' }, periodic]).effects).toEqual(['ask-link', 'ask-link']);
  });

  it('that is asked for once more asks the link once more, as it may be another that is wanted', () => {
    expect(live([check, check, answered(true)])).toEqual({ state: STILL, effects: ['ask-link', 'ask-link'] });
  });

  it('believes a late answer that something is missing, whatever came in between', () => {
    expect(live([unsure, unsure, answered(true), answered(false)]).effects).toEqual([
      'ask-link',
      'ask-link',
      'ask-fetch',
    ]);
  });

  it.each([
    ['a doubt', unsure],
    ['a check', check],
    ['an answer that was given too early', answered(false)],
  ])('waits for a fetch that runs, as it may bring just what is missing: %s', (_what, event) => {
    const { state, effects } = live([news, started, event, event]);
    expect(effects).toEqual(['ask-fetch']);
    expect(live([done], {}, state).effects).toEqual(['ask-link']);
    expect(live([done, answered(true)], {}, state).state).toEqual(STILL);
  });

  it('is not needed where a fetch waits for its turn, which sees what nobody told of', () => {
    const { state, effects } = live([news, unsure]);
    expect(effects).toEqual(['ask-fetch']);
    expect(state).toMatchObject({ kind: 'queued', why: 'check' });
  });

  it('that is not answered yet makes the fetch for news one that sees everything', () => {
    expect(live([check, news]).state).toMatchObject({ kind: 'queued', why: 'check' });
  });
});

describe('a fetch', () => {
  it('that waits is joined, for whatever reason', () => {
    expect(live([news, news]).effects).toEqual(['ask-fetch']);
    expect(live([news, news]).state).toMatchObject({ kind: 'queued', why: 'news' });
    expect(live([news, check, news]).state).toMatchObject({ kind: 'queued', why: 'check' });
  });

  it('that runs does not count for what moves now: one more is asked for, once', () => {
    const { state, effects } = live([news, started, news, news]);
    expect(effects).toEqual(['ask-fetch', 'ask-fetch']);
    expect(live([done], {}, state).state).toEqual({ kind: 'queued', why: 'news', failures: 0 });
  });

  it('that is to be followed by another is not compared besides', () => {
    expect(live([news, started, unsure, news, done]).state).toMatchObject({ kind: 'queued', why: 'check' });
    expect(live([news, started, news, unsure, done]).state).toMatchObject({ kind: 'queued', why: 'check' });
  });

  it('that failed is tried again after a wait, a longer one each time, and sees then what there is', () => {
    const once = live([news, started, failed]).state;
    expect(once).toEqual({ kind: 'backing-off', untilMs: NOW.nowMs + 500, failures: 1 });
    const twice = live([{ kind: 'retry' }, started, failed], {}, once).state;
    expect(twice).toEqual({ kind: 'backing-off', untilMs: NOW.nowMs + 1_000, failures: 2 });
    expect(live([{ kind: 'retry' }], {}, twice)).toEqual({
      state: { kind: 'queued', why: 'check', failures: 2 },
      effects: ['ask-fetch'],
    });
  });

  it('that worked, or turned out not to be needed, makes the next failure a first one again', () => {
    const backingOff: SyncState = { kind: 'backing-off', untilMs: 0, failures: 7 };
    expect(live([news, started, done], {}, backingOff).state).toEqual(STILL);
    expect(live([check, answered(true)], {}, backingOff).state).toEqual(STILL);
  });

  it('that may not be tried again by itself is left', () => {
    expect(live([news, started, { ...failed, again: false }]).state).toEqual(STILL);
  });

  it('that failed while the link is down waits for the link, which catches up', () => {
    const running = live([news, started]).state;
    expect(live([failed], { mayFetch: false }, running).state).toEqual(STILL);
    const backingOff = live([news, started, failed]).state;
    expect(live([{ kind: 'link-left' }], {}, backingOff).state).toEqual({ kind: 'still', failures: 1 });
    expect(live([{ kind: 'retry' }], { mayFetch: false }, backingOff).state).toEqual({ kind: 'still', failures: 1 });
  });

  it('whose turn is forgotten does not count as asked for any more', () => {
    expect(live([news, { kind: 'forgotten' }]).state).toEqual(STILL);
    expect(live([news, started, news, { kind: 'forgotten' }, done]).state).toEqual(STILL);
    expect(live([news, { kind: 'forgotten' }, news]).effects).toEqual(['ask-fetch', 'ask-fetch']);
  });

  it('that waits is asked for anew when the config is another, and no other is', () => {
    const renewed: SyncEvent = { kind: 'renewed' };
    expect(live([news, renewed]).effects).toEqual(['ask-fetch', 'ask-fetch']);
    expect(live([news, started, news, renewed]).effects).toEqual(['ask-fetch', 'ask-fetch', 'ask-fetch']);
    expect(live([renewed, check, renewed, answered(true)]).effects).toEqual(['ask-link']);
    expect(live([news, started, renewed]).effects).toEqual(['ask-fetch']);
  });

  it('that waits is given up when the config wants none any more, or when trying again is of no use', () => {
    const unwanted = { isWanted: false, mayFetch: false };
    const waiting = live([news]).state;
    expect(live([{ kind: 'renewed' }, { kind: 'forgotten' }], unwanted, waiting)).toEqual({
      state: STILL,
      effects: ['withdraw-fetch'],
    });
    const refused = { ...failed, again: false } as const;
    expect(live([news, started, news, refused]).effects.at(-1)).toBe('withdraw-fetch');
  });

  it('goes on when the link goes, by a connection of its own', () => {
    expect(live([news, { kind: 'link-left' }]).state.kind).toBe('queued');
    expect(live([news, started, { kind: 'link-left' }]).state.kind).toBe('fetching');
  });
});

describe('what is gone there', () => {
  const doubt = { gone: [], looks: 1, doubts: 1, againAtMs: NOW.nowMs + 2_000 };
  const doubted: SyncEvent = { kind: 'done', outcome: { ok: true, doubt }, again: false };
  const why = (events: readonly SyncEvent[]): unknown => {
    const { state } = live(events);
    return state.kind === 'fetching' ? state.why : state.kind;
  };

  it('is looked for by a fetch that may be about it, and not by others', () => {
    expect(why([news, started])).toBe('news');
    expect(why([{ kind: 'loss' }, started])).toBe('loss');
    expect(why([news, { kind: 'loss' }, news, started])).toBe('loss');
    expect(why([{ kind: 'loss' }, check, started])).toBe('check');
  });

  it('goes on at once with what was too much for one fetch, and only where that is of use', () => {
    const done = (rest: 'soon' | 'later'): SyncEvent => ({ kind: 'done', outcome: { ok: true, rest }, again: false });
    expect(live([news, started, done('soon')]).effects).toEqual(['ask-fetch', 'ask-fetch']);
    expect(live([news, started, done('later')]).effects).toEqual(['ask-fetch']);
  });

  it('is looked for again, where it was in doubt, at the time that the doubt names', () => {
    expect(live([news, started, doubted]).state).toEqual({
      kind: 'backing-off',
      untilMs: doubt.againAtMs,
      failures: 0,
    });
    expect(live([news, started, doubted, { kind: 'retry' }]).effects).toEqual(['ask-fetch', 'ask-fetch']);
  });

  it('is left to the next link when this one ends', () => {
    expect(live([news, started, doubted, { kind: 'link-left' }]).state).toEqual(STILL);
  });
});

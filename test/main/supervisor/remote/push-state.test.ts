// Owns: the promises about what is offered to one remote, on made-up time.
// Leaves: real pushes (test/main/git/push.test.ts), and that effects are carried out (syncing.test.ts).
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/main/git/operation.ts';
import {
  NOTHING_OFFERED,
  type PushEvent,
  type PushInputs,
  type PushState,
  stepPush,
} from '../../../../src/main/supervisor/remote/push-state.ts';

const NOW: PushInputs = { nowMs: 1_000_000, isWanted: true, mayPush: true, random: () => 0 };
const FAILURE = { code: 'dropped', detail: 'it was dropped' } as const;

const offer = (...refs: readonly string[]): PushEvent => ({ kind: 'offer', refs });
const started: PushEvent = { kind: 'started' };
const retry: PushEvent = { kind: 'retry' };
const done = (outcome: Outcome, again = !outcome.ok): PushEvent => ({ kind: 'done', outcome, again });
const dropped = done({ ok: false, failure: FAILURE });

/** Feeds events one after another, and counts the turns that are asked for on the way. */
function live(events: readonly PushEvent[], inputs: Partial<PushInputs> = {}, start: PushState = NOTHING_OFFERED) {
  let state = start;
  const asks = events.filter((event) => {
    const step = stepPush(state, event, { ...NOW, ...inputs });
    state = step.state;
    return step.effect === 'ask';
  });
  return { state, asked: asks.length };
}

describe('a push', () => {
  it('takes what was named meanwhile in one turn, each ref once', () => {
    const { state, asked } = live([offer('a'), offer('b', 'a'), started]);
    expect([asked, state]).toEqual([1, { kind: 'pushing', taken: ['a', 'b'], offered: [], again: false, failures: 0 }]);
  });

  it('that runs is followed by one more for what is named now', () => {
    const { state, asked } = live([offer('a'), started, offer('b'), offer('c'), done({ ok: true })]);
    expect([asked, state]).toEqual([2, { kind: 'queued', offered: ['b', 'c'], failures: 0 }]);
  });

  it('remembers, as a set, what is named while nothing may be pushed', () => {
    const held = live([offer('a'), offer('a')], { mayPush: false });
    expect(held).toEqual({ state: { kind: 'still', offered: ['a'], failures: 0 }, asked: 0 });
    expect(live([retry], {}, held.state).asked).toBe(1);
  });

  it('that was cut off offers the same again after a wait', () => {
    const { state } = live([offer('a'), started, dropped]);
    expect(state).toEqual({ kind: 'backing-off', untilMs: NOW.nowMs + 500, offered: ['a'], failures: 1 });
    expect(live([retry, started], {}, state).state).toMatchObject({ kind: 'pushing', taken: ['a'] });
  });

  it('that was refused a login is offered again only when somebody asks', () => {
    const { state } = live([offer('a'), started, done({ ok: false, failure: FAILURE }, false)]);
    expect(state).toEqual({ kind: 'still', offered: ['a'], failures: 0 });
    expect(live([retry], {}, state).asked).toBe(1);
  });

  it('that the remote did not want is not offered again', () => {
    const refused = done({ ok: false, failure: FAILURE, refused: true }, false);
    expect(live([offer('a'), started, refused, retry])).toEqual({ state: NOTHING_OFFERED, asked: 1 });
  });

  it('whose turn is forgotten, or that is held, forgets no ref', () => {
    expect(live([offer('a'), { kind: 'forgotten' }]).state).toEqual({ kind: 'still', offered: ['a'], failures: 0 });
    const backingOff = live([offer('a'), started, dropped]).state;
    expect(live([{ kind: 'held' }], {}, backingOff).state).toEqual({ kind: 'still', offered: ['a'], failures: 1 });
    const pushing = live([offer('a'), started, offer('b'), { kind: 'forgotten' }]).state;
    expect(live([done({ ok: true })], {}, pushing).state).toEqual({ kind: 'still', offered: ['b'], failures: 0 });
  });

  it('is neither tried again nor left waiting when the config wants none any more', () => {
    const unwanted = { isWanted: false, mayPush: false };
    const backingOff = live([offer('a'), started, dropped]).state;
    const atRest = { kind: 'still', offered: ['a'], failures: 1 };
    expect(live([retry], unwanted, backingOff).state).toEqual(atRest);
    expect(live([{ kind: 'renewed' }], unwanted, backingOff).state).toEqual(atRest);
    const waiting = live([offer('a')]).state;
    expect(stepPush(waiting, { kind: 'renewed' }, { ...NOW, ...unwanted }).effect).toBe('withdraw');
  });

  it('that waits is asked for anew when the config is another', () => {
    expect(live([offer('a'), { kind: 'renewed' }]).asked).toBe(2);
    expect(live([offer('a'), started, offer('b'), { kind: 'renewed' }]).asked).toBe(3);
    expect(live([offer('a'), started, { kind: 'renewed' }]).asked).toBe(1);
  });

  it('of nothing is never asked for', () => {
    expect(live([retry, offer()]).asked).toBe(0);
  });
});

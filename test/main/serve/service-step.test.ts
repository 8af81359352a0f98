// Owns: what becomes of a served network: every step, on made-up time.
// Leaves: that steps are carried out (services.test.ts), and real networks (test/end-to-end).
import { describe, expect, test } from 'vitest';
import type { ServiceEvent, ServiceState } from '../../../src/main/serve/service-state.ts';
import { dueAtMs } from '../../../src/main/serve/service-state.ts';
import { stepService } from '../../../src/main/serve/service-step.ts';
import type { Failure } from '../../../src/shared/failures.ts';

const NOW = { nowMs: 1_000_000, held: false, random: () => 1 };
const HELD = { ...NOW, held: true };
const LISTENS: ServiceEvent = { kind: 'listening', how: 'the socket s', addresses: ['x'] };
const GONE_WRONG: Failure = { code: 'unreachable', detail: 'no such program' };
const FAILED: ServiceEvent = { kind: 'ended', ending: { kind: 'failed', failure: GONE_WRONG } };
const CLOSED: ServiceEvent = { kind: 'ended', ending: { kind: 'closed' } };

/** What follows from these events, one after the other: the state, and the effects in words. */
function follow(events: readonly ServiceEvent[], inputs = NOW, from: ServiceState = { kind: 'off' }) {
  let state = from;
  const done: string[] = [];
  for (const event of events) {
    const step = stepService(state, event, inputs);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'tell') done.push(`${effect.level}: ${effect.text}`);
      else done.push(effect.kind === 'close' ? `close ${effect.how}` : effect.kind);
    }
  }
  return { state, done };
}

const WANT: ServiceEvent = { kind: 'want' };
const HOLD = { kind: 'hold', how: 'kindly', isPushedTo: false } as const;

describe('a network', () => {
  test('is served when it is wanted, and it is told by what', () => {
    const { state, done } = follow([WANT, LISTENS]);
    expect(state).toEqual({
      kind: 'listening',
      sinceMs: NOW.nowMs,
      how: 'the socket s',
      addresses: ['x'],
      failures: 0,
    });
    expect(done).toEqual(['open', 'info: served, by the socket s']);
  });

  test('that is wanted twice has one loop', () => {
    expect(follow([WANT, WANT, LISTENS, WANT]).done.filter((what) => what === 'open')).toHaveLength(1);
  });

  test('is not begun while all is held', () => {
    expect(follow([WANT], HELD)).toEqual({ state: { kind: 'off' }, done: [] });
  });

  test('that cannot be served is tried again after a second, then ever more rarely, up to five minutes', () => {
    let state: ServiceState = { kind: 'off' };
    const waits: number[] = [];
    let nowMs = 0;
    for (let tries = 0; tries < 12; tries += 1) {
      state = follow([tries === 0 ? WANT : { kind: 'due' }, FAILED], { ...NOW, nowMs }, state).state;
      waits.push((dueAtMs(state) ?? 0) - nowMs);
      nowMs = dueAtMs(state) ?? 0;
    }
    expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(waits.at(-1)).toBe(300_000);
  });

  test('that somebody has to set up first is looked at slowly, and not each second', () => {
    const failure = { code: 'not-set-up', detail: 'no onion address' } as const;
    const { state } = follow([WANT, { kind: 'ended', ending: { kind: 'failed', failure } }]);
    expect(state).toMatchObject({ kind: 'waiting', failure, wakeAtMs: NOW.nowMs + 300_000 });
  });

  test('says once why it cannot be served, and again when that is another', () => {
    const first = follow([WANT, FAILED]);
    expect(first.done).toEqual(['open', 'warn: cannot be served: no such program', 'failed']);
    const later = { ...NOW, nowMs: NOW.nowMs + 3_600_000 };
    const second = follow([{ kind: 'due' }, FAILED], later, first.state);
    expect(second.done).toEqual(['open', 'failed']);
    const other: ServiceEvent = {
      kind: 'ended',
      ending: { kind: 'failed', failure: { code: 'dropped', detail: 'else' } },
    };
    expect(follow([WANT, other], later, second.state).done).toContain('warn: cannot be served: else');
  });

  test('that lived for long begins with the first wait when it breaks', () => {
    const up = follow([WANT, LISTENS], NOW, { kind: 'waiting', wakeAtMs: 0, failures: 9, failure: GONE_WRONG }).state;
    const later = { ...NOW, nowMs: NOW.nowMs + 60_000 };
    const { state, done } = follow([FAILED], later, up);
    expect(state).toMatchObject({ kind: 'waiting', wakeAtMs: later.nowMs + 1_000, failures: 1 });
    expect(done).toEqual(['warn: no longer served: no such program', 'failed']);
  });

  test('whose thread ended by the fault of another has no failure of its own', () => {
    const ending = { kind: 'failed', failure: { code: 'thread-ended', detail: 'a neighbour' } } as const;
    const from: ServiceState = { kind: 'starting', untilMs: NOW.nowMs + 1, failures: 3 };
    expect(follow([{ kind: 'ended', ending }], NOW, from).state).toMatchObject({
      failures: 3,
      wakeAtMs: NOW.nowMs + 1_000,
    });
  });

  test('that does not come to listen in its time is ended, and tried again only when it is gone', () => {
    const started = follow([WANT]).state;
    expect(follow([{ kind: 'due' }], NOW, started)).toEqual({ state: started, done: [] });
    const late = { ...NOW, nowMs: dueAtMs(started) ?? 0 };
    const { state, done } = follow([{ kind: 'due' }], late, started);
    expect(state).toMatchObject({ kind: 'closing', next: { kind: 'retry' } });
    expect(done).toEqual([expect.stringMatching(/^warn: cannot be served: it does not come/), 'failed', 'close now']);
    expect(follow([CLOSED], late, state).state).toMatchObject({ kind: 'waiting', failures: 1 });
  });

  test('is held at once, comes back when it is wanted, and is told to end only once', () => {
    const up = follow([WANT, LISTENS]).state;
    const held = follow([HOLD, HOLD, { ...HOLD, how: 'now' }], HELD, up);
    expect(held.done).toEqual(['info: no longer served', 'close kindly', 'close now']);
    expect(follow([CLOSED], HELD, held.state).state).toEqual({ kind: 'off' });
    // Before it has ended it is not begun again.
    const wanted = follow([WANT], NOW, held.state);
    expect(wanted).toMatchObject({ state: { kind: 'closing', next: { kind: 'start' } }, done: [] });
    expect(follow([CLOSED], NOW, wanted.state)).toMatchObject({ state: { kind: 'starting' }, done: ['open'] });
  });

  test('that is held while somebody pushes ends after that, unless there is a hurry', () => {
    const up = follow([WANT, LISTENS]).state;
    const held = follow(
      [
        { ...HOLD, isPushedTo: true },
        { ...HOLD, isPushedTo: true },
      ],
      HELD,
      up,
    );
    expect(held).toEqual({
      state: { kind: 'finishing', next: { kind: 'off' } },
      done: ['info: no longer served', 'finish'],
    });
    expect(dueAtMs(held.state)).toBeUndefined();
    const over = follow([{ kind: 'pushed' }], HELD, held.state);
    expect([over.state.kind, over.done]).toEqual(['closing', ['close kindly']]);
    expect(follow([CLOSED], HELD, over.state).state).toEqual({ kind: 'off' });
    expect(follow([{ ...HOLD, how: 'now', isPushedTo: true }], HELD, held.state).done).toEqual(['close now']);
    expect(follow([{ kind: 'remove', how: 'kindly' }], NOW, held.state).done).toEqual(['close kindly']);
    // Wanted meanwhile it is begun again when that is over.
    expect(follow([WANT, { kind: 'pushed' }, CLOSED], NOW, held.state)).toMatchObject({
      state: { kind: 'starting' },
      done: ['close kindly', 'open'],
    });
    expect(follow([CLOSED], HELD, held.state).state).toEqual({ kind: 'off' });
    expect(follow([{ kind: 'pushed' }], NOW, up)).toEqual({ state: up, done: [] });
  });

  test('that listens when it was told to end is on its way out all the same', () => {
    const { state, done } = follow([WANT, HOLD, LISTENS], NOW);
    expect([state.kind, done]).toEqual(['closing', ['open', 'close kindly']]);
  });

  test('that is served with something else begins anew, without being held up by what came before', () => {
    const up = follow([WANT, LISTENS]).state;
    const { state, done } = follow([{ kind: 'renew' }, CLOSED], NOW, up);
    expect([state.kind, done]).toEqual(['starting', ['info: no longer served', 'close kindly', 'open']]);
    const waits: ServiceState = { kind: 'waiting', wakeAtMs: NOW.nowMs + 9, failures: 8, failure: GONE_WRONG };
    expect(follow([{ kind: 'renew' }], NOW, waits).state).toMatchObject({ kind: 'starting', failures: 0 });
    expect(follow([{ kind: 'renew' }], HELD, waits).state).toEqual({ kind: 'off' });
  });

  test('that is removed is forgotten when it is gone, unless it is wanted again meanwhile', () => {
    const up = follow([WANT, LISTENS]).state;
    const going = follow([{ kind: 'remove', how: 'kindly' }], NOW, up).state;
    expect(follow([{ ...HOLD, how: 'now' }, CLOSED], NOW, going)).toEqual({
      state: { kind: 'gone' },
      done: ['close now', 'forget'],
    });
    expect(follow([WANT, CLOSED], NOW, going).state.kind).toBe('starting');
    expect(follow([{ kind: 'remove', how: 'kindly' }])).toEqual({ state: { kind: 'gone' }, done: ['forget'] });
  });

  test('that does not end is told again, for as long as that takes', () => {
    const going = follow([WANT, HOLD]).state;
    const late = { ...NOW, nowMs: dueAtMs(going) ?? 0 };
    const { state, done } = follow([{ kind: 'due' }], late, going);
    expect([state.kind, done]).toEqual(['closing', ['close now']]);
    expect(dueAtMs(state)).toBeGreaterThan(late.nowMs);
  });

  test('whose address is another says so without beginning anew', () => {
    const { state, done } = follow([WANT, LISTENS, { ...LISTENS, addresses: ['y'] }]);
    expect(state).toMatchObject({ kind: 'listening', addresses: ['y'] });
    expect(done).toHaveLength(2);
  });
});

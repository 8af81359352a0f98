// Owns: the promises of a remote's life, on made-up time.
// Leaves: that effects are carried out (test/end-to-end).
import { describe, expect, it } from 'vitest';
import type { LinkEffect, LinkEvent, LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import { stepLink } from '../../../../src/main/supervisor/remote/link-step.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';

const inputs = {
  nowMs: 1_000_000,
  online: () => true,
  neighbourTries: () => false,
  mayBeAway: () => false,
  held: false,
  random: () => 0,
};
const idle: LinkState = { kind: 'idle' };
const opening: LinkState = { kind: 'opening', phase: 'starting', failures: 0 };
const able = { how: 'a test', checks: true, way: { kind: 'no-relay' } } as const;
const connected: LinkState = { kind: 'connected', sinceMs: inputs.nowMs - 100, failures: 3, ...able };
const ready: LinkEvent = { kind: 'connected', how: 'a test', checks: true, relaySocket: undefined };

const failed = (code: FailureCode, isPassed = false): Extract<LinkEvent, { kind: 'ended' }> => ({
  kind: 'ended',
  ending: { kind: 'failed', failure: { code, detail: `it was ${code}` } },
  isPassed,
});
const renew: LinkEvent = { kind: 'renew', busy: false };
const closed: LinkEvent = { kind: 'ended', ending: { kind: 'closed' }, isPassed: false };

/** Feeds events one after another and tells every effect on the way. */
function live(start: LinkState, events: readonly LinkEvent[]): { state: LinkState; effects: readonly LinkEffect[] } {
  let state = start;
  const effects = events.flatMap((event) => {
    const result = stepLink(state, event, inputs);
    state = result.state;
    return result.effects;
  });
  return { state, effects };
}
const kinds = (effects: readonly LinkEffect[]): string[] =>
  effects.map((effect) => (effect.kind === 'say' ? effect.message : effect.kind));

describe('a link', () => {
  it('asks for one catch-up each time it is up', () => {
    const { effects } = live(opening, [ready, ready]);
    expect(kinds(effects)).toEqual(['CONNECTED', 'catch-up']);
  });

  it('that breaks says DISCONNECTED once and is tried again', () => {
    const { state, effects } = live(connected, [failed('dropped')]);
    expect(kinds(effects)).toEqual(['DISCONNECTED']);
    expect(state).toMatchObject({ kind: 'waiting', failures: 4 });
  });

  it('that never was up says no DISCONNECTED, but warns', () => {
    expect(kinds(live(opening, [failed('unreachable')]).effects)).toEqual(['warn']);
  });

  it('that lived long waits only the first wait again', () => {
    const steady: LinkState = { ...connected, sinceMs: inputs.nowMs - 5_000 };
    expect(live(steady, [failed('dropped')]).state).toMatchObject({
      kind: 'waiting',
      failures: 1,
      wakeAtMs: 1_000_500,
    });
  });

  it('that broke by a fault of ours warns too', () => {
    expect(kinds(live(connected, [failed('worker-crashed')]).effects)).toEqual(['DISCONNECTED', 'warn']);
  });

  it.each(['auth-refused', 'wrong-peer', 'host-key-unknown', 'host-key-changed'] as const)(
    'that failed with %s is told of, down for 5 min, then 10, and comes back when wanted or when something may help',
    (code) => {
      const down = live(opening, [failed(code)]);
      expect(down.state).toMatchObject({ kind: 'down', wakeAtMs: inputs.nowMs + 300_000 });
      expect(kinds(down.effects)).toEqual(['warn']);
      for (const kind of ['want', 'wake'] as const)
        expect(kinds(live(down.state, [{ kind }]).effects)).toEqual(['open']);
      const again = live(down.state, [{ kind: 'wake' }, failed(code)]);
      expect(again.state).toMatchObject({ kind: 'down', wakeAtMs: inputs.nowMs + 600_000 });
    },
  );

  it('whose account is refused is down for as long as that', () => {
    const untilMs = inputs.nowMs + 7_000;
    const state = live(opening, [{ ...failed('auth-refused'), refusedUntilMs: untilMs }]).state;
    expect(state).toMatchObject({ kind: 'down', wakeAtMs: untilMs });
    const given = {
      kind: 'give-up',
      failure: { code: 'auth-refused', detail: 'no' },
      refusedUntilMs: untilMs,
    } as const;
    expect(live(connected, [given, closed]).state).toMatchObject({ kind: 'down', wakeAtMs: untilMs });
  });

  it('whose server asks for it is left alone for so long, and no longer', () => {
    const ending = { kind: 'failed', failure: { code: 'remote-error', detail: 'later', againInMs: 30_000 } } as const;
    const { state } = live({ ...opening, failures: 9 }, [{ kind: 'ended', ending, isPassed: false }]);
    expect(state).toMatchObject({ kind: 'waiting', wakeAtMs: inputs.nowMs + 30_000 });
  });

  it('whose server has no git-annex-shell falls to the next rung without noise', () => {
    expect(kinds(live(opening, [failed('shell-missing', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('whose git-annex-shell is too old falls to the next rung', () => {
    expect(kinds(live(opening, [failed('no-notifychanges', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it.each(['unreachable', 'dropped', 'unanswered'] as const)(
    'that has a longest wait of its own is tried again by then, however often it ended with %s',
    (code) => {
      const patient = { ...inputs, longestWaitMs: 300_000, random: () => 1 };
      const { state } = stepLink({ ...opening, failures: 900, awaySinceMs: 0 }, failed(code), patient);
      expect(state).toMatchObject({
        kind: 'waiting',
        wakeAtMs: expect.toSatisfy((at) => at <= inputs.nowMs + 300_000),
      });
      const usual = stepLink({ ...opening, failures: 900, awaySinceMs: -1e9 }, failed(code), {
        ...inputs,
        random: () => 1,
      });
      expect(usual.state).toMatchObject({ wakeAtMs: inputs.nowMs + 3_600_000 });
    },
  );

  it('whose path is away is looked for within seconds, however long it has been', () => {
    const { state } = live({ ...opening, failures: 900 }, [failed('not-there')]);
    expect(state).toMatchObject({ kind: 'waiting', wakeAtMs: inputs.nowMs + 1_000 });
  });

  it('on a file system that tells nothing falls to the next rung without noise', () => {
    expect(kinds(live(opening, [failed('deaf-file-system', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('that cannot be watched falls to the next rung', () => {
    expect(kinds(live(opening, [failed('cannot-watch', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('pinned to git-annex-shell stays down where there is none', () => {
    expect(live(opening, [failed('shell-missing', false)]).state.kind).toBe('down');
  });
});

describe('a link that is up', () => {
  it('goes on in another way without a word, and is as old as it was', () => {
    const { state, effects } = live(connected, [{ ...ready, how: 'by git', checks: false, relaySocket: '/relay/1' }]);
    expect(effects).toEqual([]);
    const way = { kind: 'relay', socket: '/relay/1', guilty: 0 };
    expect(state).toEqual({ ...connected, how: 'by git', checks: false, way });
  });

  it('keeps when it last answered a poll, and the next one does not know it', () => {
    expect(live(connected, [{ kind: 'polled' }]).state).toEqual({ ...connected, lastPollMs: inputs.nowMs });
    expect(live(opening, [{ kind: 'polled' }, ready]).state).not.toHaveProperty('lastPollMs');
  });

  it('tells the next try what it failed by', () => {
    const { effects } = live(opening, [failed('dropped'), { kind: 'wake' }]);
    expect(effects.at(-1)).toEqual({ kind: 'open', after: { code: 'dropped', detail: 'it was dropped' } });
  });
});

describe('holding', () => {
  it('PAUSE and RESUME in one write leave one link: the old one ends before the new one opens', () => {
    const both = live(connected, [{ kind: 'hold', how: 'kindly', busy: false }, { kind: 'want' }]);
    expect(kinds(both.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(both.state, [closed]).effects)).toEqual(['open']);
  });

  it('that is held is opened by nothing, whoever wants it, and however its last one ended', () => {
    const held = { ...inputs, held: true };
    expect(stepLink(idle, { kind: 'want' }, held)).toEqual({ state: idle, effects: [] });
    const finishing = live(connected, [{ kind: 'hold', how: 'kindly', busy: true }]).state;
    expect(stepLink(finishing, { kind: 'want' }, held)).toEqual({ state: finishing, effects: [] });
    const givenUp = stepLink(finishing, { kind: 'give-up', failure: { code: 'auth-refused', detail: 'no' } }, held);
    expect(stepLink(givenUp.state, closed, held).state).toEqual(idle);
    const crashed = stepLink(finishing, { kind: 'crashed', failure: { code: 'unknown', detail: 'a fault' } }, held);
    expect(stepLink(crashed.state, closed, held).state).toEqual(idle);
  });

  it('many PAUSEs and RESUMEs leave one link', () => {
    const storm: LinkEvent[] = Array.from({ length: 9 }, (_, n) =>
      n % 2 ? { kind: 'want' } : { kind: 'hold', how: 'kindly', busy: false },
    );
    const { state, effects } = live(connected, [...storm, { kind: 'want' }]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(state, [closed, { kind: 'want' }]).effects)).toEqual(['open']);
  });

  it('during a wait forgets the wait, and RESUME connects at once', () => {
    const waiting = live(opening, [failed('unreachable')]).state;
    const held = live(waiting, [{ kind: 'hold', how: 'kindly', busy: false }, { kind: 'wake' }]);
    expect(held).toEqual({ state: idle, effects: [] });
    expect(live(idle, [{ kind: 'want' }])).toMatchObject({ state: opening, effects: [{ kind: 'open' }] });
  });

  it('LOSTNET hurries a link that PAUSE told to close kindly', () => {
    const { effects } = live(connected, [
      { kind: 'hold', how: 'kindly', busy: false },
      { kind: 'hold', how: 'now', busy: false },
    ]);
    expect(effects.at(-1)).toEqual({ kind: 'close', how: 'now' });
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'close']);
  });

  it('a link that comes up while it is told to close is never said to be connected', () => {
    const { effects } = live(opening, [{ kind: 'hold', how: 'kindly', busy: false }, ready, closed]);
    expect(kinds(effects)).toEqual(['close']);
  });
});

describe('PAUSE while git uses the link', () => {
  const pause: LinkEvent = { kind: 'hold', how: 'kindly', busy: true };

  it('lets it go on, and closes the link when git is done', () => {
    const paused = live(connected, [pause, pause]);
    expect(paused.effects).toEqual([]);
    expect(kinds(live(paused.state, [{ kind: 'idle-link' }]).effects)).toEqual(['DISCONNECTED', 'close']);
  });

  it('and RESUME keep the link, and fetch what was forgotten', () => {
    const { state, effects } = live(connected, [pause, { kind: 'want' }, { kind: 'idle-link' }]);
    expect(kinds(effects)).toEqual(['catch-up']);
    expect(state.kind).toBe('connected');
  });

  it('brings up no new link when the old one breaks meanwhile', () => {
    const { state, effects } = live(connected, [pause, failed('dropped'), { kind: 'wake' }]);
    expect(kinds(effects)).toEqual(['DISCONNECTED']);
    expect(state).toEqual(idle);
  });

  it('is cut short by LOSTNET', () => {
    const { effects } = live(connected, [pause, { kind: 'hold', how: 'now', busy: false }]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close']);
  });
});

describe('a login of its own that git was refused', () => {
  const refused: LinkEvent = { kind: 'give-up', failure: { code: 'auth-refused', detail: 'no' } };

  it('takes the link down, until it is wanted again', () => {
    const down = live(connected, [refused, closed]);
    expect(kinds(down.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(down.state.kind).toBe('down');
    expect(kinds(live(down.state, [{ kind: 'want' }]).effects)).toEqual(['open']);
  });
});

describe('a config that changes', () => {
  it('while held opens nothing, and brings a remote back that was on its way out', () => {
    const leaving = live(connected, [{ kind: 'remove', how: 'kindly' }]).state;
    const renewed = stepLink(leaving, renew, { ...inputs, held: true });
    expect(renewed).toMatchObject({ state: { kind: 'closing', next: { kind: 'idle' } }, effects: [] });
    expect(live(renewed.state, [closed])).toEqual({ state: idle, effects: [] });
  });

  it('is not undone by RESUME: what is on its way out goes', () => {
    const { state } = live(connected, [{ kind: 'remove', how: 'kindly' }, { kind: 'want' }, closed]);
    expect(state.kind).toBe('gone');
  });

  it('makes the link anew only when the old one has ended', () => {
    const renewed = live(connected, [renew]);
    expect(kinds(renewed.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(renewed.state, [closed]).effects)).toEqual(['open']);
  });

  it('lets git finish what uses the link, and makes it anew then', () => {
    const busy = live(connected, [{ ...renew, busy: true }, { ...renew, busy: true }, { kind: 'want' }]);
    expect(busy.effects).toEqual([]);
    const { state, effects } = live(busy.state, [{ kind: 'idle-link' }, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'open']);
    expect(state).toMatchObject(opening);
    expect(kinds(live(busy.state, [failed('dropped')]).effects)).toEqual(['DISCONNECTED', 'open']);
  });

  it('is not forgotten by PAUSE and RESUME while git finishes', () => {
    const [pause, busyRenew]: LinkEvent[] = [
      { kind: 'hold', how: 'kindly', busy: true },
      { ...renew, busy: true },
    ];
    for (const events of [
      [busyRenew, pause],
      [pause, busyRenew],
    ]) {
      const { state, effects } = live(connected, [...events.flatMap((event) => event ?? []), { kind: 'want' }]);
      expect([state.kind, effects]).toEqual(['finishing', []]);
      const held = stepLink(state, { kind: 'idle-link' }, { ...inputs, held: true });
      expect(held.state).toMatchObject({ kind: 'closing', next: { kind: 'idle' } });
    }
  });

  it('a remote that is removed is forgotten when its link has ended', () => {
    const { state, effects } = live(connected, [{ kind: 'remove', how: 'kindly' }, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'forget']);
    expect(state.kind).toBe('gone');
  });

  it('a remote that is removed and brought back at once gets a new link', () => {
    const { state, effects } = live(connected, [{ kind: 'remove', how: 'kindly' }, renew, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'open']);
    expect(state.kind).toBe('opening');
  });
});

const unreachable = { code: 'unreachable', detail: 'nobody is there' } as const;
const wait = { wakeAtMs: 2_000_000, failures: 2, failure: unreachable, awaySinceMs: 940_000, triedAtMs: 999_000 };
const waiting: LinkState = { kind: 'waiting', ...wait };
const offline: LinkState = { kind: 'offline', ...wait };

describe('without a network', () => {
  const cutOff = { ...inputs, online: () => false };

  it('a remote is tried all the same: it may be reached without one', () => {
    expect(kinds(stepLink(idle, { kind: 'want' }, cutOff).effects)).toEqual(['open']);
  });

  it.each([
    ['unreachable', 'offline', []],
    ['timed-out', 'offline', []],
    ['dropped', 'waiting', ['warn']],
    ['auth-refused', 'down', ['warn']],
    ['no-repository', 'waiting', ['warn']],
    ['not-now', 'waiting', ['warn']],
  ] as const)('what failed as %s is %s, and is tried again', (code, kind, effects) => {
    const step = stepLink(opening, failed(code), cutOff);
    expect([step.state.kind, kinds(step.effects)]).toEqual([kind, effects]);
    if (kind === 'offline') expect(step.state).toMatchObject({ wakeAtMs: inputs.nowMs + 500, failures: 1 });
  });

  it('somebody who refuses is there, whatever addresses this machine has', () => {
    const failure = { code: 'unreachable', detail: 'cannot connect to me:22: connection refused' } as const;
    const event = { kind: 'ended', ending: { kind: 'failed', failure }, isPassed: false } as const;
    expect(stepLink(opening, event, cutOff).state.kind).toBe('waiting');
  });

  it('a link that breaks says so once', () => {
    const { state, effects } = stepLink(connected, failed('dropped'), cutOff);
    expect([state.kind, kinds(effects)]).toEqual(['offline', ['DISCONNECTED']]);
  });

  it.each([
    ['its time has come', { kind: 'wake' }, { failures: 2, awaySinceMs: 940_000 }],
    ['the network is back, with no wait left over', { kind: 'network', came: true, lost: false }, { failures: 0 }],
    ['somebody asks for it', { kind: 'want' }, { failures: 0 }],
  ] as const)('it is tried again when %s', (_when, event, troubles) => {
    const { state, effects } = stepLink(offline, event, cutOff);
    expect(kinds(effects)).toEqual(['open']);
    expect(state).toEqual({ kind: 'opening', phase: 'starting', untilMs: inputs.nowMs + 60_000, ...troubles });
  });
});

describe('a network that is another', () => {
  it.each([true, false])('has a link that is up show that it is alive (it came: %s)', (came) => {
    for (const up of [connected, { ...connected, kind: 'finishing', isStale: false }] as const)
      expect(stepLink(up, { kind: 'network', came, lost: !came }, inputs)).toEqual({
        state: up,
        effects: [{ kind: 'prove' }],
      });
  });

  it('cuts a wait short where it came, and not where one went', () => {
    expect(kinds(stepLink(waiting, { kind: 'network', came: true, lost: true }, inputs).effects)).toEqual(['open']);
    expect(stepLink(waiting, { kind: 'network', came: false, lost: true }, inputs)).toEqual({
      state: waiting,
      effects: [],
    });
  });

  it('has a try that had begun before it came followed by another soon', () => {
    const { state } = stepLink({ ...opening, failures: 12 }, { kind: 'network', came: true, lost: false }, inputs);
    expect(stepLink(state, failed('timed-out'), inputs).state).toMatchObject({ wakeAtMs: inputs.nowMs + 1_000 });
  });

  it('has a try begun anew that may wait for an answer over one that is gone, unless it has not begun', () => {
    for (const came of [true, false]) {
      const { state, effects } = stepLink(
        { ...opening, untilMs: 9_999_999 },
        { kind: 'network', came, lost: true },
        inputs,
      );
      expect(effects).toEqual([{ kind: 'close', how: 'now' }]);
      expect(state).toMatchObject({ kind: 'closing', next: { kind: 'open' } });
      const { untilMs: _, ...waitsForTurn } = { ...opening, phase: 'waiting for a turn', untilMs: 0 } as const;
      expect(stepLink(waitsForTurn, { kind: 'network', came, lost: true }, inputs).effects).toEqual([]);
    }
  });

  it('is no reason to forget how often a server has refused', () => {
    const refused: LinkState = { ...waiting, failure: { code: 'maybe-refused', detail: 'too many keys' } };
    expect(stepLink(refused, { kind: 'network', came: true, lost: false }, inputs).state).toMatchObject({
      failures: 2,
    });
  });
});

describe('remotes on one server', () => {
  const due = { kind: 'wake' } as const;
  const tried = { ...inputs, neighbourTries: () => true };
  const at = (nextTryMs: number) => ({ kind: 'server', news: { kind: 'unreachable', nextTryMs } }) as const;
  const answers = { kind: 'server', news: { kind: 'answers' } } as const;

  it('one that is due waits for the try of another, once', () => {
    const { state } = stepLink(waiting, due, tried);
    expect(state).toMatchObject({ kind: 'waiting', isDeferred: true, wakeAtMs: inputs.nowMs + 10_000 });
    expect(kinds(stepLink(state, due, tried).effects)).toEqual(['open']);
  });

  it('one that failed in another way does not', () => {
    const other: LinkState = { ...waiting, failure: { code: 'no-repository', detail: 'no repository' } };
    expect(kinds(stepLink(other, due, tried).effects)).toEqual(['open']);
    expect(stepLink(other, answers, inputs)).toEqual({ state: other, effects: [] });
    expect(stepLink(other, at(1e9), inputs)).toEqual({ state: other, effects: [] });
  });

  it('that cannot be reached, the others wait for the next try of who found that, and a little longer', () => {
    const early: LinkState = { ...waiting, wakeAtMs: inputs.nowMs + 100, isDeferred: true };
    const { state, effects } = stepLink(early, at(inputs.nowMs + 20_000), inputs);
    expect(state).toEqual({ ...waiting, wakeAtMs: inputs.nowMs + 25_000 });
    expect(effects).toEqual([]);
  });

  it('each tries for itself now and then, whatever the others find', () => {
    const early: LinkState = { ...waiting, wakeAtMs: inputs.nowMs + 100 };
    expect(stepLink(early, at(inputs.nowMs + 1e9), inputs).state).toMatchObject({ wakeAtMs: 999_000 + 300_000 });
    const longAway: LinkState = { ...early, awaySinceMs: inputs.nowMs - 3_600_000 };
    expect(stepLink(longAway, at(inputs.nowMs + 1e9), inputs).state).toMatchObject({ wakeAtMs: 999_000 + 1_200_000 });
  });

  it.each([
    ['could not reach it', waiting, ['open']],
    ['was to wait for that', { ...waiting, isDeferred: true, failure: { code: 'dropped', detail: '' } }, ['open']],
    ['has lost it a moment ago', { ...waiting, failure: { code: 'dropped', detail: '' } }, []],
    ['is connected', connected, []],
    ['is down', { kind: 'down', failure: unreachable, wakeAtMs: 9, failures: 1 }, []],
  ] as const)('that answers one of them: another that %s does %j', (_what, state, effects) => {
    expect(kinds(stepLink(state, answers, inputs).effects)).toEqual(effects);
  });
});

describe('the phases of a link', () => {
  const loggingIn: LinkEvent = { kind: 'phase', phase: 'logging in', limitMs: 30_000 };
  const at = (nowMs: number, state: LinkState, event: LinkEvent) => stepLink(state, event, { ...inputs, nowMs });

  it('begin with one that has a limit, and each sets its own', () => {
    const first = stepLink(idle, { kind: 'want' }, inputs).state;
    expect(first).toMatchObject({ kind: 'opening', phase: 'starting', untilMs: inputs.nowMs + 60_000 });
    expect(stepLink(first, loggingIn, inputs).state).toMatchObject({
      phase: 'logging in',
      untilMs: inputs.nowMs + 30_000,
    });
  });

  it('have no limit while it waits for the turn of others', () => {
    const { state } = stepLink(opening, { kind: 'phase', phase: 'waiting for a turn' }, inputs);
    expect(at(inputs.nowMs + 1e9, state, { kind: 'overdue' }).state).toBe(state);
  });

  it('end the link when one lasts too long, say so, and have it tried again', () => {
    const { state } = stepLink({ ...opening, failures: 2 }, loggingIn, inputs);
    expect(at(inputs.nowMs + 29_999, state, { kind: 'overdue' }).state).toBe(state);
    const over = at(inputs.nowMs + 30_000, state, { kind: 'overdue' });
    expect(kinds(over.effects)).toEqual(['close', 'warn']);
    expect(over.effects).toContainEqual(expect.objectContaining({ text: expect.stringContaining('logging in') }));
    expect(over.state).toMatchObject({ kind: 'closing', untilMs: inputs.nowMs + 35_000 });
    expect(stepLink(over.state, closed, inputs).state).toMatchObject({ kind: 'waiting', failures: 3 });
  });

  it('are over once it is up, and do not matter to a link that closes', () => {
    expect(stepLink(connected, loggingIn, inputs).state).toBe(connected);
    const { state } = stepLink(opening, { kind: 'remove', how: 'kindly' }, inputs);
    expect(stepLink(state, loggingIn, inputs).state).toBe(state);
  });

  it('of closing is one, too: past its limit the link is told again, to close at once, and once more after that', () => {
    const { state } = stepLink(connected, { kind: 'hold', how: 'kindly', busy: false }, inputs);
    expect(at(inputs.nowMs + 4_999, state, { kind: 'overdue' })).toEqual({ state, effects: [] });
    const over = at(inputs.nowMs + 5_000, state, { kind: 'overdue' });
    expect(over.effects).toEqual([{ kind: 'close', how: 'now' }]);
    expect(over.state).toMatchObject({ kind: 'closing', next: { kind: 'idle' }, untilMs: inputs.nowMs + 10_000 });
  });

  it('of a link that was wanted anew while it had to be ended are not waited for again', () => {
    const over = at(inputs.nowMs + 30_000, stepLink(opening, loggingIn, inputs).state, { kind: 'overdue' });
    expect(kinds(live(over.state, [{ kind: 'want' }, closed]).effects)).toEqual(['open']);
  });
});

describe('a fault', () => {
  it('of a server that leaves unanswered what it was asked is told, also of a link that was up', () => {
    expect(kinds(live(connected, [failed('unanswered')]).effects)).toEqual(['DISCONNECTED', 'warn']);
  });

  it('of ours ends the link, and it is tried again after a wait', () => {
    const crashed: LinkEvent = { kind: 'crashed', failure: { code: 'unknown', detail: 'a fault' } };
    const { state, effects } = live(connected, [crashed, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'warn']);
    expect(state).toMatchObject({ kind: 'waiting', failures: 4 });
    expect(live(idle, [crashed])).toEqual({ state: idle, effects: [] });
  });
});

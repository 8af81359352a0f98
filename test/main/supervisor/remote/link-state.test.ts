// Owns: the promises of a remote's life, on made-up time.
// Leaves: that effects are carried out (test/end-to-end).
import { describe, expect, it } from 'vitest';
import {
  type Effect,
  type LinkEvent,
  type RemoteState,
  step,
} from '../../../../src/main/supervisor/remote/link-state.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';

const around = { nowMs: 1_000_000, reachable: () => true, held: false, random: () => 0 };
const idle: RemoteState = { kind: 'idle' };
const opening: RemoteState = { kind: 'opening', failures: 0 };
const connected: RemoteState = { kind: 'connected', sinceMs: around.nowMs - 100, failures: 3 };

const failed = (code: FailureCode, hasNextRung = false): LinkEvent => ({
  kind: 'ended',
  ending: { kind: 'failed', failure: { code, detail: `it was ${code}` } },
  hasNextRung,
});
const closed: LinkEvent = { kind: 'ended', ending: { kind: 'closed' }, hasNextRung: false };

/** Feeds events one after another and tells every effect on the way. */
function live(start: RemoteState, events: readonly LinkEvent[]): { state: RemoteState; effects: readonly Effect[] } {
  let state = start;
  const effects = events.flatMap((event) => {
    const result = step(state, event, around);
    state = result.state;
    return result.effects;
  });
  return { state, effects };
}
const kinds = (effects: readonly Effect[]): string[] =>
  effects.map((effect) => (effect.kind === 'say' ? effect.message : effect.kind));

describe('a link', () => {
  it('asks for one catch-up each time it is up', () => {
    const { effects } = live(opening, [{ kind: 'connected' }, { kind: 'connected' }]);
    expect(kinds(effects)).toEqual(['CONNECTED', 'catch-up']);
  });

  it('that breaks says DISCONNECTED once and is tried again', () => {
    const { state, effects } = live(connected, [failed('dropped')]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'wake-at']);
    expect(state).toMatchObject({ kind: 'waiting', failures: 4 });
  });

  it('that never was up says no DISCONNECTED, but warns', () => {
    expect(kinds(live(opening, [failed('unreachable')]).effects)).toEqual(['warn', 'wake-at']);
  });

  it('that lived long waits only the first wait again', () => {
    const steady: RemoteState = { ...connected, sinceMs: around.nowMs - 5_000 };
    expect(live(steady, [failed('dropped')]).state).toMatchObject({
      kind: 'waiting',
      failures: 1,
      wakeAtMs: 1_000_500,
    });
  });

  it('that broke by a fault of ours warns too', () => {
    expect(kinds(live(connected, [failed('worker-crashed')]).effects)).toEqual(['DISCONNECTED', 'warn', 'wake-at']);
  });

  it.each(['auth-refused', 'host-key-unknown', 'host-key-changed'] as const)(
    'that failed with %s stays down whatever wakes it, and comes back when wanted',
    (code) => {
      const down = live(opening, [failed(code), { kind: 'wake' }]);
      expect(down.state.kind).toBe('down');
      expect(kinds(down.effects)).toEqual(['warn']);
      expect(kinds(live(down.state, [{ kind: 'want' }]).effects)).toEqual(['open']);
    },
  );

  it('whose server has no git-annex-shell falls to the next rung without noise', () => {
    expect(kinds(live(opening, [failed('shell-missing', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('whose git-annex-shell is too old falls to the next rung', () => {
    expect(kinds(live(opening, [failed('no-notifychanges', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('whose path is away is looked for within seconds, however long it has been', () => {
    const { state } = live({ kind: 'opening', failures: 900 }, [failed('not-there')]);
    expect(state).toMatchObject({ kind: 'waiting', wakeAtMs: around.nowMs + 1_000 });
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

describe('holding', () => {
  it('PAUSE and RESUME in one write leave one link: the old one ends before the new one opens', () => {
    const both = live(connected, [{ kind: 'hold', how: 'kindly', busy: false }, { kind: 'want' }]);
    expect(kinds(both.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(both.state, [closed]).effects)).toEqual(['open']);
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
    expect(live(idle, [{ kind: 'want' }])).toEqual({ state: opening, effects: [{ kind: 'open' }] });
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
    const { effects } = live(opening, [{ kind: 'hold', how: 'kindly', busy: false }, { kind: 'connected' }, closed]);
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
    const renewed = step(leaving, { kind: 'renew' }, { ...around, held: true });
    expect(renewed).toEqual({ state: { kind: 'closing', next: { kind: 'idle' } }, effects: [] });
    expect(live(renewed.state, [closed])).toEqual({ state: idle, effects: [] });
  });

  it('is not undone by RESUME: what is on its way out goes', () => {
    const { state } = live(connected, [{ kind: 'remove', how: 'kindly' }, { kind: 'want' }, closed]);
    expect(state.kind).toBe('gone');
  });

  it('makes the link anew only when the old one has ended', () => {
    const renewed = live(connected, [{ kind: 'renew' }]);
    expect(kinds(renewed.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(renewed.state, [closed]).effects)).toEqual(['open']);
  });

  it('a remote that is removed is forgotten when its link has ended', () => {
    const { state, effects } = live(connected, [{ kind: 'remove', how: 'kindly' }, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'forget']);
    expect(state.kind).toBe('gone');
  });

  it('a remote that is removed and brought back at once gets a new link', () => {
    const { state, effects } = live(connected, [{ kind: 'remove', how: 'kindly' }, { kind: 'renew' }, closed]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'open']);
    expect(state.kind).toBe('opening');
  });
});

describe('without a network', () => {
  const cutOff = { ...around, reachable: () => false };

  it('a remote of another host is not tried', () => {
    expect(step(idle, { kind: 'want' }, cutOff)).toEqual({ state: { kind: 'offline', failures: 0 }, effects: [] });
  });

  it('it is tried as soon as the network is back', () => {
    expect(kinds(live({ kind: 'offline', failures: 2 }, [{ kind: 'wake' }]).effects)).toEqual(['open']);
  });
});

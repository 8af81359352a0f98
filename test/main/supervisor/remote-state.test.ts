// Owns: the promises of a remote's life, on made-up time.
// Leaves: that effects are carried out (test/end-to-end).
import { describe, expect, it } from 'vitest';
import { type Effect, type LinkEvent, type RemoteState, step } from '../../../src/main/supervisor/remote-state.ts';
import type { FailureCode } from '../../../src/shared/failures.ts';

const around = { nowMs: 1_000_000, reachable: true, random: () => 0 };
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

  it('whose git-annex-shell is too old warns once and falls to the next rung', () => {
    expect(kinds(live(opening, [failed('no-notifychanges', true)]).effects)).toEqual(['warn', 'next-rung', 'open']);
  });

  it('whose path is away is looked for within seconds, however long it has been', () => {
    const { state } = live({ kind: 'opening', failures: 900 }, [failed('not-there')]);
    expect(state).toMatchObject({ kind: 'waiting', wakeAtMs: around.nowMs + 1_000 });
  });

  it('on a file system that tells nothing falls to the next rung without noise', () => {
    expect(kinds(live(opening, [failed('deaf-file-system', true)]).effects)).toEqual(['next-rung', 'open']);
  });

  it('that cannot be watched, which a person can mend, warns and falls to the next rung', () => {
    expect(kinds(live(opening, [failed('cannot-watch', true)]).effects)).toEqual(['warn', 'next-rung', 'open']);
  });

  it('pinned to git-annex-shell stays down where there is none', () => {
    expect(live(opening, [failed('shell-missing', false)]).state.kind).toBe('down');
  });
});

describe('holding', () => {
  it('PAUSE and RESUME in one write leave one link: the old one ends before the new one opens', () => {
    const both = live(connected, [{ kind: 'hold', how: 'kindly' }, { kind: 'want' }]);
    expect(kinds(both.effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(both.state, [closed]).effects)).toEqual(['open']);
  });

  it('many PAUSEs and RESUMEs leave one link', () => {
    const storm: LinkEvent[] = Array.from({ length: 9 }, (_, n) =>
      n % 2 ? { kind: 'want' } : { kind: 'hold', how: 'kindly' },
    );
    const { state, effects } = live(connected, [...storm, { kind: 'want' }]);
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close']);
    expect(kinds(live(state, [closed, { kind: 'want' }]).effects)).toEqual(['open']);
  });

  it('during a wait forgets the wait, and RESUME connects at once', () => {
    const waiting = live(opening, [failed('unreachable')]).state;
    const held = live(waiting, [{ kind: 'hold', how: 'kindly' }, { kind: 'wake' }]);
    expect(held).toEqual({ state: idle, effects: [] });
    expect(live(idle, [{ kind: 'want' }])).toEqual({ state: opening, effects: [{ kind: 'open' }] });
  });

  it('LOSTNET hurries a link that PAUSE told to close kindly', () => {
    const { effects } = live(connected, [
      { kind: 'hold', how: 'kindly' },
      { kind: 'hold', how: 'now' },
    ]);
    expect(effects.at(-1)).toEqual({ kind: 'close', how: 'now' });
    expect(kinds(effects)).toEqual(['DISCONNECTED', 'close', 'close']);
  });

  it('a link that comes up while it is told to close is never said to be connected', () => {
    const { effects } = live(opening, [{ kind: 'hold', how: 'kindly' }, { kind: 'connected' }, closed]);
    expect(kinds(effects)).toEqual(['close']);
  });
});

describe('a config that changes', () => {
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
  const cutOff = { ...around, reachable: false };

  it('a remote of another host is not tried', () => {
    expect(step(idle, { kind: 'want' }, cutOff)).toEqual({ state: { kind: 'offline', failures: 0 }, effects: [] });
  });

  it('it is tried as soon as the network is back', () => {
    expect(kinds(live({ kind: 'offline', failures: 2 }, [{ kind: 'wake' }]).effects)).toEqual(['open']);
  });
});

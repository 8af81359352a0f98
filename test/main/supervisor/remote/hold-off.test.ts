// Owns: that a fetch which would only meet the same again is not had by asking for it often.
// Leaves: what brings such failures about (test/main/git/git-lane.test.ts).
import { expect, test } from 'vitest';
import type { SyncEvent, SyncState } from '../../../../src/main/supervisor/remote/sync-state.ts';
import { stepSync } from '../../../../src/main/supervisor/remote/sync-step.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';

const inputs = { nowMs: 1_000, isWanted: true, mayFetch: true, canCompare: true, random: () => 0.999 };

function after(code: FailureCode, ...events: readonly SyncEvent[]) {
  const fetching: SyncState = { kind: 'fetching', over: 'link', why: 'news', next: { kind: 'nothing' }, failures: 0 };
  const outcome = { ok: false, failure: { code, detail: '' } } as const;
  const effects: string[] = [];
  let state: SyncState = fetching;
  for (const event of [...events.slice(0, 1), { kind: 'done', outcome, again: true } as const, ...events.slice(1)]) {
    const step = stepSync(state, event, inputs);
    state = step.state;
    effects.push(...step.effects.map(({ kind }) => kind));
  }
  return { state, effects };
}

const EVERYTHING: readonly SyncEvent[] = [
  { kind: 'news' },
  { kind: 'news' },
  { kind: 'unsure' },
  { kind: 'link-left' },
  { kind: 'check' },
  { kind: 'periodic-check' },
  { kind: 'answered', allHere: false },
];

test.each([
  ['too-big', 3_600_000],
  ['no-room', 1_000],
] as const)('after %s nothing that the remote says brings another before its time', (code, waitMs) => {
  const { state, effects } = after(code, ...EVERYTHING);
  expect(state).toEqual({ kind: 'backing-off', heldOff: true, untilMs: 1_000 + waitMs, failures: 1 });
  expect(effects).toEqual(['ask-fetch', 'withdraw-fetch']);
});

test('a person who asks for it has it at once', () => {
  expect(after('too-big', ...EVERYTHING, { kind: 'retry' }).effects.at(-1)).toBe('ask-fetch');
});

test('any other failure is followed by the next fetch as soon as there is news', () => {
  expect(after('dropped', { kind: 'unsure' }, { kind: 'news' }).state).toMatchObject({ kind: 'queued' });
});

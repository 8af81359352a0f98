// Owns: what holds of the states of a remote's git work whatever happens, held against a made-up lane; random events.
// Leaves: each decision by itself (sync-step.test.ts, push-state.test.ts).
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outcome } from '../../../../src/main/git/operation.ts';
import { NOTHING_OFFERED, type PushState, stepPush } from '../../../../src/main/supervisor/remote/push-state.ts';
import { STILL, type SyncEvent, type SyncState } from '../../../../src/main/supervisor/remote/sync-state.ts';
import { stepSync } from '../../../../src/main/supervisor/remote/sync-step.ts';

const NOW_MS = 1_000_000;
const FAILED: Outcome = { ok: false, failure: { code: 'dropped', detail: 'it was dropped' } };

/** What a lane knows of one remote and kind: at most one waits, at most one runs. */
interface Lane {
  waits: boolean;
  runs: boolean;
}

const inputs = fc.record({
  isWanted: fc.boolean(),
  may: fc.boolean(),
  canCompare: fc.boolean(),
  random: fc.double({ min: 0, max: 0.999 }),
});
const ends = fc.record({ ok: fc.boolean(), again: fc.boolean() });
const doneOf = ({ ok, again }: { ok: boolean; again: boolean }) =>
  ({ kind: 'done', outcome: ok ? { ok } : FAILED, again: !ok && again }) as const;

/** What the lane may say next, of what was asked of it; undefined: nothing. */
const laneEvent = fc.oneof(
  fc.constant('start' as const),
  fc.constant('forget' as const),
  ends.map((how) => ({ how })),
);

test('a fetch is asked for exactly where one waits, runs exactly where the lane runs it, and no wait is over already', async () => {
  const own = fc.oneof(
    fc.constantFrom<SyncEvent[]>(
      { kind: 'asked', insists: true },
      { kind: 'asked', insists: false },
      ...(['news', 'unsure', 'check', 'periodic-check', 'retry', 'renewed', 'link-left'] as const).map((kind) => ({
        kind,
      })),
    ),
    fc.boolean().map((allHere): SyncEvent => ({ kind: 'answered', allHere })),
  );
  await fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(own, laneEvent), inputs)), (events) => {
      let state: SyncState = STILL;
      const lane: Lane = { waits: false, runs: false };
      const take = (
        event: SyncEvent,
        { isWanted, may, canCompare, random }: { isWanted: boolean; may: boolean; canCompare: boolean; random: number },
      ): void => {
        const step = stepSync(state, event, {
          nowMs: NOW_MS,
          isWanted,
          mayFetch: isWanted && may,
          canCompare,
          random: () => random,
        });
        state = step.state;
        for (const { kind } of step.effects) {
          if (kind === 'ask-fetch') lane.waits = true;
          if (kind === 'withdraw-fetch' && lane.waits) {
            lane.waits = false;
            state = stepSync(
              state,
              { kind: 'forgotten' },
              { nowMs: NOW_MS, isWanted, mayFetch: may, canCompare, random: () => random },
            ).state;
          }
        }
        if (event.kind === 'retry') expect(state.kind).not.toBe('backing-off');
        if (state.kind === 'backing-off') expect(state.untilMs).toBeGreaterThan(NOW_MS);
      };
      for (const [event, now] of events) {
        if (typeof event === 'object' && 'kind' in event) take(event, now);
        else if (event === 'start' && lane.waits && !lane.runs) {
          Object.assign(lane, { waits: false, runs: true });
          take({ kind: 'started', over: now.canCompare ? 'link' : 'own' }, now);
        } else if (event === 'forget' && lane.waits) {
          lane.waits = false;
          take({ kind: 'forgotten' }, now);
        } else if (typeof event === 'object' && lane.runs) {
          lane.runs = false;
          take(doneOf(event.how), now);
        }
        expect(state.kind === 'fetching').toBe(lane.runs);
        expect(state.kind === 'queued' || (state.kind === 'fetching' && state.next.kind === 'fetch')).toBe(lane.waits);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('a push is asked for exactly where one waits, and no ref that was offered is lost unless the remote refused it', async () => {
  const own = fc.oneof(
    fc.constantFrom({ kind: 'retry' } as const, { kind: 'held' } as const, { kind: 'renewed' } as const),
    fc.constantFrom('a', 'b', 'c').map((ref) => ({ kind: 'offer', refs: [ref] }) as const),
  );
  await fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(own, laneEvent), inputs)), (events) => {
      let state: PushState = NOTHING_OFFERED;
      const lane: Lane = { waits: false, runs: false };
      const offered = new Set<string>();
      const take = (
        event: Parameters<typeof stepPush>[1],
        { isWanted, may, random }: { isWanted: boolean; may: boolean; random: number },
      ): void => {
        const now = { nowMs: NOW_MS, isWanted, mayPush: isWanted && may, random: () => random };
        const step = stepPush(state, event, now);
        state = step.state;
        if (step.effect === 'ask') lane.waits = true;
        if (step.effect === 'withdraw' && lane.waits) {
          lane.waits = false;
          state = stepPush(state, { kind: 'forgotten' }, now).state;
        }
        if (event.kind === 'retry') expect(state.kind).not.toBe('backing-off');
      };
      for (const [event, now] of events) {
        if (typeof event === 'object' && 'kind' in event) {
          if (event.kind === 'offer') for (const ref of event.refs) offered.add(ref);
          take(event, now);
        } else if (event === 'start' && lane.waits && !lane.runs) {
          Object.assign(lane, { waits: false, runs: true });
          take({ kind: 'started' }, now);
        } else if (event === 'forget' && lane.waits) {
          lane.waits = false;
          take({ kind: 'forgotten' }, now);
        } else if (typeof event === 'object' && lane.runs) {
          lane.runs = false;
          if (event.how.ok && state.kind === 'pushing')
            for (const ref of state.taken) if (!state.offered.includes(ref)) offered.delete(ref);
          take(doneOf(event.how), now);
        }
        expect(state.kind === 'pushing').toBe(lane.runs);
        expect(state.kind === 'queued' || (state.kind === 'pushing' && state.again)).toBe(lane.waits);
        const known = [...state.offered, ...(state.kind === 'pushing' ? state.taken : [])];
        expect([...offered].filter((ref) => !known.includes(ref))).toEqual([]);
      }
    }),
    { numRuns: 3_000 },
  );
});

// Owns: what holds of the states of a served network whatever happens, held against a made-up loop; random events.
// Leaves: each decision by itself (service-step.test.ts).
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueAtMs, type ServiceEvent, type ServiceState } from '../../../src/main/serve/service-state.ts';
import { stepService } from '../../../src/main/serve/service-step.ts';

const FAILED = { kind: 'failed', failure: { code: 'unreachable', detail: 'x' } } as const;

/** What others may do at any time. */
const orders = fc.constantFrom<ServiceEvent[]>(
  { kind: 'want' },
  { kind: 'renew' },
  { kind: 'due' },
  { kind: 'remove', how: 'kindly' },
  { kind: 'remove', how: 'now' },
  { kind: 'hold', how: 'kindly', isPushedTo: false },
  { kind: 'hold', how: 'kindly', isPushedTo: true },
  { kind: 'hold', how: 'now', isPushedTo: true },
);
/** What a loop that is open may say. */
const reports = fc.constantFrom<ServiceEvent[]>(
  { kind: 'listening', how: 'x', addresses: [] },
  { kind: 'pushed' },
  { kind: 'ended', ending: { kind: 'closed' } },
  { kind: 'ended', ending: FAILED },
);
const moments = fc.record({ held: fc.boolean(), laterMs: fc.integer({ min: 0, max: 400_000 }) });

test('there is one loop at most, it is open exactly where the state says so, and nothing waits without an end', async () => {
  await fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(orders, reports), moments), { maxLength: 60 }), (happened) => {
      let state: ServiceState = { kind: 'off' };
      const loop = { isOpen: false, isTold: false };
      let nowMs = 0;
      for (const [event, { held, laterMs }] of happened) {
        nowMs += laterMs;
        if (['listening', 'pushed', 'ended'].includes(event.kind) && !loop.isOpen) continue;
        if (event.kind === 'ended') loop.isOpen = false;
        const step = stepService(state, event, { nowMs, held, random: () => 0.5 });
        state = step.state;
        for (const effect of step.effects) {
          if (effect.kind === 'open') {
            expect(loop.isOpen).toBe(false);
            Object.assign(loop, { isOpen: true, isTold: false });
          }
          if (effect.kind === 'close' || effect.kind === 'finish') {
            expect(loop.isOpen).toBe(true);
            loop.isTold = true;
          }
          if (effect.kind === 'forget') expect(loop.isOpen).toBe(false);
        }
        expect([state.kind, loop.isOpen]).toEqual([state.kind, !['off', 'waiting', 'gone'].includes(state.kind)]);
        if (loop.isOpen) expect(loop.isTold).toBe(['finishing', 'closing'].includes(state.kind));
        const isTimed = ['starting', 'waiting', 'closing'].includes(state.kind);
        expect(dueAtMs(state) !== undefined).toBe(isTimed);
        if (isTimed) expect(dueAtMs(state)).toBeLessThanOrEqual(nowMs + 300_000);
      }
    }),
  );
});

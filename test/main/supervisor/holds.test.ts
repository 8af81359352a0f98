import { expect, test } from 'vitest';
import { heldBy, NO_HOLDS, whyHeld, withHold, withoutHold } from '../../../src/main/supervisor/holds.ts';

test('what one takes back does not undo what another wants', () => {
  const both = withHold(withHold(NO_HOLDS, 'control', 'paused'), 'network', 'no-network');
  expect(heldBy(both)).toBe('no-network');
  expect(heldBy(withoutHold(both, 'network'))).toBe('paused');
  expect(heldBy(withoutHold(both, 'control'))).toBe('no-network');
  expect(heldBy(withoutHold(withoutHold(both, 'network'), 'control'))).toBe('no');
});

test('each holds in one way at a time, and taking back what was never held changes nothing', () => {
  const last = withHold(withHold(NO_HOLDS, 'control', 'no-network'), 'control', 'paused');
  expect(heldBy(last)).toBe('paused');
  expect(heldBy(withoutHold(last, 'network'))).toBe('paused');
});

test('what holds by itself says why, for as long as it holds', () => {
  const both = withHold(withHold(NO_HOLDS, 'control', 'paused'), 'network', 'paused', 'the network is metered');
  expect([whyHeld(NO_HOLDS), whyHeld(both)]).toEqual([undefined, 'the network is metered']);
  expect(whyHeld(withoutHold(both, 'control'))).toBe('the network is metered');
  expect(whyHeld(withoutHold(both, 'network'))).toBeUndefined();
});

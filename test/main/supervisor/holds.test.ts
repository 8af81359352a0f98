import { expect, test } from 'vitest';
import { heldBy, NO_HOLDS, withHold, withoutHold } from '../../../src/main/supervisor/holds.ts';

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

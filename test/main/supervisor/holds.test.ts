import { expect, test } from 'vitest';
import {
  heldBy,
  NO_HOLDS,
  remoteHeldBy,
  whyHeld,
  whyRemoteHeld,
  withHold,
  withNamed,
  withoutHold,
  withoutNamed,
} from '../../../src/main/supervisor/holds.ts';
import { remoteName } from '../../../src/shared/remote.ts';

const [ONE, TWO] = [remoteName('one'), remoteName('two')];

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

test('a remote that is paused by its name stays so whatever else holds and lets go, and holds no other', () => {
  const named = withNamed(NO_HOLDS, [ONE]);
  expect([heldBy(named), remoteHeldBy(named, ONE), remoteHeldBy(named, TWO)]).toEqual(['no', 'paused', 'no']);
  const lost = withHold(named, 'control', 'no-network');
  expect([remoteHeldBy(lost, ONE), remoteHeldBy(lost, TWO)]).toEqual(['no-network', 'no-network']);
  const resumed = withoutHold(lost, 'control');
  expect([remoteHeldBy(resumed, ONE), remoteHeldBy(resumed, TWO)]).toEqual(['paused', 'no']);
  expect(withoutNamed(resumed, [ONE, TWO])).toEqual(NO_HOLDS);
});

test('what holds by itself says why, unless somebody holds besides who has to take that back', () => {
  const both = withHold(withHold(NO_HOLDS, 'control', 'paused'), 'network', 'paused', 'the network is metered');
  expect([whyHeld(NO_HOLDS), whyHeld(both)]).toEqual([undefined, undefined]);
  const alone = withoutHold(both, 'control');
  expect([whyHeld(alone), whyHeld(withHold(alone, 'control', 'no-network'))]).toEqual([
    'the network is metered',
    undefined,
  ]);
  expect(whyHeld(withoutHold(both, 'network'))).toBeUndefined();
  const named = withNamed(alone, [ONE]);
  expect([whyRemoteHeld(named, ONE), whyRemoteHeld(named, TWO)]).toEqual([undefined, 'the network is metered']);
});

// Owns: that what failed is tried at once where what no remote has for itself is another, and only then.
// Leaves: which keys these are (main/config/means.test.ts), and the whole way (end-to-end/mended.test.ts).
import { expect, test } from 'vitest';
import { awakened, concluded, UNKNOWN } from '../../../src/main/supervisor/link/account-verdicts.ts';
import type { LinkState } from '../../../src/main/supervisor/remote/link-state.ts';
import { stepLink } from '../../../src/main/supervisor/remote/link-step.ts';
import type { FailureCode } from '../../../src/shared/failures.ts';

const INPUTS = {
  nowMs: 1_000_000,
  online: () => true,
  neighbourTries: () => false,
  held: false,
  mayBeAway: () => false,
  random: () => 0,
};

const CODES: readonly FailureCode[] = ['unreachable', 'no-repository', 'remote-error', 'too-many-refs', 'unknown'];

test.each(CODES)('a link that waits for a failure of the kind %s is opened', (code) => {
  const failure = { code, detail: 'as it was' } as const;
  const waiting: LinkState = { kind: 'waiting', wakeAtMs: 9_000_000, failures: 9, failure, triedAtMs: 900_000 };
  expect(stepLink(waiting, { kind: 'wake' }, INPUTS).effects).toEqual([{ kind: 'open', after: failure }]);
});

test('a refused account is tried 3 s after it was for what mends, and 30 s after it for what may', () => {
  const failure = { code: 'auth-refused', detail: 'no' } as const;
  const asking = { remote: 'origin' as never, by: 'program', isOpenToAll: false, waits: true } as const;
  const refused = concluded(UNKNOWN, asking, { kind: 'refused', failure, isFinal: true }, 1_000_000);
  expect(awakened(refused, 'mended', 1_000_500)).toMatchObject({ againAtMs: 1_003_000 });
  expect(awakened(refused, 'changed', 1_000_500)).toMatchObject({ againAtMs: 1_030_000 });
  expect(awakened(refused, 'mended', 1_060_000)).toMatchObject({ againAtMs: 1_060_000 });
});

// Owns: that a password which the server refused is not tried again at once, whoever of a thread asks.
// Leaves: a real server (xmpp.test.ts).
import { expect, test } from 'vitest';
import { DaemonError } from '../../../../../src/shared/failures.ts';
import { createRefusals } from '../../../../../src/workers/peer/network/xmpp/refusals.ts';

test('a refused password is tried once a minute, another one at once, and what failed otherwise each time', async () => {
  const clock = { nowMs: 0 };
  const { respected } = createRefusals(() => clock.nowMs);
  const tried: string[] = [];
  const login = (name: string, code: 'auth-refused' | 'unreachable'): Promise<string> =>
    respected(name, async () => {
      tried.push(name);
      throw new DaemonError(code, name);
    }).catch((error: unknown) => String(error));
  const first = await login('wrong', 'auth-refused');
  clock.nowMs = 59_999;
  expect(await login('wrong', 'auth-refused')).toBe(first);
  await login('other', 'unreachable');
  await login('other', 'unreachable');
  expect(tried).toEqual(['wrong', 'other', 'other']);
  clock.nowMs = 60_000;
  await login('wrong', 'auth-refused');
  expect(tried).toEqual(['wrong', 'other', 'other', 'wrong']);
});

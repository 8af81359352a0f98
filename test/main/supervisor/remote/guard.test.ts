// Owns: that nothing that one remote's code throws gets to whoever called it.
// Leaves: what is made of it (link-step.test.ts, remote.test.ts).
import { expect, test } from 'vitest';
import { createGuard } from '../../../../src/main/supervisor/remote/guard.ts';

test('what an entry throws is told to the remote, and to nobody else', () => {
  const told: unknown[] = [];
  const guarded = createGuard(
    (error) => told.push(error),
    () => expect.unreachable(),
  );
  const fault = new Error('a bug');
  guarded((what: Error) => {
    throw what;
  })(fault);
  guarded(() => undefined)();
  expect(told).toEqual([fault]);
});

test('a remote that cannot even be told is left as it is', () => {
  const lost: unknown[] = [];
  const fault = new Error('another bug');
  const guarded = createGuard(
    () => {
      throw fault;
    },
    (error) => lost.push(error),
  );
  guarded(() => {
    throw new Error('a bug');
  })();
  expect(lost).toEqual([fault]);
});

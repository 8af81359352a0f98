// Owns: that each rung has a transport.
// Leaves: the transports (the folders here), and what the build makes of them (bundle.test.ts).
import { expect, test } from 'vitest';
import { RUNGS } from '../../src/shared/rungs/rungs.ts';
import { TRANSPORTS } from '../../src/workers/transports.ts';

test('there is one for each rung', async () => {
  expect(Object.keys(TRANSPORTS).sort()).toEqual(Object.keys(RUNGS).sort());
  for (const load of Object.values(TRANSPORTS)) expect(await load()).toBeTypeOf('function');
});

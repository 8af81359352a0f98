// Owns: what orders do to all remotes together, and what the log says of them.
// Leaves: one remote's life (remote/), and the whole way (test/end-to-end).
import { expect, test } from 'vitest';
import { createAccounts } from '../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../src/main/supervisor/link/gates.ts';
import { createSupervisor } from '../../../src/main/supervisor/supervisor.ts';
import { NOTHING_SERVED } from '../../support/nothing-served.ts';

/** A supervisor without remotes; `done` is what it logged and asked of git. */
function makeSupervisor() {
  const done: string[] = [];
  const shown = { changes: 0 };
  const supervisor = createSupervisor({
    say: () => undefined,
    log: () => undefined,
    debug: () => undefined,
    logOrder: (text) => done.push(text),
    taskFor: () => expect.unreachable(),
    openLoop: () => expect.unreachable(),
    gates: createGates(),
    accounts: createAccounts(() => 0),
    isDown: () => undefined,
    git: { requestFetch: () => undefined, requestPush: () => undefined, withdraw: () => undefined },
    noteChannels: () => undefined,
    hearOfPeer: () => undefined,
    wasReached: () => false,
    sawActivity: () => undefined,
    noteChild: () => undefined,
    endChildren: () => undefined,
    isHere: () => false,
    tagsMark: () => undefined,
    isOnline: () => true,
    checkMs: () => 1_000,
    statusChanged: () => {
      shown.changes += 1;
    },
    quietenWork: () => done.push('quieten'),
    endRunningWork: async () => void done.push('end'),
    endWorkWith: () => undefined,
    served: NOTHING_SERVED,
    configured: () => undefined,
    forgetRemote: () => undefined,
    nowMs: () => 0,
    wallMsOf: (ms) => ms,
    random: () => 0,
  });
  return { supervisor, done, shown };
}

const PAUSED = ['paused', 'quieten'];
const NO_NETWORK = ['told that the network is gone', 'quieten', 'end'];

test('an order is logged before it is obeyed, and one that changes nothing is not', () => {
  const { supervisor, done } = makeSupervisor();
  supervisor.hold('control', 'paused');
  supervisor.hold('control', 'paused');
  expect(done).toEqual(PAUSED);
  supervisor.hold('control', 'no-network');
  expect(done.slice(2)).toEqual(NO_NETWORK);
  supervisor.resume('control');
  expect([supervisor.held(), done.at(-1)]).toEqual(['no', 'resumed']);
});

test('what one holder takes back does not undo what another wants', () => {
  const { supervisor, done, shown } = makeSupervisor();
  supervisor.hold('control', 'paused');
  supervisor.hold('network', 'no-network');
  const before = shown.changes;
  supervisor.resume('network');
  expect([supervisor.held(), shown.changes]).toEqual(['paused', before + 1]);
  expect(done).toEqual([...PAUSED, ...NO_NETWORK, 'still paused']);
  supervisor.resume('control');
  expect(done.at(-1)).toBe('resumed');
});

test('once it stops nobody is obeyed', async () => {
  const { supervisor, done } = makeSupervisor();
  await supervisor.stop();
  const before = done.length;
  supervisor.hold('control', 'paused');
  supervisor.resume('control');
  expect([supervisor.held(), done.length]).toEqual(['stopping', before]);
});

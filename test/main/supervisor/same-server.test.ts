// Owns: that remotes on one server find out by one try that it is away, and that it is back; on made-up time.
// Leaves: who is on which server (link/same-server.test.ts), and what each makes of it (remote/link-step.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAccounts } from '../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../src/main/supervisor/link/gates.ts';
import { createSupervisor } from '../../../src/main/supervisor/supervisor.ts';
import { type Remote, remoteName } from '../../../src/shared/remote.ts';
import type { Report } from '../../../src/shared/thread-messages.ts';
import { NOTHING_SERVED } from '../../support/nothing-served.ts';

const REMOTES = 50;
const remoteCalled = (name: string): Remote => ({
  name: remoteName(name),
  url: `git@h:${name}`,
  uri: `ssh://git@h/~/${name}`,
  onThisHost: false,
  rungs: [{ kind: 'poll', why: 'the server cannot notify', everyMs: 60_000 }],
  refs: { refspecs: [], tags: true },
  fetches: false,
});

/** Fifty remotes of a server that is there, or is not. */
function makeStage() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const server = { isThere: true };
  const opened: number[] = [];
  const up = new Map<string, (report: Report) => void>();
  const supervisor = createSupervisor({
    say: () => undefined,
    log: () => undefined,
    debug: () => undefined,
    logOrder: () => undefined,
    taskFor: ({ name: remote, url, refs }, rung) => ({ remote, url, refs, rung, directory: '/', ...NOTHING }),
    openLoop: ({ task: { remote } }, hear) => {
      opened.push(performance.now());
      // As long as it takes to be refused, or to log in.
      setTimeout(() => {
        if (server.isThere) up.set(remote, hear);
        hear(server.isThere ? CONNECTED : UNREACHABLE);
      }, 20);
      const close = (): void => hear({ kind: 'ended', ending: { kind: 'closed' } });
      return { close, order: () => undefined };
    },
    gates: createGates(),
    accounts: createAccounts(() => performance.now()),
    isDown: () => undefined,
    noteChannels: () => undefined,
    hearOfPeer: () => undefined,
    wasReached: () => false,
    git: { requestFetch: () => undefined, requestPush: () => undefined, withdraw: () => undefined },
    sawActivity: () => undefined,
    noteChild: () => undefined,
    endChildren: () => undefined,
    isHere: () => false,
    tagsMark: () => undefined,
    isOnline: () => true,
    checkMs: () => 600_000,
    statusChanged: () => undefined,
    quietenWork: () => undefined,
    endRunningWork: async () => undefined,
    endWorkWith: () => undefined,
    served: NOTHING_SERVED,
    configured: () => undefined,
    forgetRemote: () => undefined,
    nowMs: () => performance.now(),
    wallMsOf: (ms) => ms,
    random: Math.random,
  });
  const added = Array.from({ length: REMOTES }, (_, at) => remoteCalled(`r${at}`));
  supervisor.reconfigure({ added, changed: [], removed: [], kept: [] }, false);
  onTestFinished(() => supervisor.reconfigure({ added: [], changed: [], removed: added, kept: [] }, false));
  const drop = (): void => {
    for (const hear of up.values()) hear(DROPPED);
    up.clear();
  };
  return { server, opened, drop, supervisor };
}

const NOTHING = { repositoryVariables: {}, secrets: {} };
const CONNECTED: Report = { kind: 'connected', how: 'a test', relay: false, checks: false };
const failed = (code: 'unreachable' | 'dropped'): Report => ({
  kind: 'ended',
  ending: { kind: 'failed', failure: { code, detail: 'nobody is there' } },
});
const [UNREACHABLE, DROPPED] = [failed('unreachable'), failed('dropped')];

test('a server that is away is tried by one of its fifty remotes at a time, and all are up again at once when it is back', async () => {
  const { server, opened, drop, supervisor } = makeStage();
  await vi.advanceTimersByTimeAsync(6_000);
  expect([supervisor.connected().length, opened.length]).toEqual([REMOTES, REMOTES]);
  server.isThere = false;
  drop();
  opened.length = 0;
  await vi.advanceTimersByTimeAsync(20_000);
  // What one remote alone would have tried.
  expect(opened.length).toBeGreaterThan(5);
  expect(opened.length).toBeLessThan(30);
  server.isThere = true;
  await vi.advanceTimersByTimeAsync(7_000);
  expect(supervisor.connected().length).toBe(REMOTES);
});

test('away for an hour it costs no more than a few tries a remote', async () => {
  const { server, opened, drop, supervisor } = makeStage();
  await vi.advanceTimersByTimeAsync(6_000);
  server.isThere = false;
  drop();
  opened.length = 0;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(opened.length).toBeLessThan(REMOTES * 13);
  server.isThere = true;
  await vi.advanceTimersByTimeAsync(1_200_000);
  expect(supervisor.connected().length).toBe(REMOTES);
});

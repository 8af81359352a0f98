// Owns: what becomes of remotes that are peers when they are away, refuse, or are another than they were; on made-up time.
// Leaves: what a config makes of them (test/main/config/peers.test.ts), and real peers (test/end-to-end).
import { expect, onTestFinished, test, vi } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { createAccounts } from '../../../src/main/supervisor/link/accounts.ts';
import { createGates } from '../../../src/main/supervisor/link/gates.ts';
import { createSupervisor } from '../../../src/main/supervisor/supervisor.ts';
import type { Failure } from '../../../src/shared/failures.ts';
import type { RemoteChanges } from '../../../src/shared/remote.ts';
import type { Report } from '../../../src/shared/thread-messages.ts';
import { NOTHING_SERVED } from '../../support/nothing-served.ts';
import { configOf } from '../config/read-config.ts';

const URL = 'p2p-annex::sock:there';

/** Remotes of these names at one address. `uuid` is what the config expects there. */
function remotesCalled(names: readonly string[], uuid = 'u-1') {
  const entries = names.flatMap((name) => [
    `remote.${name}.url=${URL}`,
    `remote.${name}.annex-uuid=${uuid}`,
    `remote.${name}.fetch=+refs/heads/*:refs/remotes/${name}/*`,
  ]);
  return readRemotes(configOf(...entries), { bare: false, env: {}, pollMs: 60_000, fetchMode: 'fetch' }).remotes;
}

const NO_CHANGES: RemoteChanges = { added: [], changed: [], removed: [], kept: [] };

interface Peer {
  answer: (uuid: string | undefined) => Failure | undefined;
  wasReached: boolean;
}

/** A peer that is as `peer` says whenever it is dialled. */
function makeStage(names: readonly string[] = ['friend']) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const peer: Peer = { answer: () => undefined, wasReached: false };
  const [said, opened]: [string[], { remote: string; atMs: number }[]] = [[], []];
  const supervisor = createSupervisor({
    say: (message) =>
      said.push([message.kind, message.remote.name, 'text' in message ? message.text : ''].join(' ').trim()),
    log: () => undefined,
    debug: () => undefined,
    logOrder: () => undefined,
    taskFor: ({ name: remote, url, refs }, rung) => ({ remote, url, refs, rung, ...NOTHING }),
    openLoop: ({ task: { remote, rung } }, hear) => {
      opened.push({ remote, atMs: performance.now() });
      const failure = peer.answer(rung.kind === 'peer' ? rung.uuid : undefined);
      const report: Report = failure ? { kind: 'ended', ending: { kind: 'failed', failure } } : CONNECTED;
      setTimeout(() => hear(report), 20);
      const close = (): void => hear({ kind: 'ended', ending: { kind: 'closed' } });
      return { close, order: () => undefined };
    },
    gates: createGates(),
    accounts: createAccounts(() => performance.now()),
    isDown: () => undefined,
    noteChannels: () => undefined,
    hearOfPeer: () => undefined,
    wasReached: () => peer.wasReached,
    git: { requestFetch: () => undefined, requestPush: () => undefined, withdraw: () => undefined },
    sawActivity: () => undefined,
    noteChild: () => undefined,
    endChildren: () => undefined,
    isHere: () => false,
    tagsMark: () => undefined,
    isOnline: () => false,
    checkMs: () => 600_000,
    statusChanged: () => undefined,
    quietenWork: () => undefined,
    endRunningWork: async () => undefined,
    served: NOTHING_SERVED,
    endWorkWith: () => undefined,
    configured: () => undefined,
    forgetRemote: () => undefined,
    nowMs: () => performance.now(),
    wallMsOf: (ms) => ms,
    random: Math.random,
  });
  const added = remotesCalled(names);
  onTestFinished(() => supervisor.reconfigure({ ...NO_CHANGES, removed: added }, false));
  const begin = () => supervisor.reconfigure({ ...NO_CHANGES, added }, false);
  const states = () => supervisor.statuses().map(({ state }) => state);
  return { peer, said, opened, supervisor, begin, states };
}

const NOTHING = { directory: '/', repositoryVariables: {}, secrets: {} };
const CONNECTED: Report = { kind: 'connected', how: 'a test', relay: false, checks: false };
const SOON_MS = 1_000;

test('one that is away is tried at least every five minutes, for as long as it is, and said to be away once', async () => {
  const { peer, said, opened, begin, states } = makeStage();
  peer.answer = () => ({ code: 'unreachable', detail: 'nobody is there' });
  begin();
  await vi.advanceTimersByTimeAsync(6 * 3_600_000);
  const gaps = opened.slice(1).map(({ atMs }, index) => atMs - (opened[index]?.atMs ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(300_100);
  // Not all the time either.
  expect(opened.length).toBeLessThan(6 * 12 * 2 + 20);
  // A network by a program may need no interface with an address.
  expect(states()).toEqual(['waiting']);
  expect(said).toEqual(['WARNING friend nobody is there']);
  peer.answer = () => undefined;
  await vi.advanceTimersByTimeAsync(300_100);
  expect(said.at(-1)).toBe('CONNECTED friend');
});

test('one that was reached before may sleep: that it is away is no news, and that it refuses is', async () => {
  const { peer, said, supervisor, begin, states } = makeStage();
  peer.wasReached = true;
  peer.answer = () => ({ code: 'unreachable', detail: 'nobody is there' });
  begin();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([states(), said]).toEqual([['waiting'], []]);
  // Who looks is told all the same.
  expect(supervisor.statuses()[0]?.lastError?.text).toBe('nobody is there');
  peer.answer = () => ({ code: 'auth-refused', detail: 'it takes no token of ours' });
  await vi.advanceTimersByTimeAsync(300_100);
  expect(said).toEqual(['WARNING friend it takes no token of ours']);
});

test('one that was away and comes here itself is tried at once', async () => {
  const { peer, said, opened, supervisor, begin } = makeStage(['friend', 'other']);
  peer.answer = () => ({ code: 'unreachable', detail: 'nobody is there' });
  begin();
  await vi.advanceTimersByTimeAsync(3_600_000);
  peer.answer = () => undefined;
  opened.length = 0;
  supervisor.peerCame('friend');
  await vi.advanceTimersByTimeAsync(100);
  expect([opened.map(({ remote }) => remote), said.at(-1)]).toEqual([['friend'], 'CONNECTED friend']);
  supervisor.peerCame('friend');
  expect(opened).toHaveLength(1);
});

test('one that does not let us in is told of once, and tried again when its token may be another, or somebody asks', async () => {
  const { peer, said, opened, supervisor, begin, states } = makeStage();
  peer.answer = () => ({ code: 'auth-refused', detail: 'it takes no token of ours' });
  begin();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect([states(), opened.length]).toEqual([['down'], 1]);
  supervisor.mended();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  supervisor.resume('control');
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect([states(), opened.length]).toEqual([['down'], 3]);
  // Once for RESUME, which is to say it anew, and not for what changed by itself.
  expect(said).toEqual(Array(2).fill('WARNING friend it takes no token of ours'));
  peer.answer = () => undefined;
  supervisor.mended();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(said.at(-1)).toBe('CONNECTED friend');
});

test('another one than the config expects is left alone until the config expects that one', async () => {
  const { peer, said, opened, supervisor, begin, states } = makeStage();
  peer.answer = (uuid) => (uuid === 'u-2' ? undefined : { code: 'wrong-peer', detail: 'it is another' });
  begin();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([states(), opened.length]).toEqual([['down'], 1]);
  supervisor.reconfigure({ ...NO_CHANGES, kept: remotesCalled(['friend'], 'u-2') }, false);
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(said).toEqual(['WARNING friend it is another', 'CONNECTED friend']);
});

test('where the config expects another one than it is connected to, its link is made anew, and where it learns who it is, not', async () => {
  const { peer, said, opened, supervisor, begin, states } = makeStage();
  peer.answer = (uuid) => (uuid === 'u-1' ? undefined : { code: 'wrong-peer', detail: 'it is another' });
  begin();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  supervisor.reconfigure({ ...NO_CHANGES, kept: remotesCalled(['friend'], '') }, false);
  supervisor.reconfigure({ ...NO_CHANGES, kept: remotesCalled(['friend']) }, false);
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect([states(), opened.length]).toEqual([['connected'], 1]);
  supervisor.reconfigure({ ...NO_CHANGES, kept: remotesCalled(['friend'], 'u-2') }, false);
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect([states(), said]).toEqual([
    ['down'],
    ['CONNECTED friend', 'DISCONNECTED friend', 'WARNING friend it is another'],
  ]);
});

test('two remotes at one address have a link each, and neither waits for the other', async () => {
  const { peer, said, opened, supervisor, begin } = makeStage(['a', 'b']);
  peer.answer = () => ({ code: 'unreachable', detail: 'nobody is there' });
  begin();
  await vi.advanceTimersByTimeAsync(20_000);
  const triesOf = (name: string) => opened.filter(({ remote }) => remote === name).length;
  expect(Math.min(triesOf('a'), triesOf('b'))).toBeGreaterThan(3);
  peer.answer = () => undefined;
  supervisor.resume('control');
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(said.filter((line) => line.startsWith('CONNECTED')).toSorted()).toEqual(['CONNECTED a', 'CONNECTED b']);
});

test('under another name it is another remote: the link of the old name ends, and the new one has its own', async () => {
  const { said, supervisor, begin } = makeStage();
  begin();
  await vi.advanceTimersByTimeAsync(SOON_MS);
  const [removed, added] = [remotesCalled(['friend']), remotesCalled(['pal'])];
  supervisor.reconfigure({ ...NO_CHANGES, removed, added }, true);
  onTestFinished(() => supervisor.reconfigure({ ...NO_CHANGES, removed: added }, false));
  await vi.advanceTimersByTimeAsync(SOON_MS);
  expect(said).toEqual(['CONNECTED friend', 'DISCONNECTED friend', 'CONNECTED pal']);
});

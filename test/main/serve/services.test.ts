// Owns: the networks that are served, as the config and the orders have them, with loops that say what the test says.
// Leaves: the decisions (service-step.test.ts), real threads (test/main/supervisor/threads), and real peers (test/end-to-end).
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ServiceTools } from '../../../src/main/serve/service-tools.ts';
import { createServices, type ServicesTools } from '../../../src/main/serve/services.ts';
import type { ObjectName, RefName } from '../../../src/shared/remote.ts';
import type { PeerHere, PeerIdentity, ServeReport } from '../../../src/shared/serve-messages.ts';
import type { Held } from '../../../src/shared/status.ts';

interface TestLoop {
  readonly network: string;
  readonly orders: string[];
  readonly say: (report: ServeReport) => void;
}

const TIP = 'a'.repeat(40) as ObjectName;
const MAIN = 'refs/heads/main' as RefName;
const ANNE: PeerIdentity = { tokenId: 'id-a', uuid: 'u-a', rights: 'read' };
const CLOSED: ServeReport = { kind: 'ended', ending: { kind: 'closed' } };

function makeStage(networks: readonly string[], part: Partial<ServicesTools> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const config = { networks, port: 9050, friends: ['ann@peers.test'] };
  const state: { held: Held } = { held: 'no' };
  const loops: TestLoop[] = [];
  const said: string[] = [];
  const openLoop: ServiceTools['openLoop'] = ({ network }, hear) => {
    const orders: string[] = [];
    loops.push({ network, orders, say: hear });
    return { close: (how) => orders.push(`close ${how}`), order: (order) => orders.push(JSON.stringify(order)) };
  };
  const services = createServices({
    networks: () => config.networks,
    taskFor: (network) => ({
      ...{ ...TASK, network, torProxy: { host: 'h', port: config.port } },
      ...(network === 'xmpp' && { settings: { xmppFriends: config.friends }, news: { isAll: false, shared: [] } }),
    }),
    openLoop,
    noteChild: (network, pgid, running) => said.push(`child ${network} ${pgid} ${running}`),
    endChildren: async (network) => void said.push(`children of ${network} end`),
    requestWrite: () => undefined,
    withdrawWrite: () => undefined,
    names: () => (tokenId) => (tokenId === 'id-a' ? 'anne' : undefined),
    seen: ({ tokenId }) => said.push(`seen ${tokenId}`),
    came: ({ tokenId }) => said.push(`came ${tokenId}`),
    takeInvitation: async () => ({ kind: 'refused', why: 'not expected' }),
    lookUp: async (names) => ({ refs: [{ ref: MAIN, tip: TIP }], objects: names.includes(TIP) ? [TIP] : [] }),
    told: (uuids) => said.push(`told of ${uuids.join(' ')}`),
    peerSeen: (address) => said.push(`${address} is seen`),
    held: () => state.held,
    log: (network, text) => said.push(`${network}: ${text}`),
    warn: (network, text) => said.push(`${network}! ${text}`),
    statusChanged: () => undefined,
    forget: (network) => said.push(`forget ${network}`),
    nowMs: () => performance.now(),
    wallMsOf: (ms) => ms,
    random: () => 1,
    ...part,
  });
  const last = (network: string): TestLoop =>
    loops.findLast((loop) => loop.network === network) ?? expect.fail(`no loop of ${network}`);
  const listen = (network: string): void =>
    last(network).say({ kind: 'listening', how: `the socket of ${network}`, addresses: [`p2p-annex::${network}:me`] });
  return { services, config, state, loops, said, last, listen };
}

const TASK = { directory: '/r', gitDir: '/r/.git', repositoryVariables: {}, settings: {}, secrets: {}, uuid: 'us' };
const here = (peer: PeerIdentity, sinceMs = 0): PeerHere => ({ ...peer, sinceMs, streams: 1, isWaiting: true });

test('each network of the config is served, and one that is no more in it is ended and forgotten', () => {
  const { services, config, said, loops, last, listen } = makeStage(['tor', 'sock']);
  services.configured(false);
  expect(loops.map(({ network }) => network)).toEqual(['tor', 'sock']);
  listen('tor');
  listen('sock');
  config.networks = ['sock'];
  services.configured(false);
  expect(last('tor').orders).toContain('close kindly');
  last('tor').say(CLOSED);
  expect(said).toContain('forget tor');
  expect(services.statuses().map(({ network }) => network)).toEqual(['sock']);
});

test('at each reading of the config tokens are looked at anew, and a loop goes on unless it is served with something else', () => {
  const { services, config, loops, last, listen } = makeStage(['sock']);
  services.configured(false);
  listen('sock');
  services.configured(false);
  expect([loops.length, last('sock').orders]).toEqual([1, ['{"kind":"recheck"}']]);
  config.port = 9150;
  services.configured(false);
  expect(last('sock').orders).toContain('close kindly');
  last('sock').say(CLOSED);
  expect(loops).toHaveLength(2);
});

test('who has a friend more is served on as it was, and told of him once', () => {
  const { services, config, loops, last, listen } = makeStage(['xmpp']);
  services.configured(false);
  listen('xmpp');
  config.friends = ['ann@peers.test', 'ben@peers.test'];
  services.configured(false);
  services.configured(false);
  const known = '{"settings":{"xmppFriends":["ann@peers.test","ben@peers.test"]},"shared":[]}';
  const recheck = '{"kind":"recheck"}';
  expect(last('xmpp').orders).toEqual([`{"kind":"acquaint","acquaintances":${known}}`, recheck, recheck]);
  expect(loops).toHaveLength(1);
});

test('a network that comes back to the config before its loop has ended is begun anew when it has', () => {
  const { services, config, loops, last } = makeStage(['sock']);
  services.configured(false);
  config.networks = [];
  services.configured(false);
  config.networks = ['sock'];
  services.configured(false);
  expect(loops).toHaveLength(1);
  last('sock').say(CLOSED);
  expect(loops).toHaveLength(2);
});

test('a network that was taken out of the config does not come back with RESUME', () => {
  const { services, config, loops, said, last } = makeStage(['sock']);
  services.configured(false);
  config.networks = [];
  services.configured(false);
  services.resume();
  last('sock').say(CLOSED);
  expect([loops.length, said.at(-1)]).toEqual([1, 'forget sock']);
});

test('while all is held nothing is served, and after that all is again', () => {
  const { services, state, loops, last, listen } = makeStage(['sock']);
  services.configured(false);
  listen('sock');
  state.held = 'paused';
  services.hold('kindly');
  last('sock').say(CLOSED);
  services.configured(true);
  expect([loops.length, services.statuses()]).toEqual([1, [expect.objectContaining({ state: 'paused', peers: [] })]]);
  state.held = 'no';
  services.resume();
  expect(loops).toHaveLength(2);
});

test('what somebody has to set up first is tried when a config was read again, which may be that', async () => {
  const { services, loops, last } = makeStage(['sock']);
  services.configured(false);
  last('sock').say({
    kind: 'ended',
    ending: { kind: 'failed', failure: { code: 'not-set-up', detail: 'no program' } },
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(loops).toHaveLength(1);
  services.configured(false);
  expect(loops).toHaveLength(2);
});

test('what became of an invitation is told to the loop by which it came, and to no later one', async () => {
  let taken = (_: { kind: 'taken'; remote: string }): void => undefined;
  const { services, loops, last, listen } = makeStage(['sock'], {
    takeInvitation: () =>
      new Promise((resolve) => {
        taken = resolve;
      }),
  });
  services.configured(false);
  listen('sock');
  last('sock').say({ kind: 'invited', invitation: 1, text: 'secret', peer: ANNE });
  await vi.advanceTimersByTimeAsync(0);
  last('sock').say(CLOSED);
  await vi.advanceTimersByTimeAsync(1_100);
  taken({ kind: 'taken', remote: 'anne' });
  await vi.advanceTimersByTimeAsync(0);
  expect(loops.map(({ orders }) => orders.filter((order) => order.includes('invitation-done')).length)).toEqual([1, 0]);
});

test('what cannot be served is tried again by itself, at once when it is asked for, and says why meanwhile', async () => {
  const { services, said, loops, last } = makeStage(['sock']);
  const fail = (): void =>
    last('sock').say({
      kind: 'ended',
      ending: { kind: 'failed', failure: { code: 'unreachable', detail: 'no program' } },
    });
  services.configured(false);
  fail();
  expect(services.statuses()).toEqual([
    expect.objectContaining({ state: 'waiting', lastError: { at: expect.any(String), text: 'no program' } }),
  ]);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(loops).toHaveLength(2);
  fail();
  services.configured(true);
  expect(loops).toHaveLength(3);
  fail();
  services.wake();
  expect(loops).toHaveLength(4);
  expect(said.filter((text) => text.startsWith('sock!'))).toEqual(['sock! cannot be served: no program']);
});

test('who comes and goes is told by name, counted as seen, and shown', () => {
  const { services, said, last, listen } = makeStage(['sock']);
  services.configured(false);
  listen('sock');
  const stranger: PeerIdentity = { tokenId: 'id-x', uuid: 'u\u001b[31m-x', rights: 'write' };
  last('sock').say({ kind: 'peers', peers: [here(ANNE)] });
  last('sock').say({ kind: 'peers', peers: [here(ANNE), here(stranger, 1_000)] });
  last('sock').say({ kind: 'peers', peers: [here(stranger, 1_000)] });
  expect(said.filter((text) => text.startsWith('sock: '))).toEqual([
    'sock: served, by the socket of sock',
    'sock: anne has come, and may read',
    expect.stringMatching(/^sock: a peer that calls itself u[^\u001b]*x has come, and may read and write$/),
    'sock: anne has left',
  ]);
  expect(said.filter((text) => text.startsWith('seen'))).toEqual(['seen id-a', 'seen id-a', 'seen id-x', 'seen id-x']);
  expect(said.filter((text) => text.startsWith('came'))).toEqual(['came id-a', 'came id-x']);
  expect(services.statuses()[0]?.peers).toEqual([
    { uuid: expect.not.stringContaining('\u001b'), rights: 'write', since: '1970-01-01T00:00:01.000Z' },
  ]);
  last('sock').say(CLOSED);
  expect(services.statuses()[0]?.peers).toEqual([]);
});

test('what has changed here is offered where somebody can hear of it, by ref and by object', async () => {
  const asked: (readonly string[])[] = [];
  const lookUp: ServicesTools['lookUp'] = async (names) => {
    asked.push(names);
    return { refs: [{ ref: MAIN, tip: TIP }], objects: [TIP] };
  };
  const { services, last, listen } = makeStage(['sock', 'tor'], { lookUp });
  services.configured(false);
  services.changed([MAIN]);
  expect(asked).toEqual([]);
  listen('sock');
  services.changed([MAIN, TIP]);
  await vi.advanceTimersByTimeAsync(0);
  expect(last('sock').orders).toEqual([
    JSON.stringify({ kind: 'offer', refs: [{ ref: MAIN, tip: TIP }], objects: [TIP] }),
  ]);
  expect(last('tor').orders).toEqual([]);
});

test('of what changes while the first of it is looked up, each is looked up once, and no more than some at a time', async () => {
  const asked: (readonly string[])[] = [];
  const lookUp: ServicesTools['lookUp'] = async (names) => {
    asked.push(names);
    await Promise.resolve();
    if (names.includes('refs/heads/bad')) throw new Error('no git');
    return { refs: [], objects: [] };
  };
  const { services, said, listen } = makeStage(['sock'], { lookUp });
  services.configured(false);
  listen('sock');
  services.changed(['refs/heads/a']);
  for (let times = 0; times < 100; times += 1) services.changed(['refs/heads/b', 'refs/heads/c']);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([['refs/heads/a'], ['refs/heads/b', 'refs/heads/c']]);
  services.changed(Array.from({ length: 1_200 }, (_, index) => `refs/heads/${index}`));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.slice(2).map(({ length }) => length)).toEqual([500, 500, 200]);
  services.changed(['refs/heads/bad']);
  await vi.advanceTimersByTimeAsync(0);
  services.changed(['refs/heads/a']);
  await vi.advanceTimersByTimeAsync(0);
  expect([asked.at(-1), said.at(-1)]).toEqual([['refs/heads/a'], expect.stringContaining('not told to peers')]);
});

test('invitations are taken one after the other, answered in words, and no secret is in the log', async () => {
  const under = { way: 0, most: 0 };
  const takeInvitation: ServiceTools['takeInvitation'] = async (text) => {
    under.way += 1;
    under.most = Math.max(under.most, under.way);
    await Promise.resolve();
    under.way -= 1;
    if (text === 'secret-2') throw new Error(`cannot write secret-2`);
    return text === 'secret-1' ? { kind: 'taken', remote: 'peer1' } : { kind: 'refused', why: 'not expected' };
  };
  const { services, said, last, listen } = makeStage(['sock'], { takeInvitation });
  services.configured(false);
  listen('sock');
  for (const invitation of [1, 2, 3])
    last('sock').say({ kind: 'invited', invitation, text: `secret-${invitation}`, peer: ANNE });
  await vi.advanceTimersByTimeAsync(1);
  expect(last('sock').orders.map((order) => JSON.parse(order))).toEqual([
    { kind: 'invitation-done', invitation: 1 },
    { kind: 'invitation-done', invitation: 2, why: 'it could not be kept here' },
    { kind: 'invitation-done', invitation: 3, why: 'not expected' },
  ]);
  expect(under.most).toBe(1);
  expect(said).toContain('sock: anne invites in return, and is the remote peer1');
  expect(said.join('\n')).not.toContain('secret-');
});

test('children that a loop has left are ended with it, and a fault here ends the loop and nothing else', () => {
  const seen = (): void => {
    throw new Error('thrown on purpose');
  };
  const { services, said, last, listen } = makeStage(['sock'], { seen });
  services.configured(false);
  listen('sock');
  last('sock').say({ kind: 'child', pgid: 42, running: true });
  last('sock').say({ kind: 'peers', peers: [here(ANNE)] });
  expect(last('sock').orders).toEqual(['close now']);
  last('sock').say(CLOSED);
  expect(said).toContain('child sock 42 true');
  expect(said).toContain('children of sock end');
  expect(services.statuses()[0]?.state).toBe('waiting');
});

test('on the way out it is told when none is left', async () => {
  const { services, last } = makeStage(['sock', 'tor']);
  services.configured(false);
  services.remove('kindly');
  let isGone = false;
  void services.gone().then(() => {
    isGone = true;
  });
  last('sock').say(CLOSED);
  await vi.advanceTimersByTimeAsync(0);
  expect(isGone).toBe(false);
  last('tor').say(CLOSED);
  await vi.advanceTimersByTimeAsync(0);
  expect(isGone).toBe(true);
  await makeStage([]).services.gone();
});

test('whoever looks for a fault is told all of it, and no token', () => {
  const { services, last, listen } = makeStage(['sock']);
  services.configured(false);
  listen('sock');
  last('sock').say({ kind: 'peers', peers: [here(ANNE)] });
  const [{ network, lines } = expect.fail('none is described')] = services.describe();
  expect([network, ...lines]).toEqual([
    'sock',
    expect.stringMatching(/^state .*listening/),
    expect.stringMatching(/^peers .*id-a/),
  ]);
});

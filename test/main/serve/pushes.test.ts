// Owns: the turns of peers that push, in a real lane, and what each is told.
// Leaves: git, which a worker runs (test/end-to-end/peers-serve.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLane, REAL_TIME } from '../../../src/main/git/git-lane.ts';
import type { Operation } from '../../../src/main/git/lane-turn.ts';
import type { RunningOperation } from '../../../src/main/git/operation.ts';
import { createWriteRequests } from '../../../src/main/git/write-requests.ts';
import { createPushes } from '../../../src/main/serve/pushes.ts';
import type { PeerIdentity, ServeOrder } from '../../../src/shared/serve-messages.ts';

const ANNE: PeerIdentity = { tokenId: 'a', uuid: 'u-a', rights: 'write' };
const BEN: PeerIdentity = { tokenId: 'b', uuid: 'u-b', rights: 'write' };
const PATIENT_MS = 120_000;

function makeStage() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const lane = createLane({ most: 2, quietMs: 5_000, timeoutMs: () => PATIENT_MS, ...REAL_TIME });
  const orders: string[] = [];
  const said: string[] = [];
  const [written, idle]: [boolean[], boolean[]] = [[], []];
  const here: { whyNot?: string } = {};
  const pushes = createPushes({
    keys: 'sock 1',
    order: (order) => orders.push(textOf(order)),
    whyNot: () => here.whyNot,
    nameOf: ({ uuid }) => uuid,
    log: (text) => said.push(text),
    onIdle: () => idle.push(pushes.isRunning()),
    ...createWriteRequests(lane, ({ ok }) => written.push(ok)),
  });
  const wants = (turn: number, peer: PeerIdentity): void => pushes.onReport({ kind: 'wants-write', turn, peer });
  const over = (turn: number): void => pushes.onReport({ kind: 'write-over', turn, ok: true });
  return {
    lane,
    orders,
    said,
    written,
    idle,
    here,
    pushes,
    wants,
    over,
    settled: () => vi.advanceTimersByTimeAsync(1),
  };
}

function textOf(order: ServeOrder): string {
  if (order.kind === 'end-write') return `end ${order.turn}`;
  if (order.kind !== 'write-turn') return order.kind;
  return `${order.denial === undefined ? 'go' : 'no'} ${order.turn}${order.denial === undefined ? '' : `: ${order.denial}`}`;
}

/** A fetch that runs until it is told that it is over. */
function startFetch(lane: ReturnType<typeof createLane>): () => void {
  let over = (): void => undefined;
  const finished = new Promise<{ ok: true }>((resolve) => {
    over = () => resolve({ ok: true });
  });
  const running: RunningOperation = { finished, onSign: () => undefined, end: async () => over() };
  const operation: Operation = {
    key: 'fetch o',
    start: () => running,
    onStart: () => undefined,
    onDone: () => undefined,
  };
  lane.request({ ...operation, shares: 'fetch' });
  return () => over();
}

test('a push has its turn when nothing else writes here, and the next when it is over', async () => {
  const { lane, orders, said, written, wants, over, settled } = makeStage();
  const fetched = startFetch(lane);
  await settled();
  wants(1, ANNE);
  wants(2, BEN);
  await settled();
  expect(orders).toEqual([]);
  fetched();
  await settled();
  expect(orders).toEqual(['go 1']);
  over(1);
  await settled();
  expect([orders, said, written]).toEqual([['go 1', 'go 2'], ['u-a pushes', 'u-a has pushed', 'u-b pushes'], [true]]);
});

test('it is told when nobody pushes any more', async () => {
  const { idle, pushes, wants, over, settled } = makeStage();
  wants(1, ANNE);
  expect(pushes.isRunning()).toBe(false);
  await settled();
  wants(2, BEN);
  expect([pushes.isRunning(), idle]).toEqual([true, []]);
  over(1);
  await settled();
  over(2);
  await settled();
  expect([pushes.isRunning(), idle.at(-1)]).toEqual([false, false]);
});

test('how a push has failed is told, and the next has its turn', async () => {
  const { orders, said, pushes, wants, settled } = makeStage();
  wants(1, ANNE);
  wants(2, BEN);
  await settled();
  pushes.onReport({ kind: 'write-over', turn: 1, ok: false, detail: 'the pack is broken' });
  await settled();
  expect(said).toEqual(['u-a pushes', 'u-a could not push: the pack is broken', 'u-b pushes']);
  expect(orders).toEqual(['go 1', 'go 2']);
});

test('who may only read is denied in words, and so is everybody while nothing may be written', async () => {
  const { orders, here, wants, settled } = makeStage();
  wants(1, { ...ANNE, rights: 'read' });
  here.whyNot = 'paused';
  wants(2, ANNE);
  await settled();
  expect(orders).toEqual(['no 1: this repository may only be read by you', 'no 2: paused']);
});

test('a push that waits when all that waits is forgotten is denied', async () => {
  const { lane, orders, here, wants, settled } = makeStage();
  wants(1, ANNE);
  wants(2, BEN);
  await settled();
  here.whyNot = 'paused';
  lane.clearWaiting();
  expect(orders).toEqual(['go 1', 'no 2: paused']);
});

test('a peer that is gone before its turn leaves no turn behind, and is told nothing', async () => {
  const { orders, said, wants, over, settled } = makeStage();
  wants(1, ANNE);
  wants(2, BEN);
  wants(3, ANNE);
  await settled();
  over(2);
  over(1);
  await settled();
  expect(orders).toEqual(['go 1', 'go 3']);
  expect(said).not.toContain('u-b pushes');
});

test('a push without a sign of life is ended, and one that moves is not', async () => {
  const { orders, said, pushes, wants, over, settled } = makeStage();
  wants(1, ANNE);
  await settled();
  for (let times = 0; times < 4; times += 1) {
    await vi.advanceTimersByTimeAsync(PATIENT_MS - 1_000);
    pushes.onReport({ kind: 'write-activity', turn: 1, bytes: 10 });
  }
  expect(orders).toEqual(['go 1']);
  await vi.advanceTimersByTimeAsync(PATIENT_MS + 1_000);
  expect(orders).toEqual(['go 1', 'end 1']);
  pushes.onReport({ kind: 'write-over', turn: 1, ok: false, detail: 'ended' });
  await settled();
  expect(said.at(-1)).toMatch(/^u-a could not push: .*no sign of life/);
  // Of one that is over nothing is to be heard any more.
  over(1);
  pushes.onReport({ kind: 'write-activity', turn: 1, bytes: 10 });
});

test('a push that is told to end and does not holds up the others for a few seconds only', async () => {
  const { lane, orders, wants, settled } = makeStage();
  wants(1, ANNE);
  await settled();
  let ended = false;
  void lane.endRunning().then(() => {
    ended = true;
  });
  wants(2, BEN);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([ended, orders]).toEqual([false, ['go 1', 'end 1']]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([ended, orders]).toEqual([true, ['go 1', 'end 1', 'go 2']]);
});

test('with its loop all pushes are over', async () => {
  const { lane, said, written, pushes, wants, settled } = makeStage();
  wants(1, ANNE);
  wants(2, BEN);
  await settled();
  pushes.loopEnded();
  await settled();
  expect(lane.isIdle()).toBe(true);
  expect([said, written]).toEqual([['u-a pushes', 'u-a could not push: it was ended before it was done'], [false]]);
});

test('one who asks again and again does not keep others from their turn', async () => {
  const { orders, wants, over, settled } = makeStage();
  for (let turn = 1; turn <= 20; turn += 1) wants(turn, ANNE);
  wants(30, BEN);
  await settled();
  expect(orders.filter((order) => order.startsWith('no'))).toHaveLength(16);
  for (let turn = 1; turn <= 4; turn += 1) {
    over(turn);
    await settled();
  }
  expect(orders.at(-1)).toBe('go 30');
});

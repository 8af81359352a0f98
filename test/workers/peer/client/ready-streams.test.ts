// Owns: when a stream to a peer is made ready, on made-up time: after use, after an end, and after failures.
// Leaves: real streams (peer-link.test.ts).
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DaemonError } from '../../../../src/shared/failures.ts';
import { createReadyStreams, type ReadyStreams } from '../../../../src/workers/peer/client/ready-streams.ts';
import type { PeerSession } from '../../../../src/workers/peer/client/session.ts';
import { openP2pStream } from '../../../../src/workers/peer/p2p-stream.ts';

interface Opened {
  readonly session: PeerSession;
  readonly duplex: PassThrough;
}

/** A peer that lets in whenever the test says so. */
function makePeer() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const asked: ((answer: DaemonError | undefined) => void)[] = [];
  const opened: Opened[] = [];
  const over = new AbortController();
  const givenUp: string[] = [];
  const open = async (): Promise<PeerSession> => {
    const failure = await new Promise<DaemonError | undefined>((resolve) => asked.push(resolve));
    if (failure) throw failure;
    const duplex = new PassThrough();
    const session = { stream: openP2pStream(duplex), uuid: 'peer', features: new Set<never>() };
    opened.push({ session, duplex });
    return session;
  };
  const ready = createReadyStreams({ open, onGiveUp: ({ code }) => void givenUp.push(code), signal: over.signal });
  onTestFinished(async () => {
    over.abort();
    asked.shift()?.(new DaemonError('dropped', 'over'));
    await ready.over;
  });
  return { ready, asked, opened, over, givenUp, answer: (failure?: DaemonError) => settle(asked, failure) };
}

async function settle(asked: ((answer: DaemonError | undefined) => void)[], failure?: DaemonError): Promise<void> {
  asked.shift()?.(failure);
  await vi.advanceTimersByTimeAsync(0);
}

const sessionOf = async (ready: ReadyStreams) => (await ready.take())?.session;

test('one is ready, is taken once, and replaced when whoever took it has done with it, or after a second', async () => {
  const { ready, asked, opened, answer } = makePeer();
  await answer();
  expect(await sessionOf(ready)).toBe(opened[0]?.session);
  expect(await ready.take()).toBeUndefined();
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(0);
  opened[0]?.session.stream.destroy();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  await answer();
  expect(await sessionOf(ready)).toBe(opened[1]?.session);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(1);
});

test('one that is ready is asked whether it is alive: kept if it answers, and replaced if it does not', async () => {
  const { ready, asked, opened, answer } = makePeer();
  expect(await ready.isAnswered(1_000)).toBe(false);
  await answer();
  const [first] = opened;
  const isAnswered = ready.isAnswered(1_000);
  // While it is asked it is nobody else's; what it is asked comes back, which is an answer as well.
  expect(await ready.take()).toBeUndefined();
  expect(await isAnswered).toBe(true);
  first?.duplex.cork();
  const isSilent = ready.isAnswered(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await isSilent).toBe(false);
  expect(first?.duplex.destroyed).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(1);
  await answer();
  expect(await sessionOf(ready)).toBe(opened[1]?.session);
});

test('whoever comes while one is being opened gets it; who comes second, and whoever waits for one that fails, none', async () => {
  const { ready, opened, answer } = makePeer();
  const [first, second] = [sessionOf(ready), sessionOf(ready)];
  expect(await second).toBeUndefined();
  await answer();
  expect(await first).toBe(opened[0]?.session);
  // Of which nobody need have heard yet.
  opened[0]?.duplex.destroy(new Error('broken'));
  await vi.advanceTimersByTimeAsync(1_000);
  const third = sessionOf(ready);
  await answer(new DaemonError('unreachable', 'nobody'));
  expect(await third).toBeUndefined();
});

test('one that ends, or says something unasked, is used by nobody; another comes, ever more rarely', async () => {
  const { ready, asked, opened, answer } = makePeer();
  for (const waitMs of [1_000, 2_000, 4_000]) {
    await answer();
    const last = opened.at(-1);
    if (waitMs === 2_000) last?.duplex.write('220 mail\n');
    else last?.duplex.end();
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(await ready.take()).toBeUndefined();
    expect(asked).toHaveLength(0);
    expect(last?.duplex.destroyed).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(1);
  }
  // One that was there for a while is another matter.
  await answer();
  await vi.advanceTimersByTimeAsync(61_000);
  opened.at(-1)?.duplex.end();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
});

test('failures are tried again, but for those that nothing but a person mends', async () => {
  const { asked, givenUp, answer, ready } = makePeer();
  await answer(new DaemonError('unreachable', 'nobody'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(1);
  await answer(new DaemonError('auth-refused', 'no'));
  expect(givenUp).toEqual(['auth-refused']);
  await ready.over;
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked).toHaveLength(0);
  expect(await ready.take()).toBeUndefined();
});

test('one that may be dead is dropped, and replaced at once', async () => {
  const { ready, asked, opened, answer } = makePeer();
  await answer();
  ready.renew();
  expect(opened[0]?.duplex.destroyed).toBe(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
});

test('when the link is over none is left, nor opened', async () => {
  const { ready, asked, opened, over, answer } = makePeer();
  await answer();
  over.abort();
  await ready.over;
  expect(opened[0]?.duplex.destroyed).toBe(true);
  expect(asked).toHaveLength(0);
});

import { describe, expect, test } from 'vitest';
import { createLane, type Lane } from '../../../src/main/git/git-lane.ts';
import type { Outcome, RunningOperation } from '../../../src/main/git/operation.ts';
import type { Shown } from '../../../src/main/git/progress.ts';
import { remoteName } from '../../../src/shared/remote.ts';

const FAILED: Outcome = { ok: false, failure: { code: 'dropped', detail: 'ended' } };

/** Enough to be worth the name. */
const MOVING: Shown = { bytes: 1_000_000, works: false };

const SHARING = ['fetch', 'push', 'received'] as const;

/** Time that passes only when it is told to. */
function madeUpTime() {
  let nowMs = 0;
  const timers = new Map<object, { readonly atMs: number; readonly callBack: () => void }>();
  const pass = async (ms: number): Promise<void> => {
    const untilMs = nowMs + ms;
    for (;;) {
      const due = [...timers].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      timers.delete(due[0]);
      nowMs = due[1].atMs;
      due[1].callBack();
      await settled();
    }
    nowMs = untilMs;
  };
  const setTimer = (callBack: () => void, ms: number): (() => void) => {
    const key = {};
    timers.set(key, { atMs: nowMs + ms, callBack });
    return () => timers.delete(key);
  };
  return { pass, nowMs: () => nowMs, setTimer };
}

/** Lets every promise that can settle without an event do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A lane, and operations that run until they are told to end; `log` says what became of each. */
function setUp(most = 1) {
  const time = madeUpTime();
  const log: string[] = [];
  const lane = createLane({
    most,
    quietMs: 5_000,
    timeoutMs: () => 120_000,
    nowMs: time.nowMs,
    setTimer: time.setTimer,
  });
  const processes = new Map<
    string,
    { sign: (shown?: Shown) => void; finish: (outcome: Outcome) => Promise<void>; isStubborn: boolean }
  >();

  const start = (name: string): RunningOperation => {
    let sign: (shown: Shown) => void = () => undefined;
    let settle: (outcome: Outcome) => void = () => undefined;
    const finished = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    const handle = {
      sign: (shown: Shown = MOVING) => sign(shown),
      finish: async (outcome: Outcome) => {
        settle(outcome);
        await settled();
      },
      isStubborn: false,
    };
    processes.set(name, handle);
    return {
      finished,
      onSign: (listener) => {
        sign = listener;
      },
      end: async () => {
        log.push(`ending ${name}`);
        if (!handle.isStubborn) settle(FAILED);
        await finished;
      },
    };
  };
  const request = async (
    name: string,
    remote?: string,
    patienceMs?: number,
    mostBytes?: () => number,
    grownMs?: (usualMs: number) => number,
    isQuick?: () => boolean,
  ): Promise<void> => {
    const sharing = SHARING.find((each) => name.startsWith(each));
    lane.request({
      key: name,
      ...(remote !== undefined && { remote: remoteName(remote) }),
      ...(sharing && { shares: sharing }),
      ...(patienceMs !== undefined && { patienceMs }),
      ...(mostBytes && { mostBytes }),
      ...(grownMs && { grownMs }),
      ...(isQuick && { isQuick }),
      start: () => start(name),
      onPace: ({ bytes, crawls, step }) => {
        if (step) log.push(`${name} is at ${step.text}`);
        else if (bytes > 0) log.push(`${name} ${CRAWLS[crawls]}, ${bytes} bytes`);
      },
      onStart: () => log.push(`start ${name}`),
      onDone: (outcome) => log.push(`done ${name} ${outcome.ok ? 'ok' : outcome.failure.code}`),
    });
    await settled();
  };
  const processOf = (name: string) => {
    const found = processes.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  };
  const running = (names: readonly string[]): string[] => names.filter((name) => processes.has(name));
  const finish = (name: string): Promise<void> => processOf(name).finish({ ok: true });
  const news = (): string[] => log.splice(0);
  /** A fetch of a remote of its own, which is quick from when it is said to be. */
  const requestQuick = (name: string, isQuick: () => boolean, remote = name): Promise<void> =>
    request(name, remote, undefined, undefined, undefined, isQuick);
  return { ...time, lane, request, requestQuick, processOf, running, finish, news };
}

const CRAWLS = { no: 'moves', 'a-while': 'crawls', long: 'crawls for long' };

const throwingOperation = (log: string[]) => ({
  key: 'broken',
  start: (): RunningOperation => {
    throw new Error('no such thing');
  },
  onStart: () => log.push('start'),
  onDone: (outcome: Outcome) => log.push(outcome.ok ? 'ok' : outcome.failure.code),
});

describe('the lane', () => {
  test('runs one operation at a time, in the order they were asked for', async () => {
    const { request, finish, news } = setUp();
    await request('a');
    await request('b');
    await request('c');
    expect(news()).toEqual(['start a']);
    await finish('a');
    await finish('b');
    expect(news()).toEqual(['done a ok', 'start b', 'done b ok', 'start c']);
  });

  test('joins a request to one that waits, and earns another turn for one that runs', async () => {
    const { request, finish, news, lane } = setUp();
    await request('a');
    await request('a');
    await request('a');
    await request('b');
    await request('b');
    await finish('a');
    await finish('a');
    await finish('b');
    expect(news()).toEqual(['start a', 'done a ok', 'start a', 'done a ok', 'start b', 'done b ok']);
    await lane.whenIdle();
    expect(lane.isIdle()).toBe(true);
  });

  test('lets the next start beside one that shows no sign for five seconds', async () => {
    const { request, pass, finish, news } = setUp();
    await request('stuck');
    await request('b');
    await request('c');
    await pass(4_999);
    expect(news()).toEqual(['start stuck']);
    await pass(1);
    expect(news()).toEqual(['start b']);
    await finish('b');
    expect(news()).toEqual(['done b ok', 'start c']);
    await pass(5_000);
    await request('d');
    expect(news()).toEqual(['start d']);
  });

  test('keeps the others waiting while something moves, but not for longer than five seconds', async () => {
    const { request, pass, processOf, news } = setUp();
    await request('a');
    await request('b');
    await pass(4_000);
    processOf('a').sign();
    await pass(999);
    expect(news()).toEqual(['start a']);
    await pass(1);
    expect(news()).toEqual(['start b']);
  });

  test('tells how far one is that takes longer than two seconds, and once a second at most', async () => {
    const { request, pass, processOf, news } = setUp();
    await request('fetch a', 'a');
    const steps = async (from: number, to: number): Promise<void> => {
      for (let percent = from; percent < to; percent += 1) {
        processOf('fetch a').sign({ bytes: 0, works: true, step: { text: `${percent}%`, percent } });
        await pass(100);
      }
    };
    await steps(0, 20);
    expect(news()).toEqual(['start fetch a']);
    await steps(20, 41);
    expect(news()).toEqual(['fetch a is at 20%', 'fetch a is at 30%', 'fetch a is at 40%']);
    // Another git begins: what the one before it said holds no more.
    processOf('fetch a').sign({ bytes: 0, works: false, begins: true });
    await pass(2_000);
    processOf('fetch a').sign({ bytes: 0, works: true, step: { text: 'anew' } });
    expect(news()).toEqual(['fetch a is at anew']);
  });

  test('is not held up by any number that drip, and tells of them', async () => {
    const { request, pass, processOf, news } = setUp(2);
    const drips = ['fetch a', 'fetch b', 'fetch c', 'fetch d'];
    for (const name of drips) await request(name, name);
    await request('fetch good', 'good');
    const drip = async (names: readonly string[], seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second += 1) {
        for (const name of names) processOf(name).sign({ bytes: 10, works: false });
        await pass(1_000);
      }
    };
    await drip(drips.slice(0, 2), 5);
    expect(news()).toEqual(['start fetch a', 'start fetch b', 'start fetch c', 'start fetch d']);
    await drip(drips, 5);
    expect(news()).toEqual(['start fetch good']);
    await drip(drips, 20);
    expect(news()).toEqual(['fetch a crawls, 300 bytes', 'fetch b crawls, 300 bytes']);
    await drip(['fetch a'], 90);
    expect(news()).toContain('fetch a crawls for long, 1200 bytes');
    processOf('fetch a').sign();
    expect(news()).toEqual(['fetch a moves, 1001200 bytes']);
  });

  test('is not kept up for ever by many that move, either', async () => {
    const { request, pass, processOf, running, news } = setUp(2);
    const names = Array.from({ length: 8 }, (_, index) => `fetch ${index}`);
    for (const name of [...names, 'fetch good']) await request(name, name);
    for (let second = 0; second < 30; second += 1) {
      for (const name of running(names)) processOf(name).sign();
      await pass(1_000);
    }
    expect(news()).toContain('start fetch good');
  });

  test('ends what brings more than it may by then, whatever it was when it was asked for', async () => {
    const { lane, request, finish, processOf, news } = setUp(2);
    let mostBytes = 1_000;
    await request('push', 'a');
    await request('fetch a', 'a', undefined, () => mostBytes);
    mostBytes = 4_000;
    await finish('push');
    processOf('fetch a').sign({ bytes: 4_000, works: false });
    mostBytes = 5_000;
    lane.activity(remoteName('a'), 5_000);
    expect(news()).toEqual(['start push', 'done push ok', 'start fetch a']);
    lane.activity(remoteName('a'), 1);
    await settled();
    expect(news()).toEqual(['ending fetch a', 'done fetch a too-big']);
  });

  test('counts what each git of an operation brings by itself', async () => {
    const { lane, request, processOf, news } = setUp(2);
    await request('fetch a', 'a', undefined, () => 5_000);
    for (let gits = 0; gits < 3; gits += 1) {
      processOf('fetch a').sign({ bytes: 0, works: false, begins: true });
      processOf('fetch a').sign({ bytes: 4_000, works: false });
      lane.activity(remoteName('a'), 4_000);
    }
    await settled();
    expect(news()).toEqual(['start fetch a']);
    lane.activity(remoteName('a'), 1_001);
    await settled();
    expect(news()).toEqual(['ending fetch a', 'done fetch a too-big']);
  });

  test('fails what runs when it is told why', async () => {
    const { lane, request, news } = setUp(2);
    await request('fetch a', 'a');
    await request('fetch b', 'b');
    lane.failRunning(({ key }) => key === 'fetch a', { code: 'no-room', detail: 'the disk is full' });
    await settled();
    expect(news()).toEqual(['start fetch a', 'start fetch b', 'ending fetch a', 'done fetch a no-room']);
  });

  test('takes bytes through a relay for a sign', async () => {
    const { request, pass, lane, news } = setUp();
    await request('fetch a', 'a');
    await request('fetch b', 'b');
    await pass(110_000);
    lane.activity(remoteName('a'), 0);
    await pass(11_000);
    expect(news()).not.toContain('ending fetch a');
  });

  test('never runs two operations with one remote', async () => {
    const { request, pass, finish, news } = setUp();
    await request('fetch a', 'a');
    await request('push a', 'a');
    await request('fetch a', 'a');
    await request('fetch b', 'b');
    await pass(5_000);
    expect(news()).toEqual(['start fetch a', 'start fetch b']);
    await request('push a', 'a');
    await finish('fetch a');
    await finish('fetch b');
    await finish('push a');
    await finish('fetch a');
    expect(news()).toEqual([
      'done fetch a ok',
      'done fetch b ok',
      'start push a',
      'done push a ok',
      'start fetch a',
      'done fetch a ok',
    ]);
  });

  test('lets fetches share a turn, as many as may', async () => {
    const { request, finish, news } = setUp(2);
    for (const name of ['a', 'b', 'c']) await request(`fetch ${name}`, name);
    expect(news()).toEqual(['start fetch a', 'start fetch b']);
    await finish('fetch b');
    expect(news()).toEqual(['done fetch b ok', 'start fetch c']);
  });

  test('runs alone what shares with nobody, and lets no fetch overtake it', async () => {
    const { request, finish, news } = setUp(2);
    await request('fetch a', 'a');
    await request('push b', 'b');
    await request('fetch c', 'c');
    expect(news()).toEqual(['start fetch a']);
    await finish('fetch a');
    expect(news()).toEqual(['done fetch a ok', 'start push b']);
    await finish('push b');
    expect(news()).toEqual(['done push b ok', 'start fetch c']);
  });

  test('lets a push and what is pushed here share a turn, as each may wait for the other, and nothing else with them', async () => {
    const { request, finish, news } = setUp(2);
    await request('push a', 'a');
    await request('fetch d', 'd');
    await request('received b');
    await request('received c');
    // It has overtaken the fetch: that waits for the push, which may wait for what is received.
    expect(news()).toEqual(['start push a', 'start received b']);
    await finish('push a');
    expect(news()).toEqual(['done push a ok']);
    await finish('received b');
    expect(news()).toEqual(['done received b ok', 'start fetch d']);
    await finish('fetch d');
    expect(news()).toEqual(['done fetch d ok', 'start received c']);
  });

  test('lets the others pass one that waits for a remote that is stuck', async () => {
    const { request, pass, news } = setUp(2);
    await request('fetch stuck', 'stuck');
    await request('push stuck', 'stuck');
    await request('fetch b', 'b');
    expect(news()).toEqual(['start fetch stuck', 'start fetch b']);
    await request('push c', 'c');
    await pass(5_000);
    expect(news()).toEqual(['start push c']);
  });

  test('ends what shows no sign for the whole limit as timed out, and only that', async () => {
    const { request, pass, processOf, news } = setUp();
    await request('stuck');
    await request('alive');
    for (let i = 0; i < 29; i += 1) {
      await pass(4_000);
      if (i > 0) processOf('alive').sign();
    }
    expect(news()).toEqual(['start stuck', 'start alive']);
    await pass(4_000);
    expect(news()).toEqual(['ending stuck', 'done stuck silent']);
  });

  test('gives an operation for which the limit was too short before as long as that asks for', async () => {
    const { request, pass, news } = setUp();
    await request('slow', undefined, undefined, undefined, (usualMs) => 2 * usualMs);
    await pass(239_000);
    expect(news()).toEqual(['start slow']);
    await pass(1_000);
    expect(news()).toEqual(['ending slow', 'done slow silent']);
  });

  test('frees the place only when what was ended is gone', async () => {
    const { request, pass, processOf, news } = setUp();
    await request('fetch a', 'a');
    processOf('fetch a').isStubborn = true;
    await request('fetch a', 'a');
    await pass(200_000);
    expect(news()).toEqual(['start fetch a', 'ending fetch a']);
    await processOf('fetch a').finish(FAILED);
    expect(news()).toEqual(['done fetch a silent', 'start fetch a']);
  });

  test('waits for ever for an operation that may be silent', async () => {
    const { request, pass, finish, news } = setUp();
    await request('maintenance', undefined, Number.POSITIVE_INFINITY);
    await pass(24 * 3_600_000);
    await finish('maintenance');
    expect(news()).toEqual(['start maintenance', 'done maintenance ok']);
  });

  test('forgets what waits when it is told to, and says nothing of it', async () => {
    const { request, finish, news, lane } = setUp();
    await request('a', 'x');
    await request('b', 'x');
    await request('c');
    lane.clearWaiting();
    await finish('a');
    expect(news()).toEqual(['start a', 'done a ok']);
    expect(lane.isIdle()).toBe(true);
    await request('b', 'x');
    expect(news()).toEqual(['start b']);
  });

  test('ends all that runs when it is told to, or what is meant, each with its outcome', async () => {
    const { request, pass, news, lane } = setUp();
    await request('a');
    await request('b');
    await request('c');
    await pass(10_000);
    expect(news()).toEqual(['start a', 'start b', 'start c']);
    await lane.endRunning(({ key }) => key === 'b');
    expect(news()).toEqual(['ending b', 'done b dropped']);
    await lane.endRunning();
    expect(news()).toEqual(['ending a', 'ending c', 'done a dropped', 'done c dropped']);
  });

  test('says that an operation is done though it could not even start', async () => {
    const { lane, request, news } = setUp();
    const log: string[] = [];
    lane.request(throwingOperation(log));
    await settled();
    expect(log).toEqual(['start', 'unknown']);
    await request('next');
    expect(news()).toEqual(['start next']);
  });

  test('is idle already when it says that the last operation is done', async () => {
    const { lane, finish, request } = setUp();
    const seen: boolean[] = [];
    const watch = (watched: Lane): void => void seen.push(watched.isIdle());
    lane.request({ ...throwingOperation([]), onStart: () => undefined, onDone: () => watch(lane) });
    await settled();
    await request('a');
    await finish('a');
    expect(seen).toEqual([true]);
  });
});

describe('what is quick', () => {
  const yes = (): boolean => true;

  test('starts beside all that run, be it the last that was asked for', async () => {
    const { request, requestQuick, finish, news } = setUp(2);
    for (const name of ['fetch a', 'fetch b', 'fetch c']) await request(name, name);
    await requestQuick('fetch d', yes);
    expect(news()).toEqual(['start fetch a', 'start fetch b', 'start fetch d']);
    await finish('fetch d');
    await finish('fetch a');
    expect(news()).toEqual(['done fetch d ok', 'done fetch a ok', 'start fetch c']);
  });

  test('by what another has done starts when that is done, each once', async () => {
    const { request, requestQuick, finish, news, lane } = setUp(2);
    let isHere = false;
    for (const name of ['fetch a', 'fetch b']) await request(name, name);
    for (const name of ['fetch c', 'fetch d', 'fetch e']) await requestQuick(name, () => isHere);
    expect(news()).toEqual(['start fetch a', 'start fetch b']);
    isHere = true;
    await finish('fetch a');
    expect(news()).toEqual(['done fetch a ok', 'start fetch c', 'start fetch d', 'start fetch e']);
    for (const name of ['fetch b', 'fetch c', 'fetch d', 'fetch e']) await finish(name);
    expect(news()).toEqual(['b', 'c', 'd', 'e'].map((name) => `done fetch ${name} ok`));
    expect(lane.isIdle()).toBe(true);
  });

  test('takes the place of none that waits for one', async () => {
    const { request, requestQuick, finish, news } = setUp(2);
    for (const name of ['fetch a', 'fetch b', 'fetch c', 'fetch d']) await request(name, name);
    await requestQuick('fetch e', yes);
    news();
    await finish('fetch a');
    expect(news()).toEqual(['done fetch a ok', 'start fetch c']);
    await finish('fetch b');
    expect(news()).toEqual(['done fetch b ok', 'start fetch d']);
  });

  test('waits while something of the same remote runs, and for what shares with no fetch', async () => {
    const { request, requestQuick, finish, news } = setUp(2);
    await request('push a', 'a');
    await requestQuick('fetch b', yes);
    await requestQuick('fetch a', yes, 'a');
    expect(news()).toEqual(['start push a']);
    await finish('push a');
    expect(news()).toEqual(['done push a ok', 'start fetch b', 'start fetch a']);
    await requestQuick('fetch a', yes, 'a');
    expect(news()).toEqual([]);
    await finish('fetch a');
    expect(news()).toEqual(['done fetch a ok', 'start fetch a']);
  });

  test('leaves no place to others when it takes long after all, as it had none', async () => {
    const { request, requestQuick, pass, news } = setUp(1);
    await request('fetch a', 'a');
    await requestQuick('fetch b', yes);
    for (const name of ['fetch c', 'fetch d']) await request(name, name);
    expect(news()).toEqual(['start fetch a', 'start fetch b']);
    await pass(5_000);
    expect(news()).toEqual(['start fetch c']);
  });

  test('is twenty at once, as it may turn out not to be', async () => {
    const { request, requestQuick, finish, news } = setUp(1);
    await request('fetch', 'first');
    const names = Array.from({ length: 22 }, (_, index) => `fetch ${index}`);
    for (const name of names) await requestQuick(name, yes);
    expect(news()).toEqual(['start fetch', ...names.slice(0, 20).map((name) => `start ${name}`)]);
    await finish('fetch 3');
    expect(news()).toEqual(['done fetch 3 ok', 'start fetch 20']);
  });

  test('is forgotten with the rest, and waited for when all is', async () => {
    const { request, requestQuick, finish, news, lane } = setUp(1);
    await request('other');
    await requestQuick('fetch a', yes);
    lane.clearWaiting();
    await finish('other');
    expect(news()).toEqual(['start other', 'done other ok']);
    await requestQuick('fetch b', yes);
    const idle = lane.whenIdle();
    await finish('fetch b');
    await idle;
    expect(lane.isIdle()).toBe(true);
  });
});

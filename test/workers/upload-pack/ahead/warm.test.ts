// Owns: which upload-pack waits, what it is asked, and for how long, on made-up time.
// Leaves: real ones (ask.test.ts).
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ObjectName, parseObjectName } from '../../../../src/shared/remote.ts';
import type { AskableChannel, Soundness } from '../../../../src/workers/upload-pack/ahead/ask.ts';
import type { News } from '../../../../src/workers/upload-pack/ahead/predict.ts';
import { type Asked, afterNews, createPrepared, isGoodFor } from '../../../../src/workers/upload-pack/ahead/warm.ts';

const tip = (digit: string): ObjectName => parseObjectName(digit.repeat(40)) ?? expect.unreachable(digit);
const newsOf = (...digits: readonly string[]): News => ({ tips: digits.map(tip) });

/** Those that were started, in their order: what each was asked, and whether it was let go. */
function setUp() {
  const started: { asked: News[]; soundness: Soundness; closed: boolean; end: () => void; channel: AskableChannel }[] =
    [];
  const open = async (): Promise<AskableChannel> => {
    const over = new AbortController();
    const one = {
      asked: [] as News[],
      soundness: 'sound' as Soundness,
      closed: false,
      end: () => over.abort(),
      channel: {
        stdin: new PassThrough(),
        stdout: new PassThrough(),
        stderr: new PassThrough(),
        exit: new Promise<never>(() => undefined),
        hasFetched: () => false,
        over: over.signal,
        soundness: async () => one.soundness,
        askAhead: (news: News) => one.asked.push(news),
        close: () => {
          one.closed = true;
        },
      },
    };
    started.push(one);
    return one.channel;
  };
  const prepared = createPrepared(open);
  const told = async (...digits: readonly string[]): Promise<void> => {
    prepared.expect(newsOf(...digits));
    await settled();
  };
  return { prepared, started, told };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the upload-pack that waits', () => {
  it('is asked when the news come, and serves the fetch that they bring about', async () => {
    const { prepared, started, told } = setUp();
    prepared.start();
    await told('a');
    expect(started.map(({ asked }) => asked)).toEqual([[newsOf('a')]]);
    expect(await prepared.take('fetch-after-news')).toBe(started[0]?.channel);
  });

  it('serves nobody, and is let go, if what it lists is not to be expected', async () => {
    const { prepared, started } = setUp();
    prepared.start();
    await settled();
    for (const one of started) one.soundness = 'odd';
    expect(await prepared.take('fetch')).toBeUndefined();
    expect(started.map(({ closed }) => closed)).toEqual([true]);
  });

  it('is the last of its link if its listing takes too long: no other fetch is to wait for that', async () => {
    const { prepared, started, told } = setUp();
    await told('a');
    for (const one of started) one.soundness = 'late';
    expect(await prepared.take('fetch-after-news')).toBeUndefined();
    prepared.start();
    await told('b');
    expect(started.map(({ closed }) => closed)).toEqual([true]);
  });

  it('is asked once for news that come while it is started', async () => {
    const { prepared, started } = setUp();
    prepared.expect(newsOf('a'));
    prepared.expect(newsOf('b'));
    await settled();
    expect(started.map(({ asked }) => asked)).toEqual([[newsOf('a', 'b')]]);
  });

  it('gives way at later news to one that is not asked, however many more there are', async () => {
    const { prepared, started, told } = setUp();
    for (const digit of ['a', 'b', 'c', 'd', 'e']) await told(digit);
    expect(started.map(({ asked, closed }) => [asked.length, closed])).toEqual([
      [1, true],
      [0, false],
    ]);
    expect(await prepared.take('fetch-after-news')).toBe(started[1]?.channel);
    await told('f');
    expect(started[2]?.asked).toEqual([newsOf('f')]);
  });

  it('is asked nothing where later news may come late', async () => {
    const { prepared, started } = setUp();
    prepared.expect({ ...newsOf('a'), isLate: true });
    await settled();
    expect(started.map(({ asked }) => asked)).toEqual([[]]);
    expect(await prepared.take('fetch-after-news')).toBe(started[0]?.channel);
  });

  it('serves a fetch for another reason only if it was not asked', async () => {
    const { prepared, started, told } = setUp();
    await told('a');
    expect(await prepared.take('fetch')).toBeUndefined();
    await settled();
    expect(started[0]?.closed).toBe(true);
    prepared.start();
    expect(await prepared.take('fetch')).toBe(started[1]?.channel);
  });

  it('is let go when nobody comes: after ten seconds, or after three if it was asked', async () => {
    const { prepared, started, told } = setUp();
    prepared.start();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(started[0]?.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(started[0]?.closed).toBe(true);
    await told('a');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(started[1]?.closed).toBe(true);
    expect(await prepared.take('fetch-after-news')).toBeUndefined();
  });

  it('is let go when it has ended by itself', async () => {
    const { prepared, started } = setUp();
    prepared.start();
    await settled();
    started[0]?.end();
    await settled();
    expect(started[0]?.closed).toBe(true);
    expect(await prepared.take('fetch-after-news')).toBeUndefined();
  });

  it('is let go with the link, after which none is started', async () => {
    const { prepared, started, told } = setUp();
    prepared.start();
    prepared.close();
    await told('a');
    expect(started.map(({ closed }) => closed)).toEqual([true]);
  });
});

describe('what the one that waits is asked', () => {
  const SOON: Asked = { kind: 'soon', news: newsOf('a') };

  it.each<[string, Asked, Asked]>([
    ['is the news, where it was asked nothing', { kind: 'nothing' }, { kind: 'soon', news: newsOf('b') }],
    ['is these and those that came before it was there', SOON, { kind: 'soon', news: newsOf('a', 'b') }],
    ['is nothing, where it replaces one that was asked', { kind: 'asked' }, { kind: 'never' }],
    ['is nothing, however often it is told', { kind: 'never' }, { kind: 'never' }],
  ])('%s', (_name, before, after) => {
    expect(afterNews(before, newsOf('b'))).toEqual(after);
  });

  it('are too much to ask for at once, where there are very many before it is there', () => {
    let asked: Asked = { kind: 'nothing' };
    for (let at = 0; at < 100_000; at += 1) {
      asked = afterNews(asked, { tips: [parseObjectName(at.toString(16).padStart(40, '0')) ?? tip('0')] });
    }
    expect(asked).toEqual({ kind: 'never' });
  });

  it('makes it good for the fetch that comes of the news, and for another only if it is nothing', () => {
    const all: Asked[] = [{ kind: 'nothing' }, SOON, { kind: 'asked' }, { kind: 'never' }];
    expect(all.map((asked) => isGoodFor('fetch-after-news', asked))).toEqual([true, true, true, true]);
    expect(all.map((asked) => isGoodFor('fetch', asked))).toEqual([true, false, false, true]);
  });
});

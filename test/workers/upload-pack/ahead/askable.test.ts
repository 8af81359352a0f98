// Owns: what passes between git and an upload-pack that may be asked ahead, however the bytes are cut.
// Leaves: real git at both ends (ask.test.ts), and what is predicted (predict.test.ts).
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { pktLine } from '../../../../src/shared/git-protocol/pkt-line.ts';
import { requestText, type V2Request } from '../../../../src/shared/git-protocol/v2-request.ts';
import { type ObjectName, parseObjectName } from '../../../../src/shared/remote.ts';
import { FRESH_MS } from '../../../../src/workers/upload-pack/ahead/answers.ts';
import { askableChannel } from '../../../../src/workers/upload-pack/ahead/ask.ts';
import { createPrediction, type Prediction } from '../../../../src/workers/upload-pack/ahead/predict.ts';
import type { ChannelExit } from '../../../../src/workers/upload-pack/channel.ts';

const tip = (digit: string): ObjectName => parseObjectName(digit.repeat(40)) ?? expect.unreachable(digit);
const data = (text: string): string => pktLine({ kind: 'data', text });
const GREETING = `${data('version 2')}${data('ls-refs')}0000`;
const LISTED = `${data(`${tip('a')} refs/heads/main`)}0000`;
const PACKED = `${data('packfile')}0000`;
const LISTING: V2Request = { command: 'ls-refs', capabilities: [], args: ['ref-prefix refs/heads/'] };
const FETCH: V2Request = { command: 'fetch', capabilities: [], args: [`want ${tip('a')}`, 'done'] };

/** A channel whose server is this test: `say` is its word, `heard` what reached it, `told` what reached git. */
function setUp(
  prediction: Prediction = createPrediction({ refs: { refspecs: ['refs/heads/*:refs/remotes/o/*'], tags: true } }),
) {
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const said = { heard: '', told: '', closed: 0, passed: 0 };
  const clock = { nowMs: 0 };
  toServer.on('data', (chunk: Buffer) => {
    said.heard += chunk.toString();
  });
  const channel = askableChannel(
    {
      stdin: toServer,
      stdout: fromServer,
      stderr: new PassThrough(),
      exit: new Promise<ChannelExit>(() => undefined),
      close: () => {
        said.closed += 1;
      },
    },
    {
      prediction,
      nowMs: () => clock.nowMs,
      onUnseen: () => {
        said.passed += 1;
      },
    },
  );
  channel.stdout.on('data', (chunk: Buffer) => {
    said.told += chunk.toString();
  });
  const say = async (...chunks: readonly string[]): Promise<void> => {
    for (const chunk of chunks) fromServer.write(chunk);
    await settled();
  };
  const ask = async (text: string): Promise<void> => {
    channel.stdin.write(text);
    await settled();
  };
  const hangUp = async (): Promise<void> => {
    fromServer.end();
    await settled();
  };
  return { channel, clock, prediction, said, say, ask, hangUp };
}

/** Streams hand on what they have within a turn or two. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** One that has seen git list and fetch. */
async function afterAFetch() {
  const first = setUp();
  await first.say(GREETING);
  await first.ask(requestText(LISTING));
  await first.say(LISTED);
  await first.ask(requestText(FETCH));
  await first.say(PACKED);
  expect(first.said).toMatchObject({
    heard: requestText(LISTING) + requestText(FETCH),
    told: GREETING + LISTED + PACKED,
  });
  const next = setUp(first.prediction);
  next.channel.askAhead({ tips: [tip('b')] });
  await settled();
  return next;
}

const hasPack = (prediction: Prediction): boolean => prediction.predict({ tips: [tip('c')] })?.pack !== undefined;

describe('a channel to upload-pack', () => {
  it('knows protocol v2 by a greeting that comes byte by byte, and answers from what was asked ahead', async () => {
    const { said, say, ask } = await afterAFetch();
    const asked = said.heard;
    await say(...GREETING, LISTED);
    expect(said.told).toBe(GREETING);
    await ask(requestText(LISTING));
    expect([said.told, said.heard]).toEqual([GREETING + LISTED, asked]);
  });

  it.each([
    ['in one piece', ['0032 refs of protocol v0', '0000']],
    ['cut within what might be a version', ['000e', 'vers', 'ed 0\n0000']],
  ])('lets through what is no protocol v2, both ways: %s', async (_how, chunks) => {
    const { said, say, ask } = setUp();
    await say(...chunks);
    await ask('0009done\n');
    expect([said.told, said.heard]).toEqual([chunks.join(''), '0009done\n']);
  });

  it('lets through what a server said that hung up before it could be told', async () => {
    const { said, say, hangUp } = setUp();
    await say('000e');
    expect(said.told).toBe('');
    await hangUp();
    expect(said.told).toBe('000e');
  });

  it('is late if it lists nothing within five seconds, and not if it has hung up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const [slow, gone] = [await afterAFetch(), await afterAFetch()];
    await slow.say(GREETING);
    const judged = [slow.channel.soundness(), gone.channel.soundness()];
    await gone.hangUp();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await Promise.all(judged)).toEqual(['late', 'odd']);
  });

  it('is closed when it was asked ahead and turns out to speak something else', async () => {
    const { said, say } = await afterAFetch();
    await say('0032 refs of protocol v0');
    expect([said.told, said.closed]).toEqual(['', 1]);
  });

  it('hands on to the server what was not predicted, and tells that an answer passes which nobody wants', async () => {
    const { said, say, ask } = await afterAFetch();
    await say(GREETING);
    const other = requestText({ ...LISTING, args: ['ref-prefix refs/tags/'] });
    await ask(other);
    expect(said.heard.endsWith(other)).toBe(true);
    await say(LISTED, PACKED, `${data('other')}0000`);
    expect(said.told).toBe(`${GREETING}${data('other')}0000`);
    expect(said.passed).toBeGreaterThan(0);
  });

  it('answers from a listing that came a quarter of a second ago, and asks anew for one that is older', async () => {
    const ask = async (afterMs: number) => {
      const { clock, said, say, ask } = await afterAFetch();
      await say(GREETING, LISTED, PACKED);
      const asked = said.heard;
      clock.nowMs += afterMs;
      await ask(requestText(LISTING));
      return { isAnswered: said.told === GREETING + LISTED, isHandedOn: said.heard === asked + requestText(LISTING) };
    };
    expect(await ask(FRESH_MS)).toEqual({ isAnswered: true, isHandedOn: false });
    expect(await ask(FRESH_MS + 1)).toEqual({ isAnswered: false, isHandedOn: true });
  });

  it('still has the pack for it, where that came whole and is the one that git wants by the new listing', async () => {
    for (const [wanted, isHandedOn] of [
      ['b', false],
      ['c', true],
    ] as const) {
      const { clock, said, say, ask } = await afterAFetch();
      await say(GREETING, LISTED, PACKED);
      clock.nowMs += FRESH_MS + 1;
      await ask(requestText(LISTING));
      const listed = `${data(`${tip(wanted)} refs/heads/main`)}0000`;
      await say(listed);
      const asked = said.heard;
      const fetch = requestText({ ...FETCH, args: [`want ${tip(wanted)}`, `have ${tip('a')}`, 'done'] });
      await ask(fetch);
      expect(said.told).toBe(GREETING + listed + (isHandedOn ? '' : PACKED));
      expect(said.heard).toBe(asked + (isHandedOn ? fetch : ''));
    }
  });

  it('waits for no pack that is still to come before it lists anew', async () => {
    const { clock, said, say, ask } = await afterAFetch();
    await say(GREETING, LISTED, data('a part of a pack'));
    clock.nowMs += FRESH_MS + 1;
    await ask(requestText(LISTING));
    await say(PACKED, LISTED);
    expect(said.told).toBe(GREETING + LISTED);
  });

  it('foresees no more fetches once the server hung up on one', async () => {
    const { prediction, say, hangUp } = await afterAFetch();
    expect(hasPack(prediction)).toBe(true);
    await say(GREETING, LISTED);
    await hangUp();
    expect(hasPack(prediction)).toBe(false);
  });

  it('foresees no fetch by a listing that is older than one too long to be kept', async () => {
    const { prediction, said, say, ask } = await afterAFetch();
    const long = `${Array.from({ length: 5_000 }, (_, at) => data(`${tip('d')} refs/heads/${at}`)).join('')}0000`;
    await say(GREETING);
    await ask(requestText(LISTING));
    await say(long);
    expect(said.told).toBe(GREETING + long);
    expect(hasPack(prediction)).toBe(false);
  });
});

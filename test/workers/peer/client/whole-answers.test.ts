// Owns: that an answer whose end was cut off is asked for once more, and only such a one.
// Leaves: git-annex, which cuts them off (annex-link.test.ts).
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectService } from '../../../../src/workers/peer/client/service.ts';
import { withWholeAnswers } from '../../../../src/workers/peer/client/whole-answers.ts';
import { openP2pStream } from '../../../../src/workers/peer/p2p-stream.ts';
import type { Channel } from '../../../../src/workers/upload-pack/channel.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { startScriptedPeer, type Visit } from '../scripted-peer.ts';

const ADVERTISEMENT = '000brefs as0000';
const REQUEST = '000awant a0000';
const DONE = '0009done\n';
const PACK = '0008NAK\n000a\u0001PACKa000a\u0001PACKb';
const END = '0000';

interface Peer {
  /** When all has been said, each time another. */
  readonly answers: readonly string[];
  readonly advertisements?: readonly string[];
  /** Before it is reached another time. */
  readonly meanwhile?: () => void;
}

async function channelTo({ answers, advertisements = [], meanwhile }: Peer) {
  const script = async (visit: Visit): Promise<void> => {
    const { hear, say, send, socket, stream, number } = visit;
    await hear();
    const data = (bytes: string): void => send(`DATA ${Buffer.byteLength(bytes)}\n${bytes}`);
    data(advertisements[number - 1] ?? ADVERTISEMENT);
    for (let heard = ''; !heard.endsWith(DONE) && heard !== END; ) {
      const length = Number((await hear()).split(' ')[1]);
      for await (const piece of stream.readData(length)) heard += piece.toString();
    }
    data(answers[number - 1] ?? '');
    say('CONNECTDONE 0', 'CONNECTDONE 0');
    socket.end();
  };
  const peer = await startScriptedPeer(onTestFinished, makeScratch(onTestFinished), script);
  const open = async () => {
    const stream = openP2pStream(await peer.dial());
    return connectService({ stream, features: new Set() }, 'git-upload-pack');
  };
  const again = () => {
    meanwhile?.();
    return open();
  };
  return { peer, channel: withWholeAnswers(await open(), again) };
}

async function fetchFrom(answers: readonly string[], more: Omit<Peer, 'answers'> = {}) {
  const { peer, channel } = await channelTo({ answers, ...more });
  channel.stderr.resume();
  await ask(channel);
  const said = await text(channel.stdout);
  return { said, exit: await channel.exit, visits: peer.log.count(/came$/) };
}

/** As git does, once it has read what there is. */
async function ask({ stdin, stdout }: Channel): Promise<void> {
  let heard = '';
  while (heard.length < ADVERTISEMENT.length) {
    await once(stdout, 'readable');
    heard += stdout.read() ?? '';
  }
  expect(heard).toBe(ADVERTISEMENT);
  stdin.write(REQUEST);
  stdin.write(DONE);
}

const WELL = { kind: 'status', status: 0 };

test('a whole answer is given as it is', async () => {
  expect(await fetchFrom([PACK + END])).toEqual({ said: PACK + END, exit: WELL, visits: 1 });
});

test('one that is cut, anywhere behind what git had heard before, is asked for again', async () => {
  for (const cut of ['', '0008NAK\n', PACK.slice(0, -3), PACK])
    expect(await fetchFrom([cut, cut, PACK + END])).toEqual({ said: PACK + END, exit: WELL, visits: 3 });
});

test('one that is cut is asked for again also where that takes its time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const meanwhile = () => void vi.advanceTimersByTime(60_000);
  expect(await fetchFrom([PACK, PACK + END], { meanwhile })).toEqual({ said: PACK + END, exit: WELL, visits: 2 });
});

test('one that is always cut is given as it came last, after some tries', async () => {
  expect(await fetchFrom(Array(9).fill(PACK))).toEqual({ said: PACK, exit: WELL, visits: 5 });
});

test('where refs have moved meanwhile, git hears of no other answer', async () => {
  const other = await fetchFrom([PACK, PACK + END], { advertisements: [ADVERTISEMENT, '000brefs bs0000'] });
  expect(other).toMatchObject({ said: '', visits: 2 });
});

test('who asks for nothing is given nothing, once', async () => {
  const { peer, channel } = await channelTo({ answers: [''] });
  const said = text(channel.stdout);
  channel.stderr.resume();
  channel.stdin.write(END);
  expect(await channel.exit).toEqual(WELL);
  expect(await said).toBe(ADVERTISEMENT);
  expect(peer.log.count(/came$/)).toBe(1);
});

test('of a long answer nothing is held back, nor asked for again', async () => {
  const long = `fff0\u0001${'x'.repeat(0xfff0 - 5)}`.repeat(30);
  const { said, visits } = await fetchFrom([long]);
  expect(said.length).toBe(long.length);
  expect(visits).toBe(1);
});

test('closed while it is asked again, it ends', async () => {
  const { channel, peer } = await channelTo({ answers: Array(5).fill(PACK) });
  await ask(channel);
  channel.stdout.resume();
  channel.stderr.resume();
  await peer.log.next('2 came');
  channel.close();
  await channel.exit;
  channel.stdin.end();
  await once(channel.stdin, 'close').catch(() => undefined);
});

test('that git has said its last is told to the one that is asked', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { channel } = await channelTo({ answers: [] });
  channel.stdout.resume();
  channel.stderr.resume();
  channel.stdin.end(REQUEST);
  await once(channel.stdin, 'finish');
  vi.advanceTimersByTime(60_000);
  expect(await channel.exit).toEqual({ kind: 'lost' });
});

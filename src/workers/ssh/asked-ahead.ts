// Owns: an upload-pack that is asked what git is about to ask before git is there, and keeps the answers for it.
// Leaves: what that will be (shared/foresight.ts), and whom the channel serves (upload-pack.ts).
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Foreseen, Foresight, News } from '../../shared/foresight.ts';
import { createFlushSplitter } from '../../shared/protocol/flush-splitter.ts';
import { createPktReader } from '../../shared/protocol/pkt-line.ts';
import { parseRequest, requestText, type V2Request } from '../../shared/protocol/v2-request.ts';
import { parseRefLines, type RefAdvertisement } from '../../shared/ref-advertisement.ts';
import type { Channel } from './connection.ts';

export interface AskableChannel extends Channel {
  /** Asks at once what git is foreseen to ask, once; only of an upload-pack that is known to speak protocol v2. */
  readonly askAhead: (news: News) => void;
  /** Aborted when upload-pack is gone, and with it what it was asked. */
  readonly over: AbortSignal;
}

/** What the server says up to a flush-pkt: its greeting, or the answer to a request. It answers in the order of asking. */
interface Answer {
  readonly request: V2Request | undefined;
  readonly isAhead: boolean;
  /** `kept`: git has not asked for it yet; `dropped`: git asked something else. */
  use: 'kept' | 'given' | 'dropped';
  readonly chunks: Uint8Array[];
  bytes: number;
  isWhole: boolean;
}

/** More is left with the server until git asks for it. */
const MOST_KEPT_BYTES = 1024 * 1024;
/** A listing that is longer is nothing to foresee a fetch by: about 4 000 refs. */
const MOST_LISTED_BYTES = 256 * 1024;

/**
 * The same channel, but git's requests pass through here: those that were asked ahead are answered from what came, all
 * others go on to the server. Each request of protocol v2 stands for itself, so git cannot tell. What is no protocol v2
 * goes through as it is. `fetches` is called when git asks for objects.
 */
export function askable(channel: Channel, foresight: Foresight, fetches: () => void): AskableChannel {
  const toGit = new PassThrough();
  const answers = createAnswers(foresight, (bytes) => toGit.write(bytes));
  const fromGit = createFlushSplitter();
  let isV2: boolean | undefined;
  let request: Uint8Array[] = [];
  const over = new AbortController();
  let closed = false;

  const flow = (): void => {
    if (answers.isFull() || toGit.writableNeedDrain) channel.stdout.pause();
    else channel.stdout.resume();
  };
  const hearGit = (chunk: Uint8Array): void => {
    for (const { bytes, ends } of fromGit(chunk)) {
      request.push(bytes);
      if (!ends) continue;
      const bytesOfIt = Buffer.concat(request);
      request = [];
      const asked = parseRequest(bytesOfIt);
      if (asked?.command === 'fetch') fetches();
      if (!answers.give(asked)) channel.stdin.write(bytesOfIt);
    }
    flow();
  };
  channel.stdout.on('data', (chunk: Buffer) => {
    isV2 ??= speaksV2(chunk);
    if (isV2) answers.hear(chunk);
    else toGit.write(chunk);
    flow();
  });
  toGit.on('drain', flow);
  const hangUp = (): void => {
    if (over.signal.aborted) return;
    if (!closed) answers.end();
    toGit.end();
    over.abort();
  };
  channel.stdout.once('end', hangUp).once('close', hangUp);
  // Whoever looks at the exit has then heard all that was said before it.
  const saidAll = finished(toGit, { writable: false }).catch(() => undefined);
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, written) => {
      if (isV2) hearGit(chunk);
      else channel.stdin.write(chunk);
      if (channel.stdin.writableNeedDrain) void once(channel.stdin, 'drain').then(() => written(), written);
      else written();
    },
    final: (over) => void channel.stdin.end(() => over()),
  });
  return {
    stdin,
    stdout: toGit,
    stderr: channel.stderr,
    exit: channel.exit.then(async (exit) => {
      await saidAll;
      return exit;
    }),
    close: () => {
      closed = true;
      channel.close();
      toGit.destroy();
    },
    over: over.signal,
    askAhead: (news) => {
      const foreseen = foresight.foresee(news);
      if (foreseen) channel.stdin.write(answers.expect(foreseen));
    },
  };
}

/** What a server of protocol v2 says first (gitprotocol-v2(5)). */
export const speaksV2 = (first: Uint8Array): boolean =>
  /^[0-9a-f]{4}version 2\n/.test(Buffer.from(first).toString('latin1'));

interface Answers {
  /** Notes what is asked ahead, and gives the bytes to ask it. */
  readonly expect: (foreseen: Foreseen) => string;
  /** git asks: whether it is answered by what was asked ahead. If not, the answer goes to it as it comes. */
  readonly give: (request: V2Request | undefined) => boolean;
  readonly hear: (chunk: Uint8Array) => void;
  /** The server hung up. */
  readonly end: () => void;
  readonly isFull: () => boolean;
}

function createAnswers(foresight: Foresight, write: (bytes: Uint8Array) => void): Answers {
  const split = createFlushSplitter();
  /** Those that are not whole yet; the server's next word belongs to the first. It begins with the greeting. */
  const due: Answer[] = [answerTo(undefined)];
  /** Those that git has not asked for yet. */
  let ahead: Answer[] = [];

  const take = (answer: Answer | undefined, bytes: Uint8Array): void => {
    if (answer === undefined || answer.use === 'given') write(bytes);
    if (answer === undefined || !isKept(answer)) return;
    answer.chunks.push(bytes);
    answer.bytes += bytes.length;
  };
  const learn = (answer: Answer | undefined): void => {
    if (answer?.use !== 'given' || !answer.isWhole || answer.request?.command !== 'ls-refs') return;
    if (answer.bytes <= MOST_LISTED_BYTES) foresight.heardListing(parseListing(Buffer.concat(answer.chunks)));
    answer.chunks.length = 0;
  };
  return {
    expect: ({ listing, pack }) => {
      ahead = [listing, ...(pack ? [pack] : [])].map((request) => answerTo(request, true));
      due.push(...ahead);
      return ahead.map(({ request }) => (request ? requestText(request) : '')).join('');
    },
    give: (request) => {
      const [next] = ahead;
      const before = next?.request && request && foresight.answers(next.request, request);
      if (request) foresight.heardRequest(request);
      if (next === undefined || before === undefined) {
        for (const answer of ahead) answer.use = 'dropped';
        ahead = [];
        due.push(answerTo(request));
        return false;
      }
      ahead.shift();
      next.use = 'given';
      // In one piece: each that is written wakes the process that git runs instead of ssh.
      const said = Buffer.concat([Buffer.from(before), ...next.chunks]);
      if (said.length > 0) write(said);
      learn(next);
      return true;
    },
    hear: (chunk) => {
      for (const { bytes, ends } of split(chunk)) {
        take(due[0], bytes);
        if (!ends) continue;
        const answer = due.shift();
        if (answer) answer.isWhole = true;
        learn(answer);
      }
    },
    end: () => {
      if (due.some(({ request, isAhead }) => isAhead && request?.command === 'fetch')) foresight.refused();
    },
    isFull: () => ahead.reduce((bytes, answer) => bytes + answer.bytes, 0) > MOST_KEPT_BYTES,
  };
}

const answerTo = (request: V2Request | undefined, isAhead = false): Answer => ({
  request,
  isAhead,
  use: isAhead ? 'kept' : 'given',
  chunks: [],
  bytes: 0,
  isWhole: false,
});

/** A listing is kept when it was given, too: it tells what git has, once that has fetched. */
const isKept = ({ use, request, bytes }: Answer): boolean =>
  use === 'kept' || (use === 'given' && request?.command === 'ls-refs' && bytes <= MOST_LISTED_BYTES);

function parseListing(bytes: Uint8Array): RefAdvertisement {
  const lines = createPktReader()(bytes).flatMap((line) => (line.kind === 'data' ? [line.text] : []));
  return parseRefLines(lines.join('\n'));
}

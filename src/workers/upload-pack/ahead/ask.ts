// Owns: a channel to an upload-pack that is asked what git is about to ask before git is there.
// Leaves: what that will be (predict.ts), the answers (answers.ts), which one serves whom (warm.ts, ahead.ts).
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createFlushSplitter } from '../../../shared/git-protocol/flush-splitter.ts';
import { versionSpoken } from '../../../shared/git-protocol/greeting.ts';
import { parseRequest, type V2Request } from '../../../shared/git-protocol/v2-request.ts';
import { within } from '../../../shared/timing/within.ts';
import type { Channel } from '../channel.ts';
import { createAnswers } from './answers.ts';
import type { News, Prediction } from './predict.ts';

/** To be asked for nothing but its refs. */
const NO_NEWS: News = { tips: [] };
/** What is not listed by then is no faster than a process that is started now. */
const LISTED_MS = 5_000;

/** `late`: there was no listing in time, though it was asked for. */
export type Soundness = 'sound' | 'odd' | 'late';

export interface AskableChannel extends Channel {
  /** Whether git asked for objects. */
  readonly hasFetched: () => boolean;
  /** Asks at once what git is predicted to ask, once; only of an upload-pack that is known to speak protocol v2. */
  readonly askAhead: (news: News) => void;
  /**
   * Whether its listing, which it is asked for if it was not, is one to be expected: only if sound is it to serve git, if it
   * was started before git came.
   */
  readonly soundness: () => Promise<Soundness>;
  /** Aborted when upload-pack is gone, and with it what it was asked. */
  readonly over: AbortSignal;
}

export interface AskableOptions {
  readonly prediction: Prediction;
  /** Bytes pass that git does not see: answers to what it did not ask. */
  readonly onUnseen: () => void;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/**
 * The same channel, but git's requests pass through here: those that were asked ahead are answered from what came, all
 * others go on to the server. Each request of protocol v2 stands for itself, so git cannot tell. What is no protocol v2
 * goes through as it is.
 */
export function askableChannel(channel: Channel, options: AskableOptions): AskableChannel {
  const { prediction, onUnseen, nowMs = () => performance.now() } = options;
  // A server that hung up may still be asked by git, whose answer then comes too late.
  const toGit = new PassThrough().on('error', () => undefined);
  const answers = createAnswers({ prediction, write: (bytes) => toGit.write(bytes), onUnseen, nowMs });
  const greeting = createGreeting();
  const over = new AbortController();
  let stage: 'fresh' | 'asked' | 'closed' = 'fresh';
  let hasFetched = false;
  let listingAsked: V2Request | undefined;

  const flow = (): void => {
    if (answers.isFull() || toGit.writableNeedDrain) channel.stdout.pause();
    else channel.stdout.resume();
  };
  const close = (): void => {
    stage = 'closed';
    channel.close();
    toGit.destroy();
  };
  const hangUp = (): void => {
    if (over.signal.aborted) return;
    toGit.write(greeting.rest());
    if (stage !== 'closed') answers.onEnd();
    toGit.end();
    over.abort();
  };
  channel.stdout.on('data', (chunk: Buffer) => {
    const said = greeting.push(chunk);
    if (greeting.isV2()) answers.onOutput(said);
    // Its answers to what git has not asked would be taken for others.
    else if (stage === 'asked' && said.length > 0) close();
    else toGit.write(said);
    flow();
  });
  channel.stdout.once('end', hangUp).once('close', hangUp);
  toGit.on('drain', flow);
  const onRequest = (bytes: Uint8Array, request: V2Request | undefined): void => {
    if (request?.command === 'fetch') hasFetched = true;
    if (!answers.give(request)) channel.stdin.write(bytes);
    flow();
  };
  // Whoever looks at the exit has then heard all that was said before it.
  const saidAll = finished(toGit, { writable: false }).catch(() => undefined);
  const askAhead = (news: News): void => {
    const predicted = prediction.predict(news);
    if (!predicted || stage !== 'fresh' || over.signal.aborted) return;
    stage = 'asked';
    listingAsked = predicted.listing;
    channel.stdin.write(answers.expect(predicted));
  };
  return {
    stdin: requestsTo(channel, greeting.isV2, onRequest),
    stdout: toGit,
    stderr: channel.stderr,
    exit: channel.exit.then(async (exit) => {
      await saidAll;
      return exit;
    }),
    close,
    hasFetched: () => hasFetched,
    over: over.signal,
    askAhead,
    soundness: async () => {
      askAhead(NO_NEWS);
      const asked = listingAsked;
      if (stage !== 'asked' || asked === undefined) return 'odd';
      let listed: Awaited<typeof answers.listing>;
      const isInTime = await within(
        answers.listing.then((listing) => {
          listed = listing;
        }),
        LISTED_MS,
        over.signal,
      );
      if (!isInTime && !over.signal.aborted) return 'late';
      const isExpected = listed === 'long' || (listed !== undefined && prediction.explains(listed, asked));
      return isExpected ? 'sound' : 'odd';
    },
  };
}

/** What git writes to: request by request where the server speaks v2, else all of it at once to the server. */
function requestsTo(
  channel: Channel,
  isV2: () => boolean,
  onRequest: (bytes: Uint8Array, request: V2Request | undefined) => void,
): Writable {
  const split = createFlushSplitter();
  let begun: Uint8Array[] = [];
  const takePieces = (chunk: Uint8Array): void => {
    for (const { bytes, ends } of split(chunk)) {
      begun.push(bytes);
      if (!ends) continue;
      const request = Buffer.concat(begun);
      begun = [];
      onRequest(request, parseRequest(request));
    }
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, written) => {
      if (isV2()) takePieces(chunk);
      else channel.stdin.write(chunk);
      if (!channel.stdin.writableNeedDrain) return written();
      const flowsOrIsGone = Promise.race([once(channel.stdin, 'drain'), once(channel.stdin, 'close')]);
      void flowsOrIsGone.then(() => written(), written);
    },
    final: (ended) => void channel.stdin.end(() => ended()),
    // The server's end is closed; its exit tells.
  }).on('error', () => undefined);
}

interface Greeting {
  /** What may be passed on: nothing while it is not known which protocol is spoken. */
  readonly push: (chunk: Buffer) => Buffer;
  /** What was held back for that. */
  readonly rest: () => Buffer;
  readonly isV2: () => boolean;
}

/** However it is cut: the first chunk may hold less than it takes to tell. */
function createGreeting(): Greeting {
  let held = Buffer.alloc(0);
  let isV2: boolean | undefined;
  const rest = (): Buffer => {
    const all = held;
    held = Buffer.alloc(0);
    return all;
  };
  return {
    push: (chunk) => {
      if (isV2 !== undefined) return chunk;
      held = Buffer.concat([held, chunk]);
      const version = versionSpoken(held);
      if (version === 'unclear') return Buffer.alloc(0);
      isV2 = version === 'v2';
      return rest();
    },
    rest,
    isV2: () => isV2 === true,
  };
}

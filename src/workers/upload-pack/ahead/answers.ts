// Owns: what an upload-pack answers: to git's own questions, and to those asked ahead, kept until git asks them.
// Leaves: the channel (ask.ts), and which questions are predicted (predict.ts).

import { createFlushSplitter } from '../../../shared/git-protocol/flush-splitter.ts';
import { createPktReader } from '../../../shared/git-protocol/pkt-line.ts';
import { requestText, type V2Request } from '../../../shared/git-protocol/v2-request.ts';
import { parseRefLines, type RefAdvertisement } from '../../../shared/refs/ref-advertisement.ts';
import type { Predicted, Prediction } from './predict.ts';

export interface Answers {
  /** Notes what is asked ahead, and gives the bytes to ask it. */
  readonly expect: (predicted: Predicted) => string;
  /** git asks: whether it is answered by what was asked ahead. If not, the answer goes to it as it comes. */
  readonly give: (request: V2Request | undefined) => boolean;
  /** Resolves with the listing that was asked ahead, `long` where it is too long to be kept; undefined: it never came. */
  readonly listing: Promise<RefAdvertisement | 'long' | undefined>;
  readonly onOutput: (chunk: Uint8Array) => void;
  /** The server hung up. */
  readonly onEnd: () => void;
  readonly isFull: () => boolean;
}

export interface AnswersOptions {
  readonly prediction: Prediction;
  readonly write: (bytes: Uint8Array) => void;
  /** Bytes came that nobody wants any more. */
  readonly onUnseen: () => void;
  readonly nowMs: () => number;
}

/** What the server says up to a flush-pkt: its greeting, or the answer to a request. It answers in the order of asking. */
interface Answer {
  readonly request: V2Request | undefined;
  readonly isAhead: boolean;
  /** `waiting`: git has not asked for it yet; `dropped`: git asked something else. */
  use: 'waiting' | 'given' | 'dropped';
  readonly chunks: Uint8Array[];
  bytes: number;
  /** When its end came; undefined: it is not whole yet. */
  wholeAtMs: number | undefined;
}

/** More is left with the server until git asks for it. */
const MOST_KEPT_BYTES = 1024 * 1024;
/**
 * A listing that came longer ago is asked for anew: who fetches by hand meanwhile may have been told of later refs, and
 * would be set back. From a fetch's request to git's question it takes some 50 ms.
 */
export const FRESH_MS = 250;
/** A listing that is longer is nothing to predict a fetch by: about 4 000 refs. */
const MOST_LISTED_BYTES = 256 * 1024;

export function createAnswers({ prediction, write, onUnseen, nowMs }: AnswersOptions): Answers {
  const split = createFlushSplitter();
  /** Those that are not whole yet; the server's next word belongs to the first. It begins with the greeting. */
  const due: Answer[] = [answerTo(undefined)];
  /** Those that git has not asked for yet. */
  let ahead: Answer[] = [];
  let listed: (listing: RefAdvertisement | 'long' | undefined) => void = () => undefined;
  const listing = new Promise<RefAdvertisement | 'long' | undefined>((resolve) => {
    listed = resolve;
  });

  const take = (answer: Answer | undefined, bytes: Uint8Array): void => {
    if (answer === undefined || answer.use === 'given') write(bytes);
    if (answer === undefined) return;
    if (answer.use === 'dropped') onUnseen();
    if (!isKept(answer)) return;
    answer.chunks.push(bytes);
    answer.bytes += bytes.length;
    if (isListing(answer) && answer.isAhead && answer.bytes > MOST_LISTED_BYTES) listed('long');
  };
  const learn = (answer: Answer | undefined): void => {
    if (answer?.use !== 'given' || answer.wholeAtMs === undefined || !isListing(answer) || !answer.request) return;
    // Of one that is too long nothing is known; least of all that it is the one before.
    const isKnown = answer.bytes <= MOST_LISTED_BYTES;
    prediction.onListing(isKnown ? parseListing(Buffer.concat(answer.chunks)) : 'long', answer.request);
    answer.chunks.length = 0;
  };
  const isOld = (answer: Answer): boolean =>
    isListing(answer) && answer.wholeAtMs !== undefined && nowMs() - answer.wholeAtMs > FRESH_MS;
  const drop = (which: (answer: Answer) => boolean = () => true): void => {
    for (const answer of ahead) if (which(answer)) answer.use = 'dropped';
    ahead = ahead.filter(({ use }) => use === 'waiting');
  };
  const isFull = (): boolean => ahead.reduce((bytes, answer) => bytes + answer.bytes, 0) > MOST_KEPT_BYTES;
  /** What is in a pack is what it was; but behind one that is still to come, no other answer comes through. */
  const mayStay = (): boolean => ahead.every(({ wholeAtMs }) => wholeAtMs !== undefined) && !isFull();
  return {
    listing,
    expect: ({ listing: request, pack }) => {
      ahead = [request, ...(pack ? [pack] : [])].map((each) => answerTo(each, true));
      due.push(...ahead);
      return ahead.map((each) => (each.request ? requestText(each.request) : '')).join('');
    },
    give: (request) => {
      if (ahead.some(isOld)) drop(mayStay() ? isOld : undefined);
      const [next] = ahead;
      // Its listing was too old: that is asked for first.
      if (next && isPack(next) && request?.command === 'ls-refs' && mayStay()) {
        prediction.onRequest(request);
        due.push(answerTo(request));
        return false;
      }
      const before = next?.request && request && prediction.answers(next.request, request);
      if (request) prediction.onRequest(request);
      if (next === undefined || before === undefined) {
        // A goodbye says that there was nothing to ask for.
        if (request && ahead.some(isPack)) prediction.missed();
        drop();
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
    onOutput: (chunk) => {
      for (const { bytes, ends } of split(chunk)) {
        take(due[0], bytes);
        if (!ends) continue;
        const answer = due.shift();
        if (answer) answer.wholeAtMs = nowMs();
        if (answer?.isAhead && isListing(answer)) listed(parseListing(Buffer.concat(answer.chunks)));
        learn(answer);
      }
    },
    onEnd: () => {
      listed(undefined);
      if (due.some((answer) => answer.isAhead && isPack(answer))) prediction.refused();
    },
    isFull,
  };
}

const answerTo = (request: V2Request | undefined, isAhead = false): Answer => ({
  request,
  isAhead,
  use: isAhead ? 'waiting' : 'given',
  chunks: [],
  bytes: 0,
  wholeAtMs: undefined,
});

const isListing = ({ request }: Answer): boolean => request?.command === 'ls-refs';
const isPack = ({ request }: Answer): boolean => request?.command === 'fetch';

/** A listing is kept when it was given, too: it tells what git has, once that has fetched. */
const isKept = ({ use, request, bytes }: Answer): boolean =>
  use === 'waiting' || (use === 'given' && request?.command === 'ls-refs' && bytes <= MOST_LISTED_BYTES);

function parseListing(bytes: Uint8Array): RefAdvertisement {
  const lines = createPktReader()(bytes).flatMap((line) => (line.kind === 'data' ? [line.text] : []));
  return parseRefLines(lines.join('\n'));
}

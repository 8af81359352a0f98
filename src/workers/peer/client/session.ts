// Owns: the beginning of what is said on a stream to a peer: being let in, and what the other side knows.
// Leaves: dialling (../network), and what is said then (peer-link.ts, service.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { holdsSecret, keepSecret } from '../../../shared/kept-secrets.ts';
import {
  FEATURES,
  FEATURES_QUESTION,
  FEATURES_VERSION,
  FEATURES_WORD,
  type Feature,
  fieldsOf,
  formatP2pLine,
  type P2pLine,
  parseP2pLine,
} from '../../../shared/p2p/lines.ts';
import type { Token } from '../../../shared/p2p/token.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import { answerOf } from '../../answer-of.ts';
import { PEER } from '../../patience.ts';
import { type P2pStream, ProtocolBreach } from '../p2p-stream.ts';

/** What a peer is, as far as it says. */
export interface PeerTraits {
  readonly uuid: string;
  readonly features: ReadonlySet<Feature>;
}

/** A stream on which this repository is let in, and nothing is under way. */
export interface PeerSession extends PeerTraits {
  readonly stream: P2pStream;
}

export interface SessionOptions {
  readonly ownUuid: string;
  readonly token: Token;
  /** What it has to say it is; undefined: nothing is known of it. */
  readonly expectedUuid?: string | undefined;
  /** As an earlier session with it has found, or as nobody needs them: it is not asked. */
  readonly knownFeatures?: ReadonlySet<Feature> | undefined;
  /** How long each answer may take, in ms. */
  readonly answerMs?: number;
  readonly signal: AbortSignal;
}

/** Throws a DaemonError, or what the signal was aborted with; the stream is dropped then. */
export async function openSession(stream: P2pStream, options: SessionOptions): Promise<PeerSession> {
  const { ownUuid, token, expectedUuid, knownFeatures, answerMs = PEER.answerMs, signal } = options;
  try {
    const asking = { stream, answerMs, signal };
    // From here on somebody knows it, and may say it again in whatever he says.
    keepSecret(token);
    // In one breath, which saves a way there and back: a server reads one line after another, and git-annex, too, answers
    // the second when it has let us in (P2P/Protocol.hs, serveAuth).
    const auth = formatP2pLine('AUTH', ownUuid, token);
    const uuid = uuidIn(await ask(asking, knownFeatures ? auth : `${auth}\n${FEATURES_QUESTION}`, 'AUTH'), token);
    if (expectedUuid !== undefined && uuid !== expectedUuid) throw wrongPeer(uuid, expectedUuid);
    return { stream, uuid, features: knownFeatures ?? featuresIn(await hearAnswer(asking, FEATURES_WORD)) };
  } catch (error) {
    stream.destroy();
    throw signal.aborted ? signal.reason : failureBehind(error);
  }
}

/** What a stream failed by, or what was said on it, as a failure of the link. */
export function failureBehind(error: unknown): DaemonError {
  if (error instanceof DaemonError) return error;
  if (error instanceof ProtocolBreach)
    return new DaemonError('remote-error', `the peer: ${error.message}`, { cause: error });
  const why = error instanceof Error ? error.message : String(error);
  return new DaemonError('dropped', `the stream to the peer broke: ${printable(why)}`, { cause: error });
}

interface Asking {
  readonly stream: P2pStream;
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

/** Says a line and reads its answer. `what`: its word. Throws as the stream does, or a DaemonError. */
export const ask = (asking: Asking, line: string, what: string): Promise<P2pLine> =>
  hearAnswer(asking, what, asking.stream.writeLine(line));

async function hearAnswer(
  { stream, answerMs, signal }: Asking,
  what: string,
  said: Promise<void> = Promise.resolve(),
): Promise<P2pLine> {
  const answer = said.then(stream.readLine);
  // It may come, or fail, when nobody waits for it any more.
  answer.catch(() => undefined);
  const text = await answerOf((cut) => unlessAborted(answer, cut), signal, {
    limitMs: answerMs,
    late: () => new DaemonError('timed-out', `the peer has not answered ${what} within ${answerMs / 1_000} s`),
  });
  if (text === undefined) throw new DaemonError('dropped', `the peer ended the stream when it was asked ${what}`);
  return parseP2pLine(text);
}

/** git-annex takes any word for one. */
const UUID = /^[!-~]{1,128}$/;

/** It is written down and shown: what holds our own token is none. */
function uuidIn(answer: P2pLine, token: Token): string {
  if (answer.word === 'AUTH-SUCCESS' && UUID.test(answer.rest) && !holdsSecret(answer.rest, token)) return answer.rest;
  if (answer.word === 'AUTH-FAILURE')
    throw new DaemonError(
      'auth-refused',
      'the peer does not know our token: ask for a new invitation, and take it with git remote-daemon peer accept',
    );
  throw new DaemonError('remote-error', oddAnswer('AUTH', answer));
}

const wrongPeer = (uuid: string, expected: string): DaemonError =>
  new DaemonError(
    'wrong-peer',
    `another repository answers: ${printable(uuid)} instead of ${printable(expected)}: set annex-uuid of the remote if that is right`,
  );

/** Whoever says ERROR knows none. git-annex watches its refs for us by the time that it answers (P2PGeneric.hs, authed). */
function featuresIn(answer: P2pLine): ReadonlySet<Feature> {
  if (answer.word === 'ERROR') return new Set();
  const [version, ...said] = fieldsOf(answer.rest);
  if (answer.word !== FEATURES_WORD || version !== FEATURES_VERSION)
    throw new DaemonError('remote-error', oddAnswer(FEATURES_WORD, answer));
  return new Set(FEATURES.filter((feature) => said.includes(feature)));
}

/** For a failure: what came instead of an answer. */
const oddAnswer = (asked: string, { word, rest }: P2pLine): string =>
  `no answer to ${asked}: ${saidBy('the peer', formatP2pLine(word, rest))}`;

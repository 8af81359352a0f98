// Owns: what a peer tells of its refs: asking for it again and again, and what its answers come to.
// Leaves: the session (session.ts), and what main is told of it (peer-link.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { fieldsOf, type P2pLine, parseP2pLine } from '../../../shared/p2p/lines.ts';
import { saidBy } from '../../../shared/printable.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefMove } from '../../../shared/remote.ts';
import { type Allowance, createTokenBucket } from '../../../shared/timing/token-bucket.ts';
import { wait } from '../../../shared/timing/wait.ts';
import type { PeerSession } from './session.ts';

/** What moved there: named, or by where it points now; neither: that is not known. */
export interface PeerNews {
  readonly refs?: readonly RefMove[];
  readonly tips?: readonly ObjectName[];
}

export interface NotificationTools {
  /** It was asked: what moves from here on is told. */
  readonly onAsked: () => void;
  readonly onNews: (news: PeerNews) => void;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/** In bytes; as for a watcher over ssh. What waits for its turn stays with the peer. */
const PACE: Allowance = { most: 8 * 1024 * 1024, perMs: 256 };
/** An answer costs more than its bytes. */
const ANSWER_BYTES = 256;
/** So many lines that are no answer, within minutes, are no accident any more; of fewer, one in six seconds is forgotten. */
const ODD_LINES = 100;
const MAY_BE_ODD: Allowance = { most: ODD_LINES - 1, perMs: 1 / 6_000 };

/** Never resolves. Throws a DaemonError, or what the stream failed by. */
export async function hearNotifications(session: PeerSession, tools: NotificationTools): Promise<never> {
  const { stream, features } = session;
  const { onAsked, onNews, log, signal } = tools;
  const question = features.has('moved') ? 'NOTIFYMOVED' : 'NOTIFYCHANGE';
  const pace = createTokenBucket(PACE, () => performance.now());
  const odd = createTokenBucket(MAY_BE_ODD, () => performance.now());
  await stream.writeLine(question);
  onAsked();
  for (;;) {
    const text = await stream.readLine();
    if (text === undefined) throw new DaemonError('dropped', 'the peer ended the notifications');
    const line = parseP2pLine(text);
    if (line.word === 'ERROR') throw new DaemonError('remote-error', saidBy('the peer', line.rest));
    const news = newsIn(line);
    if (news === undefined) {
      log(`not a notification: ${saidBy('the peer', text)}`);
      if (!odd.take(1))
        throw new DaemonError('too-much-noise', `${ODD_LINES} lines in a short time are no notifications`);
    }
    // A line that is no answer may hide one.
    onNews(news ?? {});
    pace.spend(text.length + ANSWER_BYTES);
    await wait(pace.waitMs(0), signal);
    if (news !== undefined) await stream.writeLine(question);
  }
}

/** undefined: it is no answer. */
export function newsIn({ word, rest }: P2pLine): PeerNews | undefined {
  const fields = fieldsOf(rest);
  if (word === 'CHANGED') return { tips: fields.flatMap((field) => parseObjectName(field) ?? []) };
  if (word !== 'MOVED' || fields.length % 2 !== 0) return undefined;
  const refs = fields.flatMap((_field, index) => (index % 2 === 0 ? [moveIn(fields[index], fields[index + 1])] : []));
  const known = refs.filter((move) => move !== undefined);
  if (known.length < refs.length) return undefined;
  return known.length === 0 ? {} : { refs: known };
}

function moveIn(name = '', object = ''): RefMove | undefined {
  const [ref, tip] = [parseRefName(name), parseObjectName(object)];
  if (ref === undefined || (tip === undefined && object !== '-')) return undefined;
  return { ref, tip };
}

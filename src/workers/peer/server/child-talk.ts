// Owns: git's streams in DATA lines: what a peer sends to a process, and what that answers, with no more in memory than a piece.
// Leaves: starting and ending the process, and when that is allowed (connect.ts).
// git-annex: P2P/IO.hs (runRelayService, relayFeeder, relayReader).
import { pktLine } from '../../../shared/git-protocol/pkt-line.ts';
import { fieldsOf, formatP2pLine, MOST_DATA_BYTES, parseP2pLine } from '../../../shared/p2p/lines.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import type { Child } from '../../run-command.ts';
import { type P2pStream, ProtocolBreach } from '../p2p-stream.ts';
import type { Guest } from './guest.ts';

export interface ChildTalk {
  readonly stream: P2pStream;
  readonly guest: Guest;
  /** The first line of the peer. */
  readonly first: Promise<string | undefined>;
  readonly child: Child;
  /** So many bytes went one way or the other. */
  readonly moved: (bytes: number) => void;
  /** Aborted when it is to make room for others. */
  readonly away?: AbortSignal;
  /** Without any byte it is over. */
  readonly silentMs: number;
}

/** Resolves when the process has ended and all of it is told, or with why there is no use in going on. */
export async function untilTalkIsOver(talk: ChildTalk): Promise<string | undefined> {
  const { child, guest, away, silentMs } = talk;
  const silence = createSilence(silentMs);
  const moved = (bytes: number): void => {
    silence.note();
    talk.moved(bytes);
  };
  try {
    return await Promise.race([
      Promise.all([tell({ ...talk, moved }), child.exited]).then(() => undefined, whyOf),
      // Its last word ends nothing: git, which hears no more, ends by itself.
      feed({ ...talk, moved }).catch(whyOf),
      silence.over.then(() => 'nothing moved for too long'),
      aborted(guest.dropped).then(() => 'it was ended'),
      ...(away ? [aborted(away).then(() => 'others wait to fetch: try again')] : []),
    ]);
  } finally {
    silence.release();
  }
}

export const connectDone = (status: number): string => formatP2pLine('CONNECTDONE', String(status));

/**
 * Tells it to git in git's own words: git-annex's helper would wait for ever for a git that has not heard why it gets no
 * answer, if it were told by an ERROR (10.20230126).
 */
export async function refuseGit(stream: P2pStream, why: string): Promise<void> {
  const packet = Buffer.from(pktLine({ kind: 'data', text: `ERR ${why}` }));
  await stream.writeWith(formatP2pLine('DATA', String(packet.length)), packet);
  await stream.writeLine(connectDone(1));
}

const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Rejects when the peer is gone, or breaks the rules; never settles where it only waits for the end. */
async function feed({ stream, first, child, moved }: ChildTalk): Promise<never> {
  for (let next = first; ; next = stream.readLine()) {
    const line = await next;
    if (line === undefined) throw new ProtocolBreach('the peer is gone');
    const { word, rest } = parseP2pLine(line);
    // Whatever the exit status of its git is.
    if (word === 'CONNECTDONE') break;
    if (word !== 'DATA') throw new ProtocolBreach('expected DATA or CONNECTDONE');
    for await (const piece of stream.readData(lengthIn(rest))) {
      moved(piece.length);
      if (child.stdin.writable && !child.stdin.write(piece)) await room(child);
    }
  }
  child.stdin.end();
  // It may go before it has read all.
  for (let line: string | undefined = ''; line !== undefined; ) line = await stream.readLine();
  throw new ProtocolBreach('the peer is gone');
}

/** git-annex's own pieces may be larger than ours. */
const MOST_TAKEN_BYTES = 2 ** 31;

function lengthIn(rest: string): number {
  const [text = ''] = fieldsOf(rest);
  const bytes = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(bytes <= MOST_TAKEN_BYTES)) throw new ProtocolBreach('unreadable DATA');
  return bytes;
}

/** Its stdin is closed when it has exited. */
function room({ stdin }: Child): Promise<void> {
  return new Promise((resolve) => {
    if (stdin.closed) return resolve();
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stdin.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stdin.on(event, done);
  });
}

/** Settles when all that the process said was told. Rejects as the stream does. */
async function tell({ stream, child, moved }: ChildTalk): Promise<void> {
  for await (const chunk of child.stdout) {
    const bytes = chunk as Buffer;
    for (let at = 0; at < bytes.length; at += MOST_DATA_BYTES) {
      const piece = bytes.subarray(at, at + MOST_DATA_BYTES);
      await stream.writeWith(formatP2pLine('DATA', String(piece.length)), piece);
      moved(piece.length);
    }
  }
}

function createSilence(limitMs: number) {
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const timer = setTimeout(end, limitMs);
  return { over, note: () => void timer.refresh(), release: () => clearTimeout(timer) };
}

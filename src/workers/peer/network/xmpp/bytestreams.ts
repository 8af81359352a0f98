// Owns: all in-band bytestreams of one account that are open here: opening them, taking them from those we know, and their end.
// Leaves: what one carries (bytestream.ts), and who is known (house.ts).
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import { type Bytestream, createBytestream } from './bytestream.ts';
import { type Element, xml } from './library.ts';
import { STANZAS } from './requests.ts';
import { BYTESTREAMS, type Session } from './session.ts';

export interface Bytestreams {
  /** To one program of an account. Throws a StanzaRefused, or a DaemonError. */
  readonly open: (peer: string, limitMs: number) => Promise<OpenedStream>;
  /** A question of somebody, if it is about these; it is answered. */
  readonly hear: (iq: Element) => void;
  /** That program is gone, with its resource, and so are its streams. */
  readonly left: (peer: string) => void;
  /** All end, and the others are told. */
  readonly drop: (why: DaemonError) => void;
  /** All are gone. */
  readonly lose: (why: DaemonError) => void;
}

export interface OpenedStream {
  readonly duplex: Duplex;
  /** Resolves when nothing of it is on its way any more. */
  readonly gone: Promise<void>;
}

export interface BytestreamsOptions extends Pick<Session, 'send' | 'request'> {
  /** Who takes a stream of that one; undefined: nobody does. */
  readonly takerFor: (peer: Jid) => ((stream: Duplex) => void) | undefined;
}

/** XEP-0047 advises it, and some servers take no more in one stanza than a few of these. */
const BLOCK_BYTES = 4_096;
/** What the others may ask for. */
const MOST_BLOCK_BYTES = 65_535;
const MOST = 200;
const MOST_OF_ONE = 32;

export function createBytestreams({ send, request, takerFor }: BytestreamsOptions): Bytestreams {
  const open = new Map<string, Bytestream>();
  const create = (peer: string, sid: string, blockBytes: number, gone = (): void => undefined): Bytestream => {
    const key = keyOf(peer, sid);
    const onGone = (): void => {
      open.delete(key);
      gone();
    };
    const stream = createBytestream({ peer, sid, blockBytes, request, onGone });
    // Whoever has it hears of it; nobody may have it yet.
    stream.duplex.on('error', () => undefined);
    open.set(key, stream);
    return stream;
  };
  /** Why not; undefined: it is taken. */
  const take = (asked: Element, from: string): string | undefined => {
    const { sid = '', stanza = 'iq', 'block-size': size = '' } = asked.attrs;
    const jid = parseJid(from);
    const taker = jid?.resource === undefined ? undefined : takerFor(jid);
    if (taker === undefined) return 'not-acceptable';
    if (!/^[!-~]{1,128}$/.test(sid) || open.has(keyOf(from, sid)) || !/^[1-9]\d{0,4}$/.test(size)) return 'bad-request';
    if (stanza !== 'iq') return 'feature-not-implemented';
    const ofOne = [...open.keys()].filter((key) => key.startsWith(keyOf(from, ''))).length;
    if (Number(size) > MOST_BLOCK_BYTES || ofOne >= MOST_OF_ONE || open.size >= MOST) return 'resource-constraint';
    taker(create(from, sid, Number(size)).duplex);
    return undefined;
  };
  const data = (element: Element, from: string, answer: Answer): void => {
    const stream = open.get(keyOf(from, element.attrs.sid ?? ''));
    const taken = stream?.take(element);
    if (taken !== undefined) return void taken.then(() => answer(undefined));
    answer(stream ? 'unexpected-request' : 'item-not-found');
    stream?.lost(new DaemonError('dropped', 'something of the stream is missing'));
  };
  return {
    open: async (peer, limitMs) => {
      // Nobody else is to say something in it.
      const sid = randomBytes(16).toString('hex');
      const attrs = { xmlns: BYTESTREAMS, sid, stanza: 'iq', 'block-size': BLOCK_BYTES };
      // The first block may come before the answer does.
      let over = (): void => undefined;
      const gone = new Promise<void>((resolve) => {
        over = resolve;
      });
      const stream = create(peer, sid, BLOCK_BYTES, over);
      try {
        await request(xml('iq', { type: 'set', to: peer }, xml('open', attrs)), limitMs);
        // The connection broke meanwhile, and streams with it: nobody has heard of that of this one.
        if (stream.duplex.destroyed)
          throw stream.duplex.errored ?? new DaemonError('dropped', 'it broke while it was opened');
        return { duplex: stream.duplex, gone };
      } catch (error) {
        stream.lost(new DaemonError('dropped', 'it was not opened'));
        throw error;
      }
    },
    hear: (iq) => {
      const { from = '', type } = iq.attrs;
      const [element] = iq.getChildElements();
      if (type !== 'set' || element?.is(element.name, BYTESTREAMS) !== true) return;
      const answer: Answer = (why) => void send(answerTo(iq, why)).catch(() => undefined);
      if (element.name === 'open') return answer(take(element, from));
      if (element.name === 'data') return data(element, from, answer);
      const stream = open.get(keyOf(from, element.attrs.sid ?? ''));
      answer(stream ? undefined : 'item-not-found');
      stream?.closed();
    },
    left: (peer) => {
      const why = new DaemonError('dropped', 'the peer is gone');
      for (const [key, stream] of [...open]) if (key.startsWith(keyOf(peer, ''))) stream.lost(why);
    },
    drop: (why) => {
      for (const { duplex } of [...open.values()]) duplex.destroy(why);
    },
    lose: (why) => {
      for (const stream of [...open.values()]) stream.lost(why);
      open.clear();
    },
  };
}

/** Without a condition all is well. */
type Answer = (condition: string | undefined) => void;

const keyOf = (peer: string, sid: string): string => `${peer}\n${sid}`;

function answerTo({ attrs: { id, from } }: Element, condition: string | undefined): Element {
  if (condition === undefined) return xml('iq', { type: 'result', id, to: from });
  const kind = condition === 'resource-constraint' ? 'wait' : 'cancel';
  return xml('iq', { type: 'error', id, to: from }, xml('error', { type: kind }, xml(condition, { xmlns: STANZAS })));
}

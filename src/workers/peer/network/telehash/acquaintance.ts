// Owns: getting to know the node at the other end of a connection: both show that they have the key that they say they have.
// Leaves: the handshakes' form (handshake.ts), the ciphers (ciphers.ts), and the connection (link.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import type { Ciphers, Exchange, Session } from './ciphers.ts';
import { agree, firstTime, formatHandshake, type Handshake, parseHandshake, type Side, sideOf } from './handshake.ts';
import { CIPHER_SET } from './hashname.ts';
import type { Identity } from './identity.ts';
import { formatPacket, type Packet } from './packets.ts';

/** Who is dialled. */
export interface Expected {
  readonly hashname: string;
  readonly key: Buffer;
}

export interface AcquaintanceOptions {
  readonly own: Identity;
  readonly ciphers: Ciphers;
  /** Undefined: whoever comes. */
  readonly expected: Expected | undefined;
  readonly send: (seal: () => Promise<Buffer>) => Promise<void>;
  /** Once. */
  readonly onKnown: (hashname: string, side: Side) => void;
}

export interface Acquaintance {
  /** Says who we are, where it is known to whom. */
  readonly begin: () => void;
  /** `bytes`: all of the packet. Throws a DaemonError where it is not by whom it should be. */
  readonly take: (packet: Packet, bytes: Buffer) => Promise<void>;
  /** For what is sealed; undefined: not yet. */
  readonly sealed: () => { readonly token: Buffer; readonly session: Session } | undefined;
}

/** Each costs as much as a thousand other packets. Nodes of telehash say one each 30 s, and a few at first. */
const MOST_HANDSHAKES = 60;
const HANDSHAKES_EACH_MS = 60_000;
/** The first bytes of a handshake, by which one of the same exchange is known. */
const SAME_BYTES = 16;

interface Met {
  readonly side: Side;
  readonly exchange: Exchange;
  at: number;
  known: { readonly first: string; readonly session: Session } | undefined;
}

export function createAcquaintance(options: AcquaintanceOptions): Acquaintance {
  const { own, ciphers, expected, send, onKnown } = options;
  const spend = createBudget();
  let met: Met | undefined;

  const meet = (key: Buffer): Met => {
    const side = sideOf(own.pair.key, key);
    const exchange = ciphers.towards(own.pair, key);
    return { side, exchange, at: firstTime(side, Date.now()), known: undefined };
  };
  const say = ({ exchange, at }: Met): void => {
    const inner = formatHandshake(own.pair.key, at);
    // That it cannot be sent is the end of the link, which is told.
    send(async () => formatPacket(Buffer.from(CIPHER_SET, 'hex'), await exchange.seal(inner))).catch(() => undefined);
  };
  const refuse = (said: Handshake | undefined): said is undefined => {
    if (said?.key.equals(own.pair.key)) throw unreachable('it is this repository itself');
    const isOther = expected && !(said?.hashname === expected.hashname && said.key.equals(expected.key));
    if (isOther || said === undefined) throw unreachable('another node than the peer is there');
    return false;
  };
  const adopt = (node: Met, { at, hashname }: Handshake, bytes: Buffer, body: Buffer): void => {
    const first = bytes.subarray(0, SAME_BYTES).toString('hex');
    // What it had open would be lost without a word: it may come anew.
    if (node.known && node.known.first !== first) throw new DaemonError('dropped', 'the peer began anew');
    const isNew = node.known === undefined;
    node.known ??= { first, session: node.exchange.session(body) };
    const agreed = agree(node.side, node.at, at);
    node.at = agreed.at;
    if (agreed.isToBeSaid) say(node);
    if (isNew) onKnown(hashname, node.side);
  };
  return {
    begin: () => {
      if (expected === undefined) return;
      met = meet(expected.key);
      say(met);
    },
    take: async ({ body }, bytes) => {
      spend();
      const inner = await ciphers.open(own.pair, body);
      const said = inner && parseHandshake(inner);
      if (refuse(said)) return;
      met ??= meet(said.key);
      if (!(await met.exchange.isTheirs(body))) throw unreachable('its handshake is not by the node that it names');
      adopt(met, said, bytes, body);
    },
    sealed: () => met?.known && { token: met.exchange.token, session: met.known.session },
  };
}

const unreachable = (detail: string): DaemonError => new DaemonError('unreachable', detail);

/** Throws when they come too often. */
function createBudget(): () => void {
  let [left, sinceMs] = [MOST_HANDSHAKES, performance.now()];
  return () => {
    const nowMs = performance.now();
    if (nowMs - sinceMs > HANDSHAKES_EACH_MS) [left, sinceMs] = [MOST_HANDSHAKES, nowMs];
    left -= 1;
    if (left < 0) throw new DaemonError('dropped', 'the peer says handshakes without end');
  };
}

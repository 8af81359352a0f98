// Owns: who has a place on a network, and who goes to make room for somebody else: pure.
// Leaves: the streams (door.ts), and which tokens let in (tokens.ts).
// Each limit is that of what it protects: strangers have places of their own, so that no flood of them takes one from
// somebody who is let in; and whoever has a right token is let in at once, whatever the others do.
import { PEER } from '../../patience.ts';

export interface Seat {
  readonly id: number;
  readonly held: StrangersSeat | PeersSeat;
}

interface StrangersSeat {
  readonly kind: 'stranger';
  readonly sinceMs: number;
  /** Has shown a token that is none. */
  readonly hasFailed: boolean;
}

interface PeersSeat {
  readonly kind: 'peer';
  readonly tokenId: string;
  /** When it last began something. */
  readonly heardMs: number;
  readonly doing: Doing;
}

/**
 * `busy`: git or git-annex work for it; `waiting`: to be told of changes, and so silent, `waiting-asking` where whoever
 * does so asks something on another stream now and then (client/proving.ts); `idle`: kept ready for later.
 */
export type Doing = 'busy' | 'waiting' | 'waiting-asking' | 'idle';
export const isWaiting = (doing: Doing): boolean => doing === 'waiting' || doing === 'waiting-asking';

export const LIMITS = {
  strangers: 100,
  peers: 100,
  streamsPerToken: 16,
  /** Wrong tokens that are answered, each after `answerMs`; what comes beyond is closed without an answer. */
  wrongAnswers: 20,
  answerMs: 1_000,
  /** To be let in. */
  authMs: 60_000,
  /** How often it is looked for those who are silent for too long. */
  lookMs: 60_000,
} as const;

/**
 * Without a word: whoever has vanished without one would keep its place, and pass for somebody who is here. Who is busy
 * has limits of its own (connect.ts, objects.ts); git-annex, which never says anything while it waits, comes back by itself.
 */
const SILENT_MS = {
  waiting: 24 * 3_600_000,
  'waiting-asking': 4 * PEER.askMs,
  idle: 3_600_000,
  busy: Infinity,
} as const;

/** Who is silent for too long, at that moment. */
export function silent(seats: Iterable<Seat>, nowMs: number): number[] {
  const peers = peersAmong(seats);
  const heard = new Map<string, number>();
  for (const { held } of peers) heard.set(held.tokenId, Math.max(heard.get(held.tokenId) ?? 0, held.heardMs));
  return peers.flatMap(({ id, held }) => {
    const heardMs = held.doing === 'waiting-asking' ? (heard.get(held.tokenId) ?? 0) : held.heardMs;
    return nowMs - heardMs > SILENT_MS[held.doing] ? [id] : [];
  });
}

const peersAmong = (seats: Iterable<Seat>): { readonly id: number; readonly held: PeersSeat }[] =>
  [...seats].flatMap(({ id, held }) => (held.kind === 'peer' ? [{ id, held }] : []));

/** Who is to go before a stranger gets a place; undefined: there is one. */
export function goesForStranger(seats: Iterable<Seat>): number | undefined {
  const strangers = [...seats].flatMap(({ id, held }) => (held.kind === 'stranger' ? [{ id, held }] : []));
  if (strangers.length < LIMITS.strangers) return undefined;
  // One that has failed is known to be none of ours, which of another nobody knows.
  const failed = strangers.filter(({ held }) => held.hasFailed);
  return oldest((failed.length > 0 ? failed : strangers).map(({ id, held }) => ({ id, ms: held.sinceMs })));
}

export type Room =
  | { readonly kind: 'free' }
  | { readonly kind: 'instead-of'; readonly id: number }
  /** All others are busy. */
  | { readonly kind: 'none' };

/** Of those that are let in; the newcomer, a stranger still, is none of them. */
export function roomForPeer(seats: Iterable<Seat>, tokenId: string): Room {
  const peers = peersAmong(seats);
  const own = peers.filter(({ held }) => held.tokenId === tokenId);
  if (own.length >= LIMITS.streamsPerToken) return insteadOf(own);
  if (peers.length < LIMITS.peers) return { kind: 'free' };
  const counts = new Map<string, number>();
  for (const { held } of peers) counts.set(held.tokenId, (counts.get(held.tokenId) ?? 0) + 1);
  const most = Math.max(...counts.values());
  // Who has most can best do without one.
  const room = insteadOf(peers.filter(({ held }) => counts.get(held.tokenId) === most));
  return room.kind === 'none' ? insteadOf(peers) : room;
}

/** One that is idle is missed least: whoever keeps it ready opens another when it is of use. */
function insteadOf(peers: readonly { readonly id: number; readonly held: PeersSeat }[]): Room {
  const longest = (which: (doing: Doing) => boolean): number | undefined =>
    oldest(peers.filter(({ held }) => which(held.doing)).map(({ id, held }) => ({ id, ms: held.heardMs })));
  const id = longest((doing) => doing === 'idle') ?? longest(isWaiting);
  return id === undefined ? { kind: 'none' } : { kind: 'instead-of', id };
}

function oldest(all: readonly { readonly id: number; readonly ms: number }[]): number | undefined {
  let first: { readonly id: number; readonly ms: number } | undefined;
  for (const each of all) if (first === undefined || each.ms < first.ms) first = each;
  return first?.id;
}

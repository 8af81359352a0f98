// Owns: who has a place, and who goes for whom, as data.
// Leaves: the streams (hostile.test.ts).
import { expect, test } from 'vitest';
import {
  type Doing,
  goesForStranger,
  LIMITS,
  roomForPeer,
  type Seat,
  silent,
} from '../../../../src/workers/peer/server/admission.ts';

const stranger = (id: number, hasFailed = false): Seat => ({ id, held: { kind: 'stranger', sinceMs: id, hasFailed } });
const peer = (id: number, tokenId: string, doing: Doing = 'waiting'): Seat => ({
  id,
  held: { kind: 'peer', tokenId, heardMs: id, doing },
});
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

test('strangers have places until these are full, then the oldest goes', () => {
  expect(goesForStranger(many(LIMITS.strangers - 1, (at) => stranger(at)))).toBeUndefined();
  expect(goesForStranger(many(LIMITS.strangers, (at) => stranger(at + 7)))).toBe(7);
});

test('who has shown a wrong token goes before an older one of whom nothing is known', () => {
  expect(goesForStranger(many(LIMITS.strangers, (at) => stranger(at, at === 50 || at === 60)))).toBe(50);
});

test('no number of peers takes a place of strangers, or the other way round', () => {
  const full = many(LIMITS.peers, (at) => peer(at, `t${at}`));
  expect(goesForStranger(full)).toBeUndefined();
  expect(
    roomForPeer(
      many(LIMITS.strangers, (at) => stranger(at)),
      't',
    ),
  ).toEqual({ kind: 'free' });
});

test('of one token the oldest that is not busy makes room; if all are, there is none', () => {
  const own = many(LIMITS.streamsPerToken, (at) => peer(at, 't', at < 3 ? 'busy' : 'waiting'));
  expect(roomForPeer(own, 't')).toEqual({ kind: 'instead-of', id: 3 });
  expect(roomForPeer(own, 'other')).toEqual({ kind: 'free' });
  expect(
    roomForPeer(
      many(LIMITS.streamsPerToken, (at) => peer(at, 't', 'busy')),
      't',
    ),
  ).toEqual({ kind: 'none' });
});

test('when all places are taken, who has most can best do without one', () => {
  const seats = many(LIMITS.peers, (at) => peer(at, at < 90 ? `t${at}` : 'many'));
  expect(roomForPeer(seats, 'new')).toEqual({ kind: 'instead-of', id: 90 });
  const busy = many(LIMITS.peers, (at) => peer(at, at < 90 ? `t${at}` : 'many', at === 5 ? 'waiting' : 'busy'));
  expect(roomForPeer(busy, 'new')).toEqual({ kind: 'instead-of', id: 5 });
});

test('who is silent for too long goes: one of ours whom no stream of its own speaks for, git-annex only after a day', () => {
  const hour = 3_600_000;
  const seats = [peer(1, 'annex'), peer(2, 'dead', 'waiting-asking'), peer(3, 'dead', 'idle'), peer(4, 'busy', 'busy')];
  const alive = [peer(5, 'alive', 'waiting-asking'), peer(hour, 'alive', 'idle')];
  expect(silent([...seats, ...alive, stranger(6)], 1_000)).toEqual([]);
  expect(silent([...seats, ...alive], hour + 1)).toEqual([2]);
  expect(silent([...seats, ...alive], hour + 1_000)).toEqual([2, 3]);
  expect(silent(seats, 25 * hour)).toEqual([1, 2, 3]);
});

test('one that is idle goes before an older one that waits to be told', () => {
  const own = many(LIMITS.streamsPerToken, (at) => peer(at, 't', at === 9 || at === 12 ? 'idle' : 'waiting'));
  expect(roomForPeer(own, 't')).toEqual({ kind: 'instead-of', id: 9 });
});

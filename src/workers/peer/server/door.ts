// Owns: all streams of one network that are here: strangers and peers, their places, and who goes when.
// Leaves: who goes, as a decision (admission.ts), what is said (connection.ts), and tokens (tokens.ts).
import type { Duplex } from 'node:stream';
import type { PeerAddress } from '../../../shared/p2p/address.ts';
import type { ObjectName } from '../../../shared/remote.ts';
import type { PeerHere, PeerIdentity } from '../../../shared/serve-messages.ts';
import { wait } from '../../../shared/timing/wait.ts';
import { goesForStranger, isWaiting, LIMITS, roomForPeer, type Seat, silent } from './admission.ts';
import { type Asked, converse, type Host, type Verdict } from './connection.ts';
import type { Guest } from './guest.ts';
import { createPendingChanges, type Offer, type PendingChanges } from './pending-changes.ts';
import type { RightsOf, Tokens } from './tokens.ts';

/** What is done for those who are let in. */
export type Services = {
  readonly [K in 'connect' | 'objects']: (
    asked: Asked<K>,
    stream: Parameters<Host[K]>[1],
    guest: Guest,
  ) => Promise<string | undefined>;
} & {
  readonly agree: (version: number, peer: PeerIdentity, guest: Guest) => Promise<number>;
  readonly invite: (text: string, peer: PeerIdentity, signal: AbortSignal) => Promise<string | undefined>;
};

export interface DoorOptions {
  readonly ownUuid: string;
  readonly tokens: Tokens;
  readonly services: Services;
  /** Who is let in is different. */
  readonly changed: () => void;
  /** Somebody showed a token that is none. */
  readonly wrongToken: () => void;
  readonly log: (text: string) => void;
}

export interface Door {
  /** `at`: the own address to which it came. */
  readonly take: (duplex: Duplex, at: PeerAddress) => void;
  /** `objects`: of which it is not known by which refs they are reached. */
  readonly offer: (offer: Offer, objects?: readonly ObjectName[]) => void;
  /** Who was let in by a token that is gone, or may something else now, goes. */
  readonly recheck: () => void;
  readonly peers: () => readonly PeerHere[];
  /** Takes nobody any more; who is not busy goes. Resolves when all are gone. */
  readonly close: () => Promise<void>;
  readonly dropAll: () => void;
}

interface Here extends Guest {
  readonly at: PeerAddress;
  readonly sinceMs: number;
  readonly admittedMs: number;
  held: Seat['held'];
  peer: PeerIdentity | undefined;
  readonly changes: PendingChanges;
  /** Called when there may be changes to tell. */
  wake: () => void;
}

export function createDoor({ ownUuid, tokens, services, changed, wrongToken, log }: DoorOptions): Door {
  const all = new Map<number, Here>();
  const over = new Set<Promise<void>>();
  let last = 0;
  let isClosing = false;
  let wrongAnswers = 0;
  let rightsOf: RightsOf = tokens.rightsNow();

  const seats = (): Seat[] => [...all].map(([id, { held }]) => ({ id, held }));
  const dropOne = (id: number | undefined): void => {
    const one = id === undefined ? undefined : all.get(id);
    if (id === undefined || one === undefined) return;
    // Its place is free at once, whatever it takes to close.
    all.delete(id);
    one.drop();
    if (one.peer) changed();
  };
  const judge = async (id: number, here: Here, { uuid, token }: Asked<'judge'>): Promise<Verdict> => {
    recheck();
    const found = tokens.find(token, here.at);
    if (found === undefined) return refuse(here);
    const room = roomForPeer(seats(), found.tokenId);
    if (room.kind === 'none') return { kind: 'no-room', why: 'too many are connected just now: try again' };
    if (room.kind === 'instead-of') dropOne(room.id);
    if (!all.has(id)) return { kind: 'unanswered' };
    const peer: PeerIdentity = { tokenId: found.tokenId, uuid, rights: found.rights };
    here.peer = peer;
    here.held = { kind: 'peer', tokenId: found.tokenId, heardMs: performance.now(), doing: 'idle' };
    changed();
    return { kind: 'let-in', peer };
  };
  const refuse = async (here: Here): Promise<Verdict> => {
    wrongToken();
    if (here.held.kind === 'stranger') here.held = { ...here.held, hasFailed: true };
    if (wrongAnswers >= LIMITS.wrongAnswers) return { kind: 'unanswered' };
    wrongAnswers += 1;
    await wait(LIMITS.answerMs, here.dropped);
    wrongAnswers -= 1;
    return { kind: 'refused' };
  };
  const recheck = (): void => {
    const rightsNow = tokens.rightsNow();
    if (rightsNow === rightsOf) return;
    rightsOf = rightsNow;
    for (const [id, { peer, at }] of [...all])
      if (peer !== undefined && rightsOf(peer.tokenId, at) !== peer.rights) dropOne(id);
  };
  const looking = setInterval(() => silent(seats(), performance.now()).forEach(dropOne), LIMITS.lookMs).unref();
  const hostOf = (id: number, here: Here): Host => ({
    ownUuid,
    judge: (asked) => judge(id, here, asked),
    agree: (version) => (here.peer ? services.agree(version, here.peer, here) : Promise.resolve(version)),
    nextChanges: (by) => nextChanges(here, by),
    connect: (asked, stream) => services.connect(asked, stream, here),
    objects: (asked, stream) => services.objects(asked, stream, here),
    invite: ({ text, peer }) => services.invite(text, peer, here.dropped),
    fault: (text) => log(`fault here: ${text}`),
    does: (doing) => {
      if (here.held.kind !== 'peer') return;
      const before = here.held.doing;
      here.held = { ...here.held, heardMs: performance.now(), doing };
      if (before !== doing) changed();
    },
  });
  const take = (duplex: Duplex, at: PeerAddress): void => {
    if (isClosing) return void duplex.on('error', () => undefined).destroy();
    dropOne(goesForStranger(seats()));
    last += 1;
    const id = last;
    const here = newcomer(at);
    all.set(id, here);
    const late = setTimeout(() => here.peer ?? dropOne(id), LIMITS.authMs);
    const ended = converse(duplex, hostOf(id, here), here.dropped).finally(() => {
      clearTimeout(late);
      over.delete(ended);
      dropOne(id);
    });
    over.add(ended);
  };
  return {
    take,
    recheck,
    offer: (offer, objects = []) => {
      for (const { peer, changes, wake } of all.values()) {
        if (!peer) continue;
        changes.add(offer, objects);
        wake();
      }
    },
    peers: () => peersAmong(all.values()),
    close: async () => {
      isClosing = true;
      clearInterval(looking);
      for (const [id, { held }] of [...all]) if (held.kind === 'stranger' || held.doing !== 'busy') dropOne(id);
      while (over.size > 0) await Promise.all(over);
    },
    dropAll: () => {
      for (const id of [...all.keys()]) dropOne(id);
    },
  };
}

function newcomer(at: PeerAddress): Here {
  const dropped = new AbortController();
  const sinceMs = performance.now();
  return {
    ...{ at, sinceMs, admittedMs: Date.now(), peer: undefined, wake: () => undefined },
    held: { kind: 'stranger', sinceMs, hasFailed: false },
    changes: createPendingChanges(),
    dropped: dropped.signal,
    drop: () => dropped.abort(),
  };
}

/** One who waits at a time. */
async function nextChanges(here: Here, by: Parameters<PendingChanges['take']>[0]): Promise<string> {
  for (;;) {
    const line = here.changes.take(by);
    if (line !== undefined) return line;
    await new Promise<void>((resolve) => {
      here.wake = resolve;
    });
  }
}

/** A token and a uuid are one peer, whatever streams it has. */
function peersAmong(all: Iterable<Here>): PeerHere[] {
  const peers = new Map<string, PeerHere>();
  for (const { peer, admittedMs, held } of all) {
    if (peer === undefined || held.kind !== 'peer') continue;
    const key = `${peer.tokenId} ${peer.uuid}`;
    const before = peers.get(key);
    peers.set(key, {
      ...peer,
      sinceMs: Math.min(before?.sinceMs ?? admittedMs, admittedMs),
      streams: (before?.streams ?? 0) + 1,
      isWaiting: isWaiting(held.doing) || (before?.isWaiting ?? false),
    });
  }
  return [...peers.values()];
}

// Owns: the network xmpp: streams in band between programs of accounts, and news by presence, over one login a thread.
// Leaves: the account as it is shared (house.ts), and which it is (account.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import type { PeerAddress } from '../../../../shared/p2p/address.ts';
import { formatJid, type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import type { NetworkSettings } from '../../../../shared/p2p/network-settings.ts';
import { printable } from '../../../../shared/printable.ts';
import { aborted, unlessAborted, wait } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import { createCarriers, type Share } from '../../../carriers.ts';
import { CLOSING, PEER } from '../../../patience.ts';
import type { Listening, Network, NetworkContext } from '../network.ts';
import { accountOf, named } from './account.ts';
import type { OpenedStream } from './bytestreams.ts';
import { type Guest, type House, openHouse } from './house.ts';
import { createRefusals } from './refusals.ts';
import { StanzaRefused } from './requests.ts';
import { ownResource, resourceHere } from './resource.ts';

/** One login for all of a thread. */
const houses = createCarriers<House>();
const refusals = createRefusals(() => performance.now());

export const xmpp: Network = {
  dial: async (address, context, signal) => {
    const peer = jidIn(address);
    const share = await enterHouse(context, signal, resourceHere);
    const leave = share.carrier.enter({ known: [peer.bare] });
    const release = (): void => {
      leave();
      void share.release().catch(() => undefined);
    };
    try {
      const { duplex, gone } = await reach(share.carrier, peer, signal);
      void gone.then(release);
      return duplex;
    } catch (error) {
      release();
      throw error;
    }
  },
  listen: async ({ onStream }, context, signal) => {
    const share = await enterHouse(context, signal);
    const own = addressOf(share.carrier.jid());
    const stay = staying(share, { known: friendsIn(context.settings), onStream: (stream) => onStream(stream, own) });
    return { addresses: [own], how: named(share.carrier.jid()), ...stay };
  },
  announce: async ({ onTold, onMissed, onCame }, context, signal) => {
    const share = await enterHouse(context, signal);
    const known = friendsIn(context.settings);
    const guest = { known, onTold, onMissed, onCame: (jid: Jid) => onCame(addressOf(jid)) };
    return {
      tell: share.carrier.presence.tell,
      how: `${named(share.carrier.jid())}, for news alone`,
      ...staying(share, guest),
    };
  },
  addresses: async (context) => {
    const { jid } = accountOf(context);
    return [addressOf({ ...jid, resource: ownResource(context.gitDir) })];
  },
};

/** A login takes as long as it takes; whoever asks may give up before. */
async function enterHouse(
  context: NetworkContext,
  signal: AbortSignal,
  resourceOf = ownResource,
): Promise<Share<House>> {
  signal.throwIfAborted();
  const account = accountOf(context);
  // Another password, or another server, is another login.
  const key = JSON.stringify([account, context.gitDir]);
  for (;;) {
    const taking = houses.take(key, () =>
      refusals.respected(JSON.stringify(account), () =>
        openHouse({ account, resource: resourceOf(context.gitDir), log: context.log }, NEVER),
      ),
    );
    const share = await unlessAborted(taking, signal).catch((error: unknown) => {
      taking.then(({ release }) => release()).catch(() => undefined);
      throw error;
    });
    if (!share.carrier.over.aborted) return share;
    // The others leave it as well, each when it hears of that.
    await share.release().catch(() => undefined);
    await wait(SETTLE_MS, signal);
    signal.throwIfAborted();
  }
}

const NEVER = new AbortController().signal;
const SETTLE_MS = 50;

/** Until it is closed, or the account is over. */
function staying(share: Share<House>, guest: Guest): Pick<Listening, 'meet' | 'ended' | 'close'> {
  const { carrier, release } = share;
  let leave = carrier.enter(guest);
  const ended = aborted(carrier.over).then((): never => {
    throw carrier.over.reason;
  });
  ended.catch(() => undefined);
  return {
    meet: (settings) => {
      const left = leave;
      // Who was heard before is heard in between, too.
      leave = carrier.enter({ ...guest, known: friendsIn(settings) });
      left();
    },
    ended,
    close: async (now) => {
      leave();
      await within(
        release().catch(() => undefined),
        CLOSING.serverMs,
        now,
      );
    },
  };
}

/** Where an account has several programs, those that came last are asked first, until one takes it. */
async function reach(house: House, peer: Jid, signal: AbortSignal): Promise<OpenedStream> {
  const found = peer.resource === undefined ? await programsOf(house, peer, signal) : [peer];
  let refused: string | undefined;
  for (const jid of found) {
    const opening = openAt(house, formatJid(jid));
    try {
      return await unlessAborted(opening, signal);
    } catch (error) {
      opening.then(({ duplex }) => duplex.destroy()).catch(() => undefined);
      if (!(error instanceof StanzaRefused)) throw error;
      refused = error.condition;
    }
  }
  throw notReached(house, peer, refused);
}

const MOST_OPENINGS = 3;

/** Where the connection breaks, a question or its answer may be lost, and with a new login both are: it is asked anew. */
async function openAt(house: House, peer: string): Promise<OpenedStream> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await house.open(peer, PEER.serverMs);
    } catch (error) {
      const isLost = error instanceof DaemonError && ['timed-out', 'dropped'].includes(error.code);
      if (!isLost || tries >= MOST_OPENINGS) throw error;
    }
  }
}

const ASKED_MS = 5_000;
const LOOK_MS = 50;

/** Who has just logged in has not heard of all yet. */
async function programsOf({ presence, jid }: House, { bare }: Jid, signal: AbortSignal): Promise<readonly Jid[]> {
  const own = formatJid(jid());
  const others = (): readonly Jid[] => presence.of(bare).filter((each) => formatJid(each) !== own);
  if (others().length === 0) presence.ask(bare);
  for (let waitedMs = 0; others().length === 0 && waitedMs < ASKED_MS; waitedMs += LOOK_MS) await wait(LOOK_MS, signal);
  signal.throwIfAborted();
  return others();
}

function notReached(house: House, peer: Jid, condition: string | undefined): DaemonError {
  const name = printable(formatJid(peer));
  // As servers say it of whoever is not there.
  if (condition === undefined || ['service-unavailable', 'recipient-unavailable', 'item-not-found'].includes(condition))
    return new DaemonError('unreachable', `${name} is not online, or is not there for peers`);
  if (condition === 'not-acceptable') {
    const { bare } = house.jid();
    const detail = `${name} takes nobody by the name of ${bare}: is it served there, and is remotedaemon.xmppFriend = ${bare} set?`;
    return new DaemonError('unreachable', detail);
  }
  if (condition === 'remote-server-not-found' || condition === 'remote-server-timeout')
    return new DaemonError('unreachable', `the server of ${name} is not reached by ours`);
  return new DaemonError('unreachable', `${name} takes no stream: ${printable(condition)}`);
}

function jidIn(address: PeerAddress): Jid {
  const jid = address.kind === 'p2p' ? parseJid(address.address) : undefined;
  if (jid) return jid;
  throw new DaemonError('unreachable', 'there is no such address in the network xmpp');
}

const addressOf = (jid: Jid): PeerAddress => ({ kind: 'p2p', network: 'xmpp', address: formatJid(jid) });

const friendsIn = ({ xmppFriends }: NetworkSettings): readonly string[] => xmppFriends ?? [];

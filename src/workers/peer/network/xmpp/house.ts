// Owns: one account as all links and the service of a thread share it: its session, who is there, and the streams.
// Leaves: each of them (session.ts, presence.ts, bytestreams.ts), and who shares it (xmpp.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { formatJid, type Jid } from '../../../../shared/p2p/jid.ts';
import { aborted } from '../../../../shared/timing/wait.ts';
import type { Carrier } from '../../../carriers.ts';
import type { Account } from './account.ts';
import { type Bytestreams, createBytestreams } from './bytestreams.ts';
import { createPresence, type Presence } from './presence.ts';
import { openSession, type Session } from './session.ts';

/** What one link, or the service, wants of the account. */
export interface Guest {
  /** Accounts that it wants to hear of, and that may come; without resources. */
  readonly known: readonly string[];
  /** Takes streams of those; absent: it takes none. */
  readonly onStream?: (stream: Duplex) => void;
  readonly onTold?: (uuids: readonly string[]) => void;
  readonly onMissed?: () => void;
  readonly onCame?: (jid: Jid) => void;
}

export interface House extends Carrier {
  readonly jid: () => Jid;
  /** Returns how to leave. */
  readonly enter: (guest: Guest) => () => void;
  readonly presence: Pick<Presence, 'ask' | 'tell' | 'of'>;
  readonly open: Bytestreams['open'];
  /** It is over, and why. */
  readonly over: AbortSignal;
}

export interface HouseOptions {
  readonly account: Account;
  readonly resource: string;
  readonly log: (text: string) => void;
}

/** Throws a DaemonError, or what the signal was aborted with. */
export async function openHouse({ account, resource, log }: HouseOptions, signal: AbortSignal): Promise<House> {
  const guests = new Set<Guest>();
  const known = (): string[] => [...guests].flatMap((guest) => guest.known);
  const isKnown = (bare: string): boolean => [...guests].some((guest) => guest.known.includes(bare));
  const isOwn = (bare: string): boolean => bare === account.jid.bare;
  const session: { now?: Session } = {};
  const sessionNow = (): Session => {
    if (session.now) return session.now;
    throw new DaemonError('not-now', 'not logged in yet');
  };
  const presence = createPresence({
    own: () => session.now?.jid() ?? { ...account.jid, resource },
    known,
    isKnown,
    send: (stanza) => void session.now?.send(stanza).catch(() => undefined),
    onTold: (uuids, { bare }) => {
      for (const { known: theirs, onTold } of guests) if (theirs.includes(bare) || isOwn(bare)) onTold?.(uuids);
    },
    onCame: (jid) => {
      for (const { onCame } of guests) onCame?.(jid);
    },
    // With it went its streams, and nobody is left to say so.
    onLeft: (jid) => streams.left(formatJid(jid)),
    nowMs: () => performance.now(),
  });
  const streams = createBytestreams({
    send: async (stanza) => sessionNow().send(stanza),
    request: async (iq, limitMs) => sessionNow().request(iq, limitMs),
    takerFor: ({ bare }) =>
      [...guests].find((guest) => guest.onStream && (guest.known.includes(bare) || isOwn(bare)))?.onStream,
  });
  const opened = await openSession(
    {
      ...{ account, resource, log },
      onStanza: (stanza) => {
        if (stanza.name === 'presence') presence.hear(stanza);
        if (stanza.name === 'iq') streams.hear(stanza);
      },
      onResumed: () => streams.drop(new DaemonError('dropped', 'the connection to the server broke')),
      onLogin: () => {
        streams.lose(new DaemonError('dropped', 'the server has forgotten the connection'));
        presence.forget();
        presence.greet();
        for (const { onMissed } of guests) onMissed?.();
      },
    },
    signal,
  );
  session.now = opened;
  void aborted(opened.over).then(() => streams.lose(opened.over.reason));
  presence.greet();
  return {
    jid: opened.jid,
    enter: (guest) => {
      const news = guest.known.filter((bare) => !isKnown(bare) && !isOwn(bare));
      guests.add(guest);
      for (const bare of news) presence.ask(bare);
      return () => void guests.delete(guest);
    },
    presence,
    open: (peer, limitMs) => {
      // It may be opened anew because the last one was silent.
      opened.doubt();
      return streams.open(peer, limitMs).catch((error: unknown) => {
        // The server had less time than that to answer.
        if (error instanceof DaemonError && error.code === 'timed-out') opened.unanswered();
        throw error;
      });
    },
    over: opened.over,
    close: opened.close,
  };
}

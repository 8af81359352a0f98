// Owns: being logged in to an account: connected, tried again for a moment when the connection breaks, and stanzas both ways.
// Leaves: the library (library.ts), the socket (secure-socket.ts), and trying again for long (main).
import { DaemonError, dispositionOf } from '../../../../shared/failures.ts';
import { type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import { unlessAborted, wait } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import { CLOSING, PEER } from '../../../patience.ts';
import { type Account, named, type Place } from './account.ts';
import { keepAlive } from './keep-alive.ts';
import { type Client, createClient, type Element, failureIn, openOver } from './library.ts';
import { placesOf } from './places.ts';
import { createRequests } from './requests.ts';
import { openSecurely } from './secure-socket.ts';

export interface Session {
  /** With the resource that the server gave. */
  readonly jid: () => Jid;
  /** Resolves when it is on its way; kept while the connection is made again. Throws a DaemonError where that is over. */
  readonly send: (stanza: Element) => Promise<void>;
  /** A question, and its answer. Throws a StanzaRefused, or a DaemonError. */
  readonly request: (iq: Element, limitMs: number) => Promise<Element>;
  /** Somebody has reason to think that the server is no longer reached: it is asked, and has less time than else. */
  readonly doubt: () => void;
  /** It is over: by itself, and why, or closed. */
  readonly over: AbortSignal;
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  readonly account: Account;
  readonly resource: string;
  readonly onStanza: (stanza: Element) => void;
  /** Logged in anew, as the server has forgotten the session: nobody knows that we are here, and streams are gone. */
  readonly onLogin: () => void;
  /** Connected again, to the same session. The library may have lost a stanza, or sent one twice, where it broke twice. */
  readonly onResumed: () => void;
  readonly log: (text: string) => void;
}

/** A connection that breaks is made again so often, and so soon; the server keeps the session meanwhile (XEP-0198). */
const AGAIN_MS = [200, 1_000, 2_000, 4_000, 8_000, 16_000];

/** Throws a DaemonError, or what the signal was aborted with. */
export async function openSession(options: SessionOptions, signal: AbortSignal): Promise<Session> {
  const { account, resource, onStanza, onLogin, onResumed, log } = options;
  const entity = createClient(account, resource);
  const over = new AbortController();
  const connecting = createConnecting(entity, account);
  const requests = createRequests((stanza) => send(stanza));
  let up: Promise<void> = Promise.resolve();
  const end = (why: DaemonError): void => {
    if (over.signal.aborted) return;
    over.abort(why);
    requests.end(why);
    entity.socket?.destroy();
  };
  const again = async (why: DaemonError): Promise<void> => {
    let failure = why;
    for (const waitMs of AGAIN_MS) {
      if (dispositionOf(failure.code) === 'give-up' || isFinal(failure)) break;
      await wait(waitMs, over.signal);
      over.signal.throwIfAborted();
      try {
        if ((await connecting.connect(over.signal)) === 'resumed') {
          log('connected again');
          return onResumed();
        }
        requests.end(failure);
        log('logged in again');
        return onLogin();
      } catch (error) {
        failure = failureIn(error, account);
      }
    }
    throw failure;
  };
  const send = async (stanza: Element): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      over.signal.throwIfAborted();
      await up;
      try {
        return await entity.send(stanza);
      } catch (error) {
        // What was not written is not among what the library sends again. That a socket is gone shows a moment later.
        if (over.signal.aborted) throw over.signal.reason;
        if (tries >= MOST_TRIES) throw failureIn(error, account);
        await wait(SETTLE_MS, over.signal);
      }
    }
  };
  entity.on('stanza', (stanza: Element) => {
    if (!requests.answered(stanza)) onStanza(stanza);
  });
  // What is asked of us is answered here: by itself the library would answer on a connection that may be gone.
  for (const name of ['open', 'data', 'close']) entity.iqCallee.set(BYTESTREAMS, name, () => NEVER);
  await connecting.connect(signal);
  connecting.onLost((why) => {
    if (over.signal.aborted) return;
    up = again(why);
    up.catch((error: unknown) => end(failureIn(error, account)));
  });
  const doubt = keepAlive(entity, requests, over.signal);
  return {
    jid: () => parseJid(`${entity.jid}`) ?? { ...account.jid, resource },
    send,
    request: requests.ask,
    doubt,
    over: over.signal,
    close: async () => {
      const isUp = entity.status === 'online';
      over.abort(new DaemonError('cancelled', `${named(account.jid)} is no longer used here`));
      requests.end(new DaemonError('cancelled', 'closed'));
      if (isUp)
        await within(
          entity.stop().catch(() => undefined),
          CLOSING.serverMs,
        );
      entity.socket?.destroy();
    },
  };
}

export const BYTESTREAMS = 'http://jabber.org/protocol/ibb';
const NEVER = new Promise<true>(() => undefined);
const SETTLE_MS = 50;
const MOST_TRIES = 100;

/** Somebody else has the name: two would take it from each other for ever. */
const isFinal = ({ cause }: DaemonError): boolean =>
  cause instanceof Error && 'condition' in cause && cause.condition === 'conflict';

interface Connecting {
  readonly connect: (signal: AbortSignal) => Promise<'online' | 'resumed'>;
  readonly onLost: (lost: (why: DaemonError) => void) => void;
}

function createConnecting(entity: Client, account: Account): Connecting {
  let lost = (_why: DaemonError): void => undefined;
  let settle:
    | { readonly done: (how: 'online' | 'resumed') => void; readonly failed: (why: unknown) => void }
    | undefined;
  let lastError: unknown;
  let isUp = false;
  entity.on('error', (error: unknown) => {
    lastError = error;
    settle?.failed(error);
  });
  entity.on('online', () => settle?.done('online'));
  entity.streamManagement.on('resumed', () => settle?.done('resumed'));
  entity.on('disconnect', () => {
    const why = failureIn(lastError ?? new Error('the server is gone'), account);
    lastError = undefined;
    const wasUp = isUp;
    isUp = false;
    if (settle) settle.failed(why);
    else if (wasUp) lost(why);
  });
  const loginAt = async (place: Place, signal: AbortSignal): Promise<'online' | 'resumed'> => {
    const socket = await openSecurely(place, account, signal);
    const login = new Promise<'online' | 'resumed'>((done, failed) => {
      settle = { done, failed };
    });
    login.catch(() => undefined);
    const late = setTimeout(
      () => settle?.failed(new DaemonError('unanswered', 'the server lets nobody in')),
      PEER.loginMs,
    );
    try {
      lastError = undefined;
      openOver(entity, socket).catch((error: unknown) => settle?.failed(error));
      const how = await unlessAborted(login, signal);
      isUp = true;
      return how;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(late);
      settle = undefined;
    }
  };
  return {
    onLost: (hear) => {
      lost = hear;
    },
    connect: async (signal) => {
      const places = account.service ? [account.service] : await placesOf(account.jid.domain);
      let failure: unknown;
      for (const place of places) {
        try {
          return await loginAt(place, signal);
        } catch (error) {
          signal.throwIfAborted();
          failure = failureIn(error, account);
          if (failure instanceof DaemonError && failure.code === 'auth-refused') break;
        }
      }
      throw failure;
    },
  };
}

// Owns: being logged in to an account: connected, tried again for a moment when the connection breaks, and stanzas both ways.
// Leaves: the library (library.ts), one connection (connecting.ts), whether it is resumed (resumption.ts), trying for long (main).
import { DaemonError, dispositionOf } from '../../../../shared/failures.ts';
import { type Jid, parseJid } from '../../../../shared/p2p/jid.ts';
import { wait } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import { CLOSING } from '../../../patience.ts';
import { type Account, named } from './account.ts';
import { type Connecting, createConnecting } from './connecting.ts';
import { keepAlive } from './keep-alive.ts';
import { type Client, createClient, type Element, failureIn } from './library.ts';
import { createRequests } from './requests.ts';
import { type History, mayBeDeaf, mayBeResumed, NO_HISTORY } from './resumption.ts';

export interface Session {
  /** With the resource that the server gave. */
  readonly jid: () => Jid;
  /** Resolves when it is on its way; kept while the connection is made again. Throws a DaemonError where that is over. */
  readonly send: (stanza: Element) => Promise<void>;
  /** A question, and its answer. Throws a StanzaRefused, or a DaemonError. */
  readonly request: (iq: Element, limitMs: number) => Promise<Element>;
  /** Somebody has reason to think that the server is no longer reached: it is asked, and has less time than else. */
  readonly doubt: () => void;
  /** Somebody did not answer in time, and the server was asked meanwhile and is there: maybe nothing reaches us any more. */
  readonly unanswered: () => void;
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
  const over = new AbortController();
  let history: History = NO_HISTORY;
  const requests = createRequests((stanza) => send(stanza));
  let up: Promise<void> = Promise.resolve();
  const end = (why: DaemonError): void => {
    if (over.signal.aborted) return;
    over.abort(why);
    requests.end(why);
    line.entity.socket?.destroy();
  };
  const again = async (why: DaemonError): Promise<void> => {
    let failure = why;
    if (!mayBeResumed(history, performance.now())) line = createLine();
    for (const waitMs of AGAIN_MS) {
      if (dispositionOf(failure.code) === 'give-up' || isFinal(failure)) break;
      await wait(waitMs, over.signal);
      over.signal.throwIfAborted();
      try {
        if ((await line.connecting.connect(over.signal)) === 'resumed') {
          history = { ...history, resumedMs: performance.now() };
          log('connected again');
          return onResumed();
        }
        history = { ...history, resumedMs: undefined };
        requests.end(failure);
        log('logged in again');
        return onLogin();
      } catch (error) {
        failure = failureIn(error, account);
        if (line.connecting.isSpoilt()) line = createLine();
      }
    }
    throw failure;
  };
  const begin = (why: DaemonError): void => {
    up = again(why);
    up.catch((error: unknown) => end(failureIn(error, account)));
  };
  const send = async (stanza: Element): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      over.signal.throwIfAborted();
      await up;
      try {
        return await line.entity.send(stanza);
      } catch (error) {
        // What was not written is not among what the library sends again. That a socket is gone shows a moment later.
        if (over.signal.aborted) throw over.signal.reason;
        if (tries >= MOST_TRIES) throw failureIn(error, account);
        await wait(SETTLE_MS, over.signal);
      }
    }
  };
  const createLine = (): Line => {
    const entity = createClient(account, resource);
    const made = { entity, connecting: createConnecting(entity, account) };
    entity.on('stanza', (stanza: Element) => {
      if (line === made && !requests.answered(stanza)) onStanza(stanza);
    });
    // What is asked of us is answered here: by itself the library would answer on a connection that may be gone.
    for (const name of ['open', 'data', 'close']) entity.iqCallee.set(BYTESTREAMS, name, () => NEVER);
    made.connecting.onLost((why) => {
      if (line === made && !over.signal.aborted) begin(why);
    });
    return made;
  };
  let line = createLine();
  await line.connecting.connect(signal);
  const server = {
    options: { domain: account.jid.domain },
    get socket() {
      return line.entity.socket;
    },
  };
  const doubt = keepAlive(server, requests, over.signal);
  return {
    jid: () => parseJid(`${line.entity.jid ?? ''}`) ?? { ...account.jid, resource },
    send,
    request: requests.ask,
    doubt,
    unanswered: () => {
      const { entity } = line;
      if (over.signal.aborted || entity.status !== 'online' || !mayBeDeaf(history, performance.now())) return;
      history = { resumedMs: undefined, renewedMs: performance.now() };
      line = createLine();
      entity.socket?.destroy();
      begin(new DaemonError('dropped', 'nothing seems to arrive any more'));
    },
    over: over.signal,
    close: async () => {
      const { entity } = line;
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

/** A client and its connection; another is made where the session is not to be resumed. */
interface Line {
  readonly entity: Client;
  readonly connecting: Connecting;
}

// Owns: on which stream a link hears what moves at its peer, and proving that it would hear it.
// Leaves: what is said there (notifications.ts), and what becomes of the link (peer-link.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { answerOf } from '../../answer-of.ts';
import { PEER } from '../../patience.ts';
import { hearNotifications, type NotificationTools } from './notifications.ts';
import { failureBehind, type PeerSession } from './session.ts';

export interface Listening {
  /**
   * A peer that waits to have something to tell reads nothing, so that it cannot be asked whether it is there: it is to
   * let us in once more, within so many ms, and is then heard on that stream. Never rejects.
   */
  readonly prove: (limitMs: number) => Promise<void>;
}

export interface ListeningOptions extends NotificationTools {
  readonly open: (signal: AbortSignal) => Promise<PeerSession>;
  /** It is heard on another stream from here on. */
  readonly onRenewed: () => void;
  /** Nothing is heard any more. */
  readonly onFailure: (why: DaemonError) => void;
}

export function listenTo(first: PeerSession, options: ListeningOptions): Listening {
  const { open, onRenewed, onFailure, signal } = options;
  let current = first;
  let isProving = false;
  const fail = (error: unknown): void => {
    if (!signal.aborted) onFailure(failureBehind(error));
  };
  const hear = (session: PeerSession, onAsked: () => void): void => {
    const tools = { onNews: options.onNews, log: options.log, signal, onAsked };
    hearNotifications(session, tools).catch((error: unknown) => {
      if (current === session) fail(error);
    });
  };
  const renew = async (limitMs: number): Promise<void> => {
    const late = (): DaemonError => new DaemonError('timed-out', 'the peer does not answer any more');
    const next = await answerOf(open, signal, { limitMs: Math.max(limitMs, PEER.proveMs), late });
    const before = current;
    current = next;
    hear(next, () => {
      before.stream.destroy();
      onRenewed();
    });
  };
  hear(first, options.onAsked);
  return {
    prove: async (limitMs) => {
      if (isProving || signal.aborted) return;
      isProving = true;
      await renew(limitMs).catch(fail);
      isProving = false;
    },
  };
}

// Owns: the one link a remote may have: its turn to log in, its loop in a worker, its relay.
// Leaves: the threads (threads/worker-pool.ts), and what its end means (remote/link-state.ts).
import type { Comparison } from '../../../shared/remote.ts';
import type { CloseHow, LinkTask, Report, TurnReport } from '../../../shared/thread-messages.ts';
import type { Slots } from './gates.ts';
import type { Link } from './link-port.ts';
import { createPollTurns, isOfTurns } from './poll-turns.ts';

export interface RemoteLink {
  readonly close: (how: CloseHow) => void;
  /** Asks whether all is here; false: the link cannot tell, and will not answer. */
  readonly check: (comparison: Comparison) => boolean;
  /** The socket through which git reaches the remote over this link, while that works. */
  readonly relaySocket: () => string | undefined;
  /** Whether git can reach the remote over this link at all. */
  readonly hasRelay: () => boolean;
  /** How a fetch went decides by which way the next one goes: through the relay, or by git's own connection. */
  readonly fetched: (ok: boolean) => void;
}

export interface LinkOpener {
  readonly logins: Slots;
  readonly polls: Slots;
  readonly openLink: (task: LinkTask, hear: (report: Report) => void) => Link;
}

/** Takes no turn: what logs in nowhere is not to wait for servers that do not answer. */
const AT_ONCE: Slots['take'] = (begin) => {
  begin();
  return () => undefined;
};

/** The way git takes. `failures`: of the relay, in a row. */
type Way = { readonly kind: 'no-relay' } | { readonly kind: 'relay' | 'own'; readonly failures: number };

/** After so many failures in a row the relay is left alone for as long as the link lives. */
const MOST_RELAY_FAILURES = 2;

/** All that is told of a link but its wish for turns. */
export type LinkReport = Exclude<Report, TurnReport>;

/** Opens a link when a login is free. `hear` gets what the loop reports; exactly one `ended`, always last. */
export function openRemoteLink(task: LinkTask, opener: LinkOpener, hear: (report: LinkReport) => void): RemoteLink {
  let link: Link | 'waits' | 'never-opened' = 'waits';
  let way: Way = { kind: 'no-relay' };
  let checks = false;
  const turns = createPollTurns(opener.polls, (turn) => {
    if (typeof link !== 'string') link.giveTurn(turn);
  });
  const hearReport = (report: Report): void => {
    if (isOfTurns(report)) {
      turns.hear(report);
      return;
    }
    if (report.kind === 'ended') turns.end();
    if (report.kind === 'connected') {
      way = report.relay ? { kind: 'relay', failures: 0 } : { kind: 'no-relay' };
      checks = report.checks;
    }
    if (report.kind === 'connected' || report.kind === 'ended') giveUpLogin();
    hear(report);
  };
  const logsIn = 'target' in task.rung && task.rung.target !== undefined;
  const giveUpLogin = (logsIn ? opener.logins.take : AT_ONCE)(() => {
    link = opener.openLink(task, hearReport);
  });
  return {
    close: (how) => {
      if (link === 'never-opened') return;
      if (link !== 'waits') {
        link.close(how);
        return;
      }
      link = 'never-opened';
      giveUpLogin();
      queueMicrotask(() => hear({ kind: 'ended', ending: { kind: 'closed' } }));
    },
    check: (comparison) => {
      if (!checks || typeof link === 'string') return false;
      link.check(comparison);
      return true;
    },
    hasRelay: () => way.kind !== 'no-relay',
    relaySocket: () => (way.kind === 'relay' ? task.relaySocket : undefined),
    fetched: (ok) => {
      way = nextWay(way, ok);
    },
  };
}

/** Where one way fails, the other is tried; what worked before it is gone back to, unless it fails time and again. */
function nextWay(way: Way, ok: boolean): Way {
  switch (way.kind) {
    case 'no-relay':
      return way;
    case 'relay':
      return ok ? { kind: 'relay', failures: 0 } : { kind: 'own', failures: way.failures + 1 };
    case 'own':
      return ok && way.failures >= MOST_RELAY_FAILURES ? way : { ...way, kind: 'relay' };
    default:
      return way satisfies never;
  }
}

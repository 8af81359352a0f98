// Owns: the one link a remote may have: its turn to log in, its loop in a worker, its relay.
// Leaves: the threads (worker-pool.ts), and what its end means (remote-state.ts).
import type { LinkTask, Report } from '../../shared/thread-messages.ts';
import type { LoginSlots } from './login-slots.ts';
import type { CloseHow } from './remote-state.ts';
import type { Link } from './worker-pool.ts';

export interface RemoteLink {
  readonly close: (how: CloseHow) => void;
  /** The socket through which git reaches the remote over this link, while that works. */
  readonly relaySocket: () => string | undefined;
  /** Whether git can reach the remote over this link at all. */
  readonly hasRelay: () => boolean;
  /** A fetch failed: the next goes the other way, through the relay or by git's own connection. */
  readonly changeWay: () => void;
}

export interface LinkOpener {
  readonly logins: LoginSlots;
  readonly openLink: (task: LinkTask, hear: (report: Report) => void) => Link;
}

/** Takes no turn: a path of this machine is not to wait for servers that do not answer. */
const AT_ONCE: LoginSlots['take'] = (begin) => {
  begin();
  return () => undefined;
};

/** Opens a link when a login is free. `hear` gets what the loop reports; exactly one `ended`, always last. */
export function openRemoteLink(task: LinkTask, opener: LinkOpener, hear: (report: Report) => void): RemoteLink {
  let link: Link | undefined;
  let relay: 'none' | 'used' | 'passed-over' = 'none';
  let neverOpened = false;
  const hearReport = (report: Report): void => {
    if (report.kind === 'connected') relay = report.relay ? 'used' : 'none';
    if (report.kind === 'connected' || report.kind === 'ended') giveUpLogin();
    hear(report);
  };
  const takeTurn = task.rung.kind === 'local-watch' ? AT_ONCE : opener.logins.take;
  const giveUpLogin = takeTurn(() => {
    link = opener.openLink(task, hearReport);
  });
  const closeUnopened = (): void => {
    if (neverOpened) return;
    neverOpened = true;
    giveUpLogin();
    queueMicrotask(() => hear({ kind: 'ended', ending: { kind: 'closed' } }));
  };
  return {
    close: (how) => (link ? link.close(how) : closeUnopened()),
    hasRelay: () => relay !== 'none',
    relaySocket: () => (relay === 'used' ? task.relaySocket : undefined),
    changeWay: () => {
      if (relay !== 'none') relay = relay === 'used' ? 'passed-over' : 'used';
    },
  };
}

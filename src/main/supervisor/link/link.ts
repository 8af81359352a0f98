// Owns: the one link a remote may have: its loop in a worker, the turns that takes, and what it needs here.
// Leaves: the threads (threads/worker-pool.ts), and what is reported of the remote (remote/remote.ts).
import type { Account, Denial } from '../../../shared/account.ts';
import { printable } from '../../../shared/printable.ts';
import type { RemoteName } from '../../../shared/remote.ts';
import { rowOf } from '../../../shared/rungs/rungs.ts';
import type { CloseHow, LinkTask, Order, PeerReport, Report, TurnReport } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';
import type { Loop } from '../threads/loop-port.ts';
import type { LoopOptions } from '../threads/worker-pool.ts';
import type { Accounts } from './accounts.ts';
import type { Gates } from './gates.ts';
import { createLinkTurns, type LinkTurns } from './link-turns.ts';
import type { ChannelsFound } from './server-limits.ts';

export interface Link {
  readonly close: (how: CloseHow) => void;
  /** Asks for a `checked`; only of a link that said it could. */
  readonly check: (asked: CheckAsked) => void;
  /** Has it show that the other side is still there; ends where that is not so. */
  readonly prove: () => void;
  /** The socket at which it serves git, if it said that it does. */
  readonly relaySocket: string | undefined;
}

/** The order. */
export type CheckAsked = Omit<Extract<Order, { kind: 'check' }>, 'kind'>;

export interface LinkTools {
  readonly gates: Gates;
  readonly accounts: Accounts;
  /** Runs the loop. `onReport` gets every report; exactly one `ended`, always last. */
  readonly openLoop: (options: LoopOptions<LinkTask>, onReport: (report: Report) => void) => Loop<Order>;
  readonly log: (remote: RemoteName, text: string) => void;
  /** What the server of a link carries. */
  readonly noteChannels: (task: LinkTask, found: ChannelsFound) => void;
  /** What a link has found out of a peer, or told it. */
  readonly hearOfPeer: (remote: RemoteName, report: PeerReport) => void;
  /** So many bytes came through a remote's relay. */
  readonly sawActivity: (remote: RemoteName, bytes: number) => void;
  /** A child process of a remote's link began or exited. */
  readonly noteChild: (remote: RemoteName, pgid: number, running: boolean) => void;
  /** The link has ended: what children it has left are those of a thread that was ended. */
  readonly endChildren: (remote: RemoteName) => void;
}

/** What a link reports of its remote. */
export type RemoteReport =
  | Exclude<
      Report,
      { kind: 'started' | 'log' | 'channels' | 'relay-activity' | 'child' | 'ended' } | PeerReport | TurnReport
    >
  | LinkEnded;

/** `refusedBy`: where its login was refused, or it was not to log in for that. */
export type LinkEnded = Extract<Report, { kind: 'ended' }> & { readonly refusedBy?: Account };

/** Opens a link. `onReport` gets what is reported of the remote; exactly one `ended`, always last. */
export function openLink(task: LinkTask, tools: LinkTools, onReport: (report: RemoteReport) => void): Link {
  const { gates, accounts } = tools;
  const give = (turn: number, denial?: Denial): void => {
    onReport({ kind: 'phase', phase: 'starting', limitMs: LINK.startMs });
    loop.order({ kind: 'turn', turn, ...(denial && { denial }) });
  };
  const turns = createLinkTurns({ gates, accounts, remote: task.remote, give });
  const onLoopReport = (report: Report): void => {
    if (report.kind === 'wants-turn') onReport({ kind: 'phase', phase: 'waiting for a turn' });
    if (report.kind === 'ended') turns.end();
    if (report.kind === 'ended') tools.endChildren(task.remote);
    if (!isOfRemote(report, task, { ...tools, turns })) return;
    const refusedBy = turns.refusedBy();
    onReport(report.kind === 'ended' && refusedBy ? { ...report, refusedBy } : report);
  };
  const owner = { kind: 'remote', name: task.remote } as const;
  const loop = tools.openLoop({ task, owner, carrier: rowOf(task.rung).carrier(task.rung) }, onLoopReport);
  return {
    relaySocket: task.relaySocket,
    close: loop.close,
    check: (asked) => loop.order({ kind: 'check', ...asked }),
    prove: () => loop.order({ kind: 'prove', limitMs: LINK.proveMs }),
  };
}

/** Sees to what is reported of the loop itself. */
function isOfRemote(
  report: Report,
  task: LinkTask,
  tools: LinkTools & { readonly turns: LinkTurns },
): report is Extract<Report, RemoteReport | { kind: 'ended' }> {
  const { remote } = task;
  switch (report.kind) {
    case 'started':
      return false;
    case 'log':
      tools.log(remote, printable(report.text));
      return false;
    case 'channels':
      tools.noteChannels(task, report);
      return false;
    case 'peer-known':
    case 'invitation-given':
      tools.hearOfPeer(remote, report);
      return false;
    case 'relay-activity':
      tools.sawActivity(remote, report.bytes);
      return false;
    case 'child':
      tools.noteChild(remote, report.pgid, report.running);
      return false;
    case 'wants-turn':
    case 'turn-over':
      tools.turns.onReport(report);
      return false;
    default:
      return true;
  }
}

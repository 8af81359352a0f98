// Owns: the one link a remote may have: its turns to log in and to poll, its loop in a worker, and what that needs here.
// Leaves: the threads (threads/worker-pool.ts), and what is reported of the remote (remote/remote.ts).
import { printable } from '../../../shared/printable.ts';
import type { Comparison, RemoteName } from '../../../shared/remote.ts';
import { rowOf } from '../../../shared/rungs/rungs.ts';
import type { CloseHow, LinkTask, Report, TurnReport } from '../../../shared/thread-messages.ts';
import type { Loop } from '../threads/loop-port.ts';
import type { LoopOptions } from '../threads/worker-pool.ts';
import type { Slots } from './gates.ts';
import { createPollTurns, type PollTurns } from './poll-turns.ts';

export interface Link {
  readonly close: (how: CloseHow) => void;
  /** Asks for a `checked`; only of a link that said it could. */
  readonly check: (comparison: Comparison) => void;
  /** The socket at which it serves git, if it said that it does. */
  readonly relaySocket: string | undefined;
}

export interface LinkTools {
  readonly logins: Slots;
  readonly polls: Slots;
  /** Runs the loop. `onReport` gets every report; exactly one `ended`, always last. */
  readonly openLoop: (options: LoopOptions, onReport: (report: Report) => void) => Loop;
  readonly log: (remote: RemoteName, text: string) => void;
  /** Bytes went through a remote's relay. */
  readonly sawActivity: (remote: RemoteName) => void;
  /** A child process of a remote's link began or exited. */
  readonly noteChild: (remote: RemoteName, pgid: number, running: boolean) => void;
  /** The link has ended: what children it has left are those of a thread that was ended. */
  readonly endChildren: (remote: RemoteName) => void;
}

/** What a link reports of its remote. */
export type RemoteReport = Exclude<Report, { kind: 'started' | 'log' | 'relay-activity' | 'child' } | TurnReport>;

/** Takes no turn: what logs in nowhere is not to wait for servers that do not answer. */
const AT_ONCE: Slots['take'] = (begin) => {
  begin();
  return () => undefined;
};

/** Opens a link when a login is free. `onReport` gets what is reported of the remote; exactly one `ended`, always last. */
export function openLink(task: LinkTask, tools: LinkTools, onReport: (report: RemoteReport) => void): Link {
  let loop: Loop | 'waits' | 'never-opened' = 'waits';
  const turns = createPollTurns(tools.polls, (turn) => {
    if (typeof loop !== 'string') loop.giveTurn(turn);
  });
  const onLoopReport = (report: Report): void => {
    if (report.kind === 'ended') turns.end();
    if (report.kind === 'connected' || report.kind === 'ended') giveUpLogin();
    if (report.kind === 'ended') tools.endChildren(task.remote);
    if (isOfRemote(report, task.remote, { ...tools, turns })) onReport(report);
  };
  const { account, carrier } = rowOf(task.rung);
  const owner = { kind: 'remote', name: task.remote } as const;
  const logsIn = account(task.rung) !== undefined;
  const giveUpLogin = (logsIn ? tools.logins.take : AT_ONCE)(() => {
    loop = tools.openLoop({ task, owner, carrier: carrier(task.rung) }, onLoopReport);
  });
  return {
    relaySocket: task.relaySocket,
    close: (how) => {
      if (loop === 'never-opened') return;
      if (loop !== 'waits') {
        loop.close(how);
        return;
      }
      loop = 'never-opened';
      giveUpLogin();
      queueMicrotask(() => onReport({ kind: 'ended', ending: { kind: 'closed' } }));
    },
    check: (comparison) => {
      if (typeof loop !== 'string') loop.check(comparison);
    },
  };
}

/** Sees to what is reported of the loop itself. */
function isOfRemote(
  report: Report,
  remote: RemoteName,
  tools: LinkTools & { readonly turns: PollTurns },
): report is RemoteReport {
  switch (report.kind) {
    case 'started':
      return false;
    case 'log':
      tools.log(remote, printable(report.text));
      return false;
    case 'relay-activity':
      tools.sawActivity(remote);
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

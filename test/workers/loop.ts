// Owns: running a connection loop in this thread, for tests: its orders, its reports as lines, and its end.
// Leaves: what it connects to (test/support), and real worker threads (test/main/supervisor/worker-pool.test.ts).
import { MessageChannel } from 'node:worker_threads';
import { type RefMove, remoteName, type WantedRefs } from '../../src/shared/remote.ts';
import { type CloseHow, isNews, type LinkTask, type Order, type Report } from '../../src/shared/thread-messages.ts';
import { unlessAborted } from '../../src/shared/timing/wait.ts';
import { runConnectionLoop } from '../../src/workers/connection-loop.ts';
import type { TakeTurn } from '../../src/workers/transport.ts';
import type { AtEnd } from '../support/at-end.ts';
import { createLineLog, type LineLog } from '../support/next-line.ts';
import type { Scratch, TestRepo } from '../support/temp-repo.ts';

export interface TestLoop {
  /** `started`, `connected <how>`, `moved`, `moved <ref> to <tip>, <ref> is gone`, `polled`, `log <text>`, `ended closed` or `ended <code>: <detail>`. */
  readonly reports: LineLog;
  /** The process groups that are reported to run. */
  readonly children: ReadonlySet<number>;
  readonly order: (...orders: readonly CloseHow[]) => void;
  /** Has it show within so many ms that it is alive. */
  readonly prove: (limitMs: number) => void;
  /** Lets go of the port, as a main thread that is gone. */
  readonly abandon: () => void;
  readonly over: Promise<void>;
}

/** What the refspec of a new clone wants. */
export const WANTED: WantedRefs = { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true };

/** A task in a repository, for its remote `origin`; git sees nothing of this machine's configuration. */
export const taskIn = (scratch: Scratch, { directory }: TestRepo, rung: LinkTask['rung']): LinkTask => ({
  remote: remoteName('origin'),
  url: 'only git reads it',
  rung,
  refs: WANTED,
  directory,
  repositoryVariables: scratch.env,
  secrets: {},
});

/** Starts a loop; at the end of the test it is told to close at once, and has to. */
export function startLoop(atEnd: AtEnd, task: LinkTask): TestLoop {
  const { port1: ours, port2: theirs } = new MessageChannel();
  const reports = createLineLog('the loop');
  const children = new Set<number>();
  ours.on('message', (report: Report) => {
    if (isNews(report)) ours.postMessage({ kind: 'taken' } satisfies Order);
    if (report.kind === 'wants-turn') ours.postMessage({ kind: 'turn', turn: report.turn } satisfies Order);
    else if (report.kind === 'turn-over') return;
    else if (report.kind !== 'child') reports.push(textOf(report));
    else if (report.running) children.add(report.pgid);
    else children.delete(report.pgid);
  });
  const order: TestLoop['order'] = (...orders) => {
    for (const how of orders) ours.postMessage({ kind: 'close', how } satisfies Order);
  };
  const prove = (limitMs: number): void => ours.postMessage({ kind: 'prove', limitMs } satisfies Order);
  const over = runConnectionLoop(task, theirs).finally(() => theirs.close());
  atEnd(async () => {
    order('now');
    await over;
    ours.close();
  });
  return { reports, children, order, prove, abandon: () => ours.close(), over };
}

/** As where nobody else wants one. */
export const turnAtOnce: TakeTurn = async () => (): void => undefined;

/** Turns that are given when the test says so; `log` says which were asked for, given and over. */
export function turnsByHand() {
  const log = createLineLog('the turns');
  const waiting: (() => void)[] = [];
  const take: TakeTurn = async ({ kind }, signal) => {
    log.push(`wants to ${kind}`);
    await unlessAborted(new Promise<void>((resolve) => waiting.push(resolve)), signal);
    return () => log.push(`has ended its ${kind}`);
  };
  return { log, take, give: () => waiting.shift()?.() };
}

export const moveText = ({ ref, tip }: RefMove): string => (tip === undefined ? `${ref} is gone` : `${ref} to ${tip}`);

function textOf(report: Report): string {
  switch (report.kind) {
    case 'connected':
      return `connected ${report.how}`;
    case 'ended':
      return report.ending.kind === 'closed'
        ? 'ended closed'
        : `ended ${report.ending.failure.code}: ${report.ending.failure.detail}`;
    case 'moved':
      return report.refs ? `moved ${report.refs.map(moveText).join(', ')}` : 'moved';
    case 'log':
      return `log ${report.text}`;
    default:
      return report.kind;
  }
}

// Owns: the kinds of loops that threads run: by which function, and what of their reports concerns the thread itself.
// Leaves: what else they say and are told (shared/thread-messages.ts, shared/serve-messages.ts), and running them (worker-pool.ts).
import type { ServeOrder, ServeReport, ServeTask } from '../../../shared/serve-messages.ts';
import { isNews, type LinkTask, type Order, type Report } from '../../../shared/thread-messages.ts';

export type Started = Extract<Report, { kind: 'started' }>;
export type Ended = Extract<Report, { kind: 'ended' }>;
/** Of whatever kind: its loop says when it has started, and when it has ended. */
export type AnyReport = { readonly kind: string };

export const isStarted = (report: AnyReport): report is Started => report.kind === 'started';
export const isEnded = (report: AnyReport): report is Ended => report.kind === 'ended';

export interface LoopKind<Task, Order, Report extends AnyReport> {
  /** Of the threads' entry (workers/entry.ts). */
  readonly runs: 'runLink' | 'runService';
  /** What it is to be told once that has been dealt with. */
  readonly answerTo: (report: Report) => Order | undefined;
  /** What it needed to begin can be given back. */
  readonly isUp: (report: Report) => boolean;
  /** It is in the middle of work that giving back memory would hold up. */
  readonly isBusy: (report: Report) => boolean;
  /** Its type alone matters. */
  readonly task?: Task;
}

export const LINK_LOOP: LoopKind<LinkTask, Order, Report> = {
  runs: 'runLink',
  // Only then: however many a remote has, they come as fast as they are dealt with here.
  answerTo: (report) => (isNews(report) ? { kind: 'taken' } : undefined),
  isUp: ({ kind }) => kind === 'connected',
  isBusy: ({ kind }) => kind === 'relay-activity',
};

export const SERVICE_LOOP: LoopKind<ServeTask, ServeOrder, ServeReport> = {
  runs: 'runService',
  answerTo: () => undefined,
  isUp: ({ kind }) => kind === 'listening',
  isBusy: ({ kind }) => kind === 'write-activity',
};

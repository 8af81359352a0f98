// Owns: one remote's fetches, pushes and comparisons: carries out what sync-step.ts and push-state.ts decide.
// Leaves: taking turns and running git (git), and the link (remote.ts).
import { webAccount } from '../../../shared/account.ts';
import type { Told } from '../../../shared/control-protocol/control.ts';
import type { SyncTold } from '../../../shared/events.ts';
import type { Failure } from '../../../shared/failures.ts';
import { describeLeftOut, type LeftOut } from '../../../shared/refs/left-out.ts';
import type { Comparison } from '../../../shared/remote.ts';
import type { GitRequests, GitTurn, HowToFetch, NamedMoves } from '../../git/git-requests.ts';
import type { Pace } from '../../git/lane-turn.ts';
import type { Outcome, Work } from '../../git/operation.ts';
import type { Accounts } from '../link/accounts.ts';
import type { CheckAsked } from '../link/link.ts';
import { type AnswersEvent, stepAnswers } from './answers.ts';
import { stepLine } from './debug-lines.ts';
import { doAll, type Guard } from './guard.ts';
import type { Happening } from './history.ts';
import { afterFetch, howToFetch, namedMoves } from './how-to-fetch.ts';
import { tellOnce } from './left-out.ts';
import type { LinkEvent } from './link-state.ts';
import { type PushEvent, stepPush } from './push-state.ts';
import { canCompare, hasRelay, isUpFor, type RemoteRecord, relaySocket } from './record.ts';
import type { SyncEvent } from './sync-state.ts';
import { stepSync } from './sync-step.ts';
import { isTriedAgain, judgeSync, type SyncKind, type SyncVerdict } from './sync-verdict.ts';
import { TAGS_UNKNOWN, tagsAsked } from './tags-here.ts';
import type { Telling } from './telling.ts';
import { NOTHING_TOLD } from './told-moves.ts';

/** Access to the one record of a remote. */
export interface RecordCell {
  readonly get: () => RemoteRecord;
  readonly set: (part: Partial<RemoteRecord>) => void;
}

export interface SyncingTools {
  readonly record: RecordCell;
  readonly git: GitRequests;
  readonly say: (message: Told) => void;
  /** Whether PAUSE, LOSTNET or STOP keeps everything still. */
  readonly isHeld: () => boolean;
  readonly accounts: Accounts;
  /** Asks the link whether all is here. */
  readonly askLink: (asked: CheckAsked) => void;
  /** The state is another by this. */
  readonly onSynced: (event: SyncEvent) => void;
  readonly onLinkEvent: (event: LinkEvent) => void;
  readonly onHappening: (happened: Happening) => void;
  readonly telling: Pick<Telling, 'warn' | 'warnLasting' | 'isWell' | 'log'>;
  readonly guarded: Guard;
  readonly debug: (text: () => string | undefined) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** As in RemoteTools. */
  readonly tagsMark: () => string | undefined;
}

export interface Syncing {
  readonly sync: (event: SyncEvent) => void;
  readonly push: (event: PushEvent) => void;
  /** Waits for nothing any more, neither a turn nor what runs. */
  readonly giveUp: () => void;
}

/** How far a sync is that takes long. */
const LOG_EVERY_MS = 30_000;

export function createSyncing(tools: SyncingTools): Syncing {
  const { record, git, accounts, say, isHeld, askLink, onSynced, onLinkEvent, onHappening } = tools;
  const { telling, guarded, debug, nowMs, random, tagsMark } = tools;

  const sync = (event: SyncEvent): void => {
    const now = record.get();
    const mayFetch = now.config.fetches && isUpFor(now, isHeld());
    const inputs = { nowMs: nowMs(), isWanted: now.config.fetches, mayFetch, canCompare: canCompare(now), random };
    const { state, effects } = stepSync(now.sync, event, inputs);
    debug(() => stepLine('fetch', now.sync, saidOf(event), { state, effects }, inputs.nowMs));
    const counted = ofAnswers(event);
    const leaves = event.kind === 'link-left' || event.kind === 'renewed';
    record.set({
      sync: state,
      ...(leaves && { tags: TAGS_UNKNOWN }),
      ...(counted && { answers: stepAnswers(now.answers, counted) }),
    });
    for (const { kind } of effects) {
      if (kind === 'moved') onHappening({ kind });
      if (kind === 'ask-link' && now.config.comparison) compare(now.config.comparison);
      if (kind === 'withdraw-fetch') git.withdraw('fetch', now.config.name);
      if (kind === 'ask-fetch') git.requestFetch({ ...turnOf('fetch'), how: beginFetch, named });
    }
    onSynced(event);
  };
  const named = (): NamedMoves | undefined => namedMoves(record.get(), tagsMark);
  const beginFetch = (): HowToFetch => {
    const how = howToFetch(record.get(), tagsMark);
    // What is told from here on the fetch may not see.
    record.set({ told: NOTHING_TOLD, toldLate: false });
    return how;
  };
  const compare = (comparison: Comparison): void => {
    const answers = stepAnswers(record.get().answers, 'asked');
    const { asked, fetchedAfter } = answers;
    record.set({ answers, tags: tagsAsked(asked, tagsMark()) });
    askLink({ comparison, asked, ...(fetchedAfter !== undefined && { fetchedAfter }) });
  };
  const push = (event: PushEvent): void => {
    const now = record.get();
    const isWanted = now.config.push !== undefined;
    const mayPush = isWanted && now.link.kind !== 'gone' && !isHeld();
    const { state, effect } = stepPush(now.push, event, { nowMs: nowMs(), isWanted, mayPush, random });
    const effects = effect === undefined ? [] : [{ kind: effect }];
    debug(() => stepLine('push', now.push, event.kind, { state, effects }, nowMs()));
    record.set({ push: state });
    if (effect === 'withdraw') git.withdraw('push', now.config.name);
    if (effect === 'ask') git.requestPush({ ...turnOf('push'), refs: () => takenBy(record.get()) });
  };
  const turnOf = (kind: SyncKind): GitTurn => {
    const remote = record.get().config;
    return {
      remote,
      started: guarded(() => {
        if (kind === 'push') push({ kind: 'started' });
        else sync({ kind: 'started', over: relaySocket(record.get()) === undefined ? 'own' : 'link' });
        record.set({ running: { sinceMs: nowMs() } });
        say({ kind: 'SYNCING', remote });
      }),
      paced: guarded((pace: Pace) => {
        record.set({ pace });
        if (pace.step) logStep(kind, pace.step.text);
        const slow = `${kind} goes on, but moves next to nothing (${pace.bytes} bytes so far); the others do not wait for it`;
        if (pace.crawls === 'long') telling.warnLasting(slow);
      }),
      done: guarded((outcome: Outcome, work: Work) => conclude(kind, outcome, work)),
      forgotten: guarded(() => (kind === 'push' ? push({ kind: 'forgotten' }) : sync({ kind: 'forgotten' }))),
    };
  };
  const logStep = (kind: SyncKind, text: string): void => {
    const { running } = record.get();
    const now = nowMs();
    if (running === undefined || now < (running.loggedMs ?? Number.NEGATIVE_INFINITY) + LOG_EVERY_MS) return;
    record.set({ running: { ...running, loggedMs: now } });
    telling.log(`${kind} has taken ${Math.round((now - running.sinceMs) / 1000)} s so far: ${text}`);
  };
  const conclude = (kind: SyncKind, outcome: Outcome, work: Work): void => {
    const now = record.get();
    const link = { isUp: isUpFor(now, isHeld()), hasRelay: hasRelay(now) };
    const again = !outcome.ok && !outcome.refused && isTriedAgain(kind, outcome.failure, link.hasRelay);
    // It is over, whatever telling that comes to.
    doAll([
      () => record.set({ pace: undefined, running: undefined, ...(kind === 'fetch' && afterFetch(outcome)) }),
      // Before all that may begin another.
      () => say({ kind: 'DONESYNCING', remote: now.config, ok: outcome.ok, sync: syncTold(kind, outcome, work) }),
      () => onHappening({ kind: 'synced', what: kind, outcome, moved: work.moved.length > 0 }),
      () => applyVerdict(kind, judgeSync(kind, outcome, link)),
      () =>
        kind === 'fetch' &&
        outcome.ok &&
        tellLeftOut(outcome.leftOut ?? [], outcome.rest !== undefined || outcome.isPart === true),
      () =>
        kind === 'push' ? push({ kind: 'done', outcome, again }) : sync({ kind: 'done', outcome, again, moves: work }),
      () => onLinkEvent({ kind: 'idle-link' }),
    ]);
  };
  /** Each ref once, for as long as it is left out. */
  const tellLeftOut = (leftOut: readonly LeftOut[], isPart: boolean): void => {
    const { config, leftOut: before } = record.get();
    const { told, news } = tellOnce(before, leftOut, isPart);
    record.set({ leftOut: told });
    for (const text of describeLeftOut(config.name, news)) telling.warn(text);
  };
  const applyVerdict = (kind: SyncKind, verdict: SyncVerdict): void => {
    if (verdict.kind === 'worked') telling.isWell();
    if (verdict.kind === 'worked' && kind === 'fetch') onLinkEvent({ kind: 'fetched', ok: true });
    if (verdict.kind !== 'failed') return;
    telling.warn(`${kind} failed: ${verdict.failure.detail}`);
    if (verdict.next === 'other-way') onLinkEvent({ kind: 'fetched', ok: false });
    if (verdict.next === 'give-up') refuse(verdict.failure);
  };
  const refuse = (failure: Failure): void => {
    const { config } = record.get();
    const account = failure.code === 'auth-refused' ? webAccount(config.url) : undefined;
    const outcome = { kind: 'refused', failure, isFinal: true } as const;
    if (account) accounts.note({ account, remote: config.name, by: 'program', waits: false }, outcome);
    onLinkEvent({ kind: 'give-up', failure, refusedUntilMs: account && accounts.againAtMs(account) });
  };
  const giveUp = (): void => doAll([() => sync({ kind: 'given-up' }), () => push({ kind: 'given-up' })]);
  return { sync, push, giveUp };
}

/** Of a comparison also what it came to. */
const saidOf = (event: SyncEvent): string =>
  event.kind === 'answered' ? `answered: ${event.allHere ? 'all is here' : 'something is missing'}` : event.kind;

function ofAnswers(event: SyncEvent): AnswersEvent | undefined {
  if (event.kind === 'answered' || event.kind === 'link-left') return event.kind;
  if (event.kind === 'started') return 'fetch-began';
  if (event.kind !== 'done') return undefined;
  const { outcome } = event;
  return outcome.ok && !outcome.rest && !outcome.isPart && !outcome.doubt ? 'fetch-worked' : 'fetch-failed';
}

const syncTold = (operation: SyncKind, outcome: Outcome, work: Work): SyncTold => ({
  operation,
  ok: outcome.ok,
  ...work,
  ...(!outcome.ok && { why: outcome.failure.detail }),
});

const takenBy = ({ push }: RemoteRecord): readonly string[] => (push.kind === 'pushing' ? push.taken : []);

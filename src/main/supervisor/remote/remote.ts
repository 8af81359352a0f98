// Owns: one remote: its record, its link, its timers; carries out what link-step.ts decides.
// Leaves: the decisions (link-step.ts, sync-step.ts), git's work (syncing.ts), and the loop (link/link.ts).
import type { Account } from '../../../shared/account.ts';
import { failureOf } from '../../../shared/failures.ts';
import type { Remote, RemoteName } from '../../../shared/remote.ts';
import type { CloseHow, Ending } from '../../../shared/thread-messages.ts';
import { bestRung, judgeEnding, probeAtMs, probing } from '../link/rung-choice.ts';
import { createAlarms } from './alarms.ts';
import { createAsking } from './asking.ts';
import { linkStepLine } from './debug-lines.ts';
import { differences } from './differences.ts';
import { createGuard, doAll } from './guard.ts';
import { createHearing } from './hearing.ts';
import { createHearsay } from './hearsay.ts';
import { createHeldLink } from './held-link.ts';
import { type Happening, remember } from './history.ts';
import { createLinkEffects } from './link-effects.ts';
import { isUp, type LinkEvent, type NetworkChange, type ServerNews } from './link-state.ts';
import { stepLink } from './link-step.ts';
import { createNews } from './news.ts';
import { createPeriodicCheck } from './periodic-check.ts';
import { isSyncing, newRecord, pollMs, type RemoteRecord, usesLink } from './record.ts';
import { linkInputs, type RemoteTools, type WatchedRemote } from './remote-tools.ts';
import { createSyncing, type RecordCell } from './syncing.ts';
import { createTelling } from './telling.ts';
import { BETTER, heldWhy, OTHER_CONFIG, removedWhy } from './why-closed.ts';

export function createWatchedRemote(config: Remote, tools: RemoteTools): WatchedRemote {
  const { nowMs, random, say } = tools;
  const { name } = config;
  let record = newRecord(config, nowMs());
  const set = (part: Partial<RemoteRecord>): void => {
    record = { ...record, ...part };
    setAlarms(record);
    tools.statusChanged();
  };
  const guarded = createGuard(
    (thrown) => doAll([() => tools.log(name, `fault here: ${failureOf(thrown).detail}`), giveUp, crashed]),
    (thrown) => tools.log(name, `it is left as it is: ${failureOf(thrown).detail}`),
  );
  const crashed = (): void => {
    const detail = 'a fault in the daemon itself; the log says more';
    dispatch({ kind: 'crashed', failure: { code: 'unknown', detail } });
  };
  const setAlarms = createAlarms(nowMs, guarded, {
    wake: () => dispatch({ kind: 'wake' }),
    overdue: () => dispatch({ kind: 'overdue' }),
    probe: () => probe(),
    refetch: () => sync({ kind: 'retry' }),
    repush: () => push({ kind: 'retry' }),
  });

  const note = (happened: Happening): void => {
    set({ history: remember(record.history, happened, tools.wallMsOf(nowMs())) });
    news.happened(happened);
  };
  const log = (text: string): void => tools.log(name, text);
  const debug = (text: () => string | undefined): void => tools.debug(name, text);
  const telling = createTelling((text) => say({ kind: 'WARNING', remote: record.linked, text }), note, log);
  const cell: RecordCell = { get: () => record, set };
  const isHeld = (): boolean => tools.held() !== 'no';
  const { sync, push, giveUp } = createSyncing({
    record: cell,
    git: tools.git,
    say,
    isHeld,
    accounts: tools.accounts,
    askLink: (asked) => link.check(asked),
    onSynced: (event) => asking.synced(event),
    onLinkEvent: (event) => dispatch(event),
    onHappening: note,
    telling,
    guarded,
    debug,
    nowMs,
    random,
    tagsMark: tools.tagsMark,
  });
  const news = createNews({ record: cell, isHere: tools.isHere, onHappening: note, sync, nowMs, guarded });
  /** Where git is busy, at the next change of the record. */
  const probe = (): void => {
    if (!isSyncing(record)) renew(BETTER, probing(record.rung, nowMs()));
  };
  /** A timer that slept with the machine is late. */
  const checkAgain = (): void => {
    if (nowMs() >= probeAtMs(record.rung)) probe();
    else sync({ kind: 'periodic-check' });
  };
  const checks = createPeriodicCheck(tools.checkMs, random, guarded(checkAgain));

  const dispatch = (event: LinkEvent): void => {
    const left = record.link;
    const { state, effects } = stepLink(left, event, linkInputs(record, tools));
    debug(() => linkStepLine(left, event, { state, effects }, nowMs()));
    // What the state says is so: a link that is closing was told to close, whatever a line about it came to.
    doAll([
      () => set({ link: state }),
      () => checks.during(state.kind === 'connected'),
      ...effects.map((effect) => () => carryOut(effect)),
      () => tools.linkMoved(record.config, left, state),
      () => asking.changed(left),
    ]);
  };
  const leave = (): void => {
    news.linkLeft();
    sync({ kind: 'link-left' });
  };
  const ended = (ending: Ending, refusedBy?: Account): void => {
    link.left();
    leave();
    const judged = judgeEnding(ending, record.config, record.rung, record.link, nowMs());
    const { advised, isPassed, isError, choice } = judged;
    set({ rung: choice });
    const broken = isError && advised.kind === 'failed' ? advised.failure.detail : undefined;
    if (broken !== undefined) telling.broke(broken);
    const wasUp = isUp(record.link);
    const refusedUntilMs = refusedBy && tools.accounts.againAtMs(refusedBy);
    dispatch({ kind: 'ended', ending: advised, isPassed, refusedUntilMs });
    // That it is disconnected was told with the reason.
    if (broken !== undefined && !wasUp) telling.notConnected(broken);
  };
  const ofLink = (_name: RemoteName, text: string): void =>
    isUp(record.link) ? telling.log(text) : telling.trying(text);
  const link = createHeldLink(
    { ...tools, log: ofLink },
    guarded((report) => hear(report)),
    guarded(() => ended({ kind: 'closed' })),
  );
  const carryOut = createLinkEffects({
    ...{ record: cell, link, telling, sync, push, nowMs, say },
    gone: () => tools.gone(name),
  });
  const asking = createAsking({ record: cell, dispatch, sync, held: tools.held, whyHeld: tools.whyHeld, guarded });
  const { compared } = asking;
  const hear = createHearing({ record: cell, dispatch, sync, news, note, telling, link, compared, ended });
  const want = (): void => {
    telling.isWell();
    dispatch({ kind: 'want' });
    sync({ kind: 'retry' });
    push({ kind: 'retry' });
  };
  const renew = (why: string, rung = bestRung(nowMs())): void => {
    set({ rung });
    dispatch({ kind: 'renew', busy: usesLink(record), why });
  };
  const hearsay = createHearsay({ record: cell, dispatch, news, log });
  const quieten = (): void => {
    leave();
    push({ kind: 'held' });
  };

  return {
    record: () => record,
    ask: asking.ask,
    fetchNow: guarded(asking.fetchNow),
    want: guarded(want),
    probeAgain: guarded(() => {
      if (record.rung.index === 0) return want();
      renew(BETTER);
      // What a hold-off keeps from the next link's catching up.
      sync({ kind: 'retry' });
    }),
    wake: guarded((change: NetworkChange) => {
      dispatch({ kind: 'network', ...change });
      if (!change.came) return;
      sync({ kind: 'retry' });
      if (record.push.kind === 'backing-off') push({ kind: 'retry' });
    }),
    lookAgain: guarded((mends: boolean) => {
      if (record.link.kind === 'down' || (mends && 'wakeAtMs' in record.link)) dispatch({ kind: 'wake' });
      if (mends && record.sync.kind === 'backing-off') sync({ kind: 'retry' });
      if (mends && record.push.kind === 'backing-off') push({ kind: 'retry' });
    }),
    lookIfAway: guarded(() => dispatch({ kind: 'there' })),
    hearOfServer: guarded((found: ServerNews) => dispatch({ kind: 'server', news: found })),
    hearOfNews: guarded(hearsay),
    check: guarded(() => sync({ kind: 'check' })),
    hold: guarded((how: CloseHow, why?: string) => {
      quieten();
      // Where all are held, what waits is forgotten for all of them.
      for (const kind of ['fetch', 'push'] as const) tools.git.withdraw(kind, name);
      dispatch({ kind: 'hold', how, busy: how === 'kindly' && usesLink(record), why: heldWhy(how, why) });
    }),
    remove: guarded((how: CloseHow) => {
      quieten();
      dispatch({ kind: 'remove', how, why: removedWhy(tools.held()) });
    }),
    renew: guarded((changed: Remote) => {
      set({ config: changed });
      sync({ kind: 'renewed' });
      push({ kind: 'renewed' });
      renew(OTHER_CONFIG);
    }),
    adopt: guarded((kept: Remote) => {
      const [everyMs, before] = [pollMs(record), record.config];
      set({ config: kept });
      const { isPlanOther, isLinkOther, isWantOther } = differences(before, kept);
      // One that waits was asked for with what no longer holds.
      if (isPlanOther) sync({ kind: 'renewed' });
      checks.replan();
      if (isLinkOther || pollMs(record) !== everyMs)
        dispatch({ kind: 'renew', busy: usesLink(record), why: OTHER_CONFIG });
      else if (isWantOther) sync({ kind: 'check' });
      asking.changed();
    }),
    offer: guarded((refs: readonly string[]) => {
      if (record.config.push) push({ kind: 'offer', refs });
    }),
  };
}

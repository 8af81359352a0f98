// Owns: one remote: its record, its link, its timers; carries out what link-step.ts decides.
// Leaves: the decisions (link-step.ts, sync-state.ts), git's work (syncing.ts), and the loop (link/link.ts).
import { isDeepStrictEqual } from 'node:util';
import { dispositionOf } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { wantedRefs } from '../../../shared/refs/ref-advertisement.ts';
import type { RefMove, Remote } from '../../../shared/remote.ts';
import { rowOf } from '../../../shared/rungs/rungs.ts';
import type { Ending } from '../../../shared/thread-messages.ts';
import { type Link, openLink, type RemoteReport } from '../link/link.ts';
import {
  bestRung,
  isWorthTelling,
  judgeEnding,
  nextRung,
  rungOf,
  rungToOpen,
  shouldProbe,
} from '../link/rung-choice.ts';
import { createAlarm } from './alarm.ts';
import { type Happening, remember } from './history.ts';
import type { LinkEffect, LinkEvent } from './link-state.ts';
import { stepLink } from './link-step.ts';
import { createPeriodicCheck } from './periodic-check.ts';
import { identityOf, isSyncing, newRecord, type RemoteRecord, usesLink } from './record.ts';
import type { RemoteTools, WatchedRemote } from './remote-tools.ts';
import { createSyncing } from './syncing.ts';
import { createWarner } from './warner.ts';

export function createWatchedRemote(config: Remote, tools: RemoteTools): WatchedRemote {
  const { nowMs, random, say } = tools;
  const { name } = config;
  let record = newRecord(config, nowMs());
  let link: Link | undefined;
  const set = (part: Partial<RemoteRecord>): void => {
    record = { ...record, ...part };
    setWake(record.link.kind === 'waiting' ? record.link.wakeAtMs : undefined);
    setRefetch(record.sync.kind === 'backing-off' ? record.sync.untilMs : undefined);
    setRepush(record.push.kind === 'backing-off' ? record.push.untilMs : undefined);
    tools.statusChanged();
  };
  const setWake = createAlarm(nowMs, () => dispatch({ kind: 'wake' }));
  const setRefetch = createAlarm(nowMs, () => sync({ kind: 'retry' }));
  const setRepush = createAlarm(nowMs, () => push({ kind: 'retry' }));

  const sayWarning = (text: string): void => say({ kind: 'WARNING', remote: record.linked, text });
  const warner = createWarner(sayWarning);
  /** What is known of a host's shell is told once, however often the link comes and goes. */
  const shellWarner = createWarner(sayWarning);
  const note = (happened: Happening): void => set({ history: remember(record.history, happened, nowMs()) });
  const warn = (text: string): void => {
    note({ kind: 'failed', text: printable(text) });
    warner.warn(printable(text));
  };
  const isHeld = (): boolean => tools.held() !== 'no';
  const { sync, push } = createSyncing({
    record: { get: () => record, set },
    git: tools.git,
    say,
    isHeld,
    askLink: (comparison) => link?.check(comparison),
    onLinkEvent: (event) => dispatch(event),
    onHappening: note,
    warner: { warn, forget: warner.forget },
    nowMs,
    random,
  });
  const checks = createPeriodicCheck(tools.checkMs, random, () => {
    if (shouldProbe(record.rung, nowMs()) && !isSyncing(record)) renew();
    else sync({ kind: 'periodic-check' });
  });

  const dispatch = (event: LinkEvent): void => {
    const reachable = (): boolean => record.config.onThisHost || tools.isOnline();
    const { state, effects } = stepLink(record.link, event, { nowMs: nowMs(), reachable, held: isHeld(), random });
    const left = record.link;
    set({ link: state });
    if (left.kind !== state.kind && state.kind === 'connected') checks.begin();
    if (state.kind !== 'connected') checks.end();
    for (const effect of effects) carryOut(effect);
  };
  const carryOut = (effect: LinkEffect): void => {
    switch (effect.kind) {
      case 'open': {
        set({ linked: identityOf(record.config), rung: rungToOpen(record.rung, nowMs(), effect.after) });
        const { config: remote, rung, shapes } = record;
        const task = tools.taskFor(remote, rungOf(remote, rung));
        link = openLink({ ...task, ...(shapes && { requestShapes: shapes }) }, tools, onReport);
        break;
      }
      case 'close':
        link?.close(effect.how);
        break;
      case 'say':
        say({ kind: effect.message, remote: record.linked });
        break;
      case 'warn':
        warn(effect.text);
        break;
      case 'catch-up':
        warner.forget();
        sync({ kind: 'check' });
        push({ kind: 'retry' });
        break;
      case 'next-rung':
        set({ rung: nextRung(record.config, record.rung, effect.failure, nowMs()) ?? record.rung });
        if (isWorthTelling(effect.failure)) shellWarner.warn(printable(effect.failure.detail));
        break;
      case 'forget':
        tools.gone(name);
        break;
      default:
        effect satisfies never;
    }
  };
  const onReport = (report: RemoteReport): void => {
    switch (report.kind) {
      case 'connected':
        dispatch({ ...report, relaySocket: report.relay ? link?.relaySocket : undefined });
        break;
      case 'polled':
        dispatch(report);
        break;
      case 'moved':
        moved(report.refs);
        break;
      case 'unsure':
        sync(report);
        break;
      case 'checked':
        if (report.allHere) note({ kind: 'all-here' });
        sync({ kind: 'answered', allHere: report.allHere });
        break;
      case 'request-shapes':
        set({ shapes: report.shapes });
        break;
      case 'warning':
        warn(report.text);
        break;
      case 'ended':
        ended(report.ending);
        break;
      default:
        report satisfies never;
    }
  };
  const moved = (refs: readonly RefMove[] | undefined): void => {
    // What no fetch would bring, such as a forge's pull requests, asks for none.
    if (refs !== undefined && !refs.some(({ ref }) => wantedRefs(record.config.refs)(ref))) return;
    note({ kind: 'moved' });
    sync({ kind: 'news' });
  };
  const ended = (ending: Ending): void => {
    link = undefined;
    sync({ kind: 'link-left' });
    const { advised, hasNextRung } = judgeEnding(ending, record.config, record.rung, nowMs());
    // That a rung is not for this remote is no error: `status` says it beside the rung.
    const isError = advised.kind === 'failed' && !(hasNextRung && dispositionOf(advised.failure.code) === 'fall-back');
    if (isError) note({ kind: 'failed', text: printable(advised.failure.detail) });
    dispatch({ kind: 'ended', ending: advised, hasNextRung });
  };
  const want = (): void => {
    warner.forget();
    dispatch({ kind: 'want' });
    sync({ kind: 'retry' });
    push({ kind: 'retry' });
  };
  const renew = (): void => {
    set({ rung: bestRung(nowMs()) });
    dispatch({ kind: 'renew', busy: usesLink(record) });
  };
  const quieten = (): void => {
    sync({ kind: 'link-left' });
    push({ kind: 'held' });
  };

  return {
    record: () => record,
    want,
    probeAgain: () => (record.rung.index === 0 ? want() : renew()),
    wake: () => {
      dispatch({ kind: 'wake' });
      sync({ kind: 'retry' });
      if (record.push.kind === 'backing-off') push({ kind: 'retry' });
    },
    check: () => sync({ kind: 'check' }),
    hold: (how) => {
      quieten();
      dispatch({ kind: 'hold', how, busy: how === 'kindly' && usesLink(record) });
    },
    remove: (how) => {
      quieten();
      dispatch({ kind: 'remove', how });
    },
    renew: (changed) => {
      set({ config: changed });
      sync({ kind: 'renewed' });
      push({ kind: 'renewed' });
      renew();
    },
    adopt: (kept) => {
      const [everyMs, { comparison }] = [pollMs(record), record.config];
      set({ config: kept });
      checks.replan();
      if (pollMs(record) !== everyMs) dispatch({ kind: 'renew', busy: usesLink(record) });
      // What is here of old may be pruned now, or a tag be wanted.
      else if (!isDeepStrictEqual(comparison, kept.comparison)) sync({ kind: 'check' });
    },
    offer: (refs) => {
      if (record.config.push) push({ kind: 'offer', refs });
    },
  };
}

/** How often it is asked for its refs, where it is polled. */
function pollMs({ config, rung }: RemoteRecord): number | undefined {
  const current = rungOf(config, rung);
  return rowOf(current).everyMs(current);
}

// Owns: one remote: its state, its link, its timers; carries out what remote-state.ts decides.
// Leaves: the decisions (remote-state.ts), fetching (remote-sync.ts), what `status` is told (remote-history.ts).
import { dispositionOf } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Announcement } from '../../shared/protocol/control.ts';
import type { Remote, RemoteName, Rung } from '../../shared/remote.ts';
import type { Ending, LinkTask, Report } from '../../shared/thread-messages.ts';
import type { RemoteStatus } from '../status.ts';
import { createRemoteHistory } from './remote-history.ts';
import { type LinkOpener, openRemoteLink, type RemoteLink } from './remote-link.ts';
import { type CloseHow, type Effect, type LinkEvent, type RemoteState, step } from './remote-state.ts';
import { createRemoteSync, type GitWork, type SyncOutcome } from './remote-sync.ts';
import { bestRung, describeRung, nextRung, rungOf, rungToOpen, whyNotBetter } from './rung-choice.ts';
import { createWarner } from './warner.ts';

/** What a remote needs of the rest of the daemon. */
export interface RemoteTools extends LinkOpener {
  readonly say: (message: Announcement) => void;
  readonly log: (remote: RemoteName, text: string) => void;
  readonly taskFor: (remote: Remote, rung: Rung) => LinkTask;
  readonly work: GitWork;
  /** Bytes went through a remote's relay. */
  readonly sawActivity: (remote: RemoteName) => void;
  readonly isOnline: () => boolean;
  readonly held: () => 'no' | 'paused' | 'no-network';
  /** Time between safety checks, before jitter. */
  readonly checkMs: () => number;
  /** Something that `status` shows is different. */
  readonly statusChanged: () => void;
  readonly gone: (remote: RemoteName) => void;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export interface WatchedRemote {
  readonly name: RemoteName;
  readonly isConnected: () => boolean;
  /** Connects now if there is no link, with no backoff left over. */
  readonly want: () => void;
  /** Cuts a wait short. */
  readonly wake: () => void;
  readonly hold: (how: CloseHow) => void;
  readonly remove: (how: CloseHow) => void;
  /** Takes a changed config: the link is made anew. */
  readonly renew: (remote: Remote) => void;
  /** Fetches if there is a link; without one, the next does. */
  readonly catchUp: () => void;
  readonly offer: (refs: Iterable<string>) => void;
  readonly status: () => RemoteStatus;
}

export function createWatchedRemote(config: Remote, tools: RemoteTools): WatchedRemote {
  const { name } = config;
  const { nowMs, random } = tools;
  const history = createRemoteHistory(nowMs);
  let remote = config;
  let state: RemoteState = { kind: 'idle' };
  let rung = bestRung(nowMs());
  let link: RemoteLink | undefined;
  let wakeTimer: NodeJS.Timeout | undefined;
  let checkTimer: NodeJS.Timeout | undefined;
  let holdWhenSynced = false;

  const warner = createWarner((text) => tools.say({ kind: 'WARNING', remote: name, text }));
  const warn = (text: string): void => {
    const line = printable(text);
    history.failed(line);
    warner.warn(line);
  };

  const sync = createRemoteSync({
    remote: () => remote,
    work: tools.work,
    relaySocket: () => link?.relaySocket(),
    mayFetch: () => state.kind === 'connected' && tools.held() === 'no',
    mayPush: () => state.kind !== 'gone' && tools.held() === 'no',
    say: (message) => {
      tools.say(message);
      tools.statusChanged();
    },
    finished: (kind, outcome) => synced(kind, outcome),
    nowMs,
    random,
  });
  const synced = (kind: 'fetch' | 'push', outcome: SyncOutcome): void => {
    history.synced(outcome.ok, outcome.failure?.detail);
    if (outcome.ok) warner.forget();
    else if (tools.held() === 'no' && state.kind === 'connected') {
      warn(`${kind} failed: ${outcome.failure?.detail ?? 'no reason was given'}`);
      if (kind === 'fetch' && outcome.failure?.code !== 'locked') link?.changeWay();
    }
    if (holdWhenSynced) hold('kindly');
    tools.statusChanged();
  };

  const dispatch = (event: LinkEvent): void => {
    const reachable = remote.onThisHost || tools.isOnline();
    const result = step(state, event, { nowMs: nowMs(), reachable, random });
    const left = state;
    state = result.state;
    if (left.kind !== state.kind) leave(left);
    for (const effect of result.effects) carryOut(effect);
    tools.statusChanged();
  };
  const leave = (left: RemoteState): void => {
    if (left.kind === 'waiting') clearTimeout(wakeTimer);
    if (left.kind !== 'connected') return;
    clearTimeout(checkTimer);
    history.disconnected();
  };

  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'open':
        open();
        break;
      case 'close':
        link?.close(effect.how);
        break;
      case 'say':
        tools.say({ kind: effect.message, remote: name });
        break;
      case 'warn':
        warn(effect.text);
        break;
      case 'catch-up':
        catchUp();
        break;
      case 'wake-at':
        wakeTimer = setTimeout(() => dispatch({ kind: 'wake' }), effect.atMs - nowMs());
        break;
      case 'next-rung':
        rung = nextRung(rung, effect.failure, nowMs());
        break;
      case 'forget':
        sync.forgetRetries();
        tools.gone(name);
        break;
      default:
        effect satisfies never;
    }
  };
  const catchUp = (): void => {
    warner.forget();
    planCheck();
    sync.fetch();
    sync.offerRemembered();
  };
  const planCheck = (): void => {
    clearTimeout(checkTimer);
    // Jittered, so that many remotes do not all ask at one time.
    checkTimer = setTimeout(check, tools.checkMs() * (0.8 + 0.4 * random()));
  };
  const check = (): void => {
    planCheck();
    // A polled remote compares by itself.
    if (rungOf(remote, rung).kind !== 'poll') sync.fetch();
  };

  const open = (): void => {
    rung = rungToOpen(rung, nowMs());
    link = openRemoteLink(tools.taskFor(remote, rungOf(remote, rung)), tools, hear);
  };
  const hear = (report: Report): void => {
    switch (report.kind) {
      case 'started':
        break;
      case 'connected':
        history.connected(report.how);
        dispatch({ kind: 'connected' });
        break;
      case 'moved':
        history.moved();
        tools.statusChanged();
        sync.fetch();
        break;
      case 'warning':
        warn(report.text);
        break;
      case 'log':
        tools.log(name, printable(report.text));
        break;
      case 'relay-activity':
        tools.sawActivity(name);
        break;
      case 'ended':
        ended(report.ending);
        break;
      default:
        report satisfies never;
    }
  };
  const ended = (ending: Ending): void => {
    link = undefined;
    const hasNextRung = rung.index + 1 < remote.rungs.length;
    // That a rung is not for this remote is no error: `status` says it beside the rung.
    const isError = ending.kind === 'failed' && !(hasNextRung && dispositionOf(ending.failure.code) === 'fall-back');
    if (isError) history.failed(printable(ending.failure.detail));
    dispatch({ kind: 'ended', ending, hasNextRung });
  };

  const hold = (how: CloseHow): void => {
    sync.forgetRetries();
    // PAUSE lets the operation that runs come to its end: its link stays for so long.
    holdWhenSynced = how === 'kindly' && sync.isRunning();
    if (!holdWhenSynced) dispatch({ kind: 'hold', how });
  };

  return {
    name,
    isConnected: () => state.kind === 'connected',
    want: () => {
      holdWhenSynced = false;
      warner.forget();
      if (!link) rung = bestRung(nowMs());
      dispatch({ kind: 'want' });
      sync.offerRemembered();
    },
    wake: () => dispatch({ kind: 'wake' }),
    hold,
    remove: (how) => dispatch({ kind: 'remove', how }),
    renew: (changed) => {
      remote = changed;
      rung = bestRung(nowMs());
      // While held nothing is opened: RESUME does, with what is known then.
      if (tools.held() === 'no') dispatch({ kind: 'renew' });
    },
    catchUp: sync.fetch,
    offer: sync.offer,
    status: () =>
      history.status({
        remote,
        state,
        watchedBy: describeRung(rungOf(remote, rung), tools.checkMs()),
        whyNotBetter: whyNotBetter(remote, rung),
        held: tools.held(),
        syncing: sync.isRunning(),
        retryAtMs: sync.retryAtMs(),
      }),
  };
}

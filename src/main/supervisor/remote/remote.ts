// Owns: one remote: its state, its link, its timers; carries out what link-state.ts decides.
// Leaves: the decisions (link-state.ts), git's work (remote-work.ts), what `status` is told (history.ts).

import type { Announcement } from '../../../shared/control-protocol/control.ts';
import { dispositionOf } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { wantedRefs } from '../../../shared/refs/ref-advertisement.ts';
import type { Remote, RemoteIdentity, RemoteName } from '../../../shared/remote.ts';
import type { Held, RemoteStatus } from '../../../shared/status.ts';
import type { CloseHow } from '../../../shared/thread-messages.ts';
import type { GitRequests } from '../../git/git-requests.ts';
import { createLinkKeeper, type LinkTools } from '../link/link-keeper.ts';
import { isWorthTelling } from '../link/rung-choice.ts';
import { createRemoteHistory } from './history.ts';
import { type Effect, type LinkEvent, type RemoteState, step } from './link-state.ts';
import { createSafetyCheck } from './periodic-check.ts';
import { createRemoteWork } from './remote-work.ts';
import { createWarner } from './warner.ts';

/** What a remote needs of the rest of the daemon. */
export interface RemoteTools extends LinkTools {
  /** Also makes `status` tell it. */
  readonly say: (message: Announcement) => void;
  readonly work: GitRequests;
  readonly isOnline: () => boolean;
  readonly held: () => Held;
  /** Time between safety checks, before jitter. */
  readonly checkMs: () => number;
  /** Something that `status` shows is different. */
  readonly statusChanged: () => void;
  readonly gone: (remote: RemoteName) => void;
  readonly random: () => number;
}

export interface WatchedRemote {
  /** What the link that is open, or the next one, speaks of. */
  readonly identity: () => RemoteIdentity;
  readonly isConnected: () => boolean;
  /** Connects now if there is no link, with no backoff left over; fetches if what was to be fetched could not be. */
  readonly want: () => void;
  /** As `want`; and where a better way to watch was given up before, it is tried again. */
  readonly probeAgain: () => void;
  readonly wake: () => void;
  readonly hold: (how: CloseHow) => void;
  readonly remove: (how: CloseHow) => void;
  /** Takes a changed config: the link is made anew. */
  readonly renew: (remote: Remote) => void;
  /** Takes a config, and settings, that need no new link, unless it is polled and is to be asked more or less often. */
  readonly adopt: (remote: Remote) => void;
  /** Fetches if there is a link, unless it is certain that all is here. */
  readonly check: () => void;
  readonly offer: (refs: Iterable<string>) => void;
  readonly status: () => RemoteStatus;
}

export function createWatchedRemote(config: Remote, tools: RemoteTools): WatchedRemote {
  const { nowMs, random } = tools;
  const history = createRemoteHistory(nowMs);
  let remote = config;
  let state: RemoteState = { kind: 'idle' };
  let wakeTimer: NodeJS.Timeout | undefined;

  const warner = createWarner((text) => tools.say({ kind: 'WARNING', remote: link.identity(), text }));
  /** What is known of a host's shell is told once, however often the link comes and goes. */
  const shellWarner = createWarner((text) => tools.say({ kind: 'WARNING', remote: link.identity(), text }));
  const warn = (text: string): void => {
    const line = printable(text);
    history.failed(line);
    warner.warn(line);
  };

  const isUp = (): boolean => state.kind === 'connected' && tools.held() === 'no';
  const { sync, comparing } = createRemoteWork({
    ...tools,
    remote: () => remote,
    link: () => link,
    isUp,
    mayPush: () => state.kind !== 'gone' && tools.held() === 'no',
    moved: history.moved,
    ended: history.synced,
    worked: warner.forget,
    warn,
    giveUp: (failure) => dispatch({ kind: 'give-up', failure }),
    leftLink: () => dispatch({ kind: 'idle-link' }),
  });
  const checks = createSafetyCheck(tools.checkMs, random, () => {
    if (link.shouldProbe() && !sync.isRunning()) renew();
    else comparing.check();
  });

  const dispatch = (event: LinkEvent): void => {
    const reachable = (): boolean => remote.onThisHost || tools.isOnline();
    const result = step(state, event, { nowMs: nowMs(), reachable, held: tools.held() !== 'no', random });
    const left = state;
    state = result.state;
    if (left.kind !== state.kind) moveOn(left);
    for (const effect of result.effects) carryOut(effect);
    tools.statusChanged();
  };
  const moveOn = (left: RemoteState): void => {
    if (left.kind === 'waiting') clearTimeout(wakeTimer);
    if (state.kind === 'connected') checks.begin();
    else checks.end();
    if (state.kind !== 'connected' && state.kind !== 'finishing') history.disconnected();
  };
  const carryOut = (effect: Effect): void => {
    switch (effect.kind) {
      case 'open':
        link.open();
        break;
      case 'close':
        link.close(effect.how);
        break;
      case 'say':
        tools.say({ kind: effect.message, remote: link.identity() });
        break;
      case 'warn':
        warn(effect.text);
        break;
      case 'catch-up':
        warner.forget();
        comparing.check();
        sync.offerRemembered();
        break;
      case 'wake-at':
        wakeTimer = setTimeout(() => dispatch({ kind: 'wake' }), effect.atMs - nowMs());
        break;
      case 'next-rung':
        link.takeNextRung(effect.failure);
        if (isWorthTelling(effect.failure)) shellWarner.warn(printable(effect.failure.detail));
        break;
      case 'forget':
        tools.gone(config.name);
        break;
      default:
        effect satisfies never;
    }
  };
  const link = createLinkKeeper(() => remote, tools, {
    connected: (how) => {
      if (state.kind === 'opening' || state.kind === 'connected') history.connected(how);
      dispatch({ kind: 'connected' });
    },
    moved: (refs) => {
      // What no fetch would bring, such as a forge's pull requests, asks for none.
      if (refs !== undefined && !refs.some(({ ref }) => wantedRefs(remote.refs)(ref))) return;
      history.moved();
      tools.statusChanged();
      sync.fetch('news');
    },
    polled: () => {
      history.polled();
      tools.statusChanged();
    },
    checked: (allHere) => {
      if (allHere) history.allHere();
      comparing.answered(allHere);
      tools.statusChanged();
    },
    unsure: comparing.unsure,
    warning: warn,
    ended: (ending, hasNextRung) => {
      comparing.forget();
      // That a rung is not for this remote is no error: `status` says it beside the rung.
      const isError = ending.kind === 'failed' && !(hasNextRung && dispositionOf(ending.failure.code) === 'fall-back');
      if (isError) history.failed(printable(ending.failure.detail));
      dispatch({ kind: 'ended', ending, hasNextRung });
    },
  });
  const want = (): void => {
    warner.forget();
    dispatch({ kind: 'want' });
    sync.retryNow();
    sync.offerRemembered();
  };
  const renew = (): void => {
    link.takeBestRung();
    dispatch({ kind: 'renew' });
  };

  return {
    identity: link.identity,
    isConnected: () => state.kind === 'connected' || state.kind === 'finishing',
    want,
    probeAgain: () => (link.isOnBestRung() ? want() : renew()),
    wake: () => {
      dispatch({ kind: 'wake' });
      sync.retryNow();
    },
    check: comparing.check,
    hold: (how) => {
      sync.forgetRetries();
      dispatch({ kind: 'hold', how, busy: how === 'kindly' && sync.usesLink() });
    },
    remove: (how) => {
      sync.forgetRetries();
      dispatch({ kind: 'remove', how });
    },
    renew: (changed) => {
      remote = changed;
      renew();
    },
    adopt: (kept) => {
      const everyMs = link.everyMs();
      remote = kept;
      checks.replan();
      if (link.everyMs() !== everyMs) dispatch({ kind: 'renew' });
    },
    offer: sync.offer,
    status: () =>
      history.status({
        remote,
        state,
        ...link.description(),
        held: tools.held(),
        syncing: sync.isRunning(),
        retryAtMs: sync.retryAtMs(),
      }),
  };
}

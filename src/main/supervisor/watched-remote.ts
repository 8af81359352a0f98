// Owns: one remote: its state, its link, its timers; carries out what remote-state.ts decides.
// Leaves: the decisions (remote-state.ts), fetching (remote-sync.ts), what `status` is told (remote-history.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Announcement } from '../../shared/protocol/control.ts';
import { wantedRefs } from '../../shared/ref-advertisement.ts';
import type { Remote, RemoteIdentity, RemoteName } from '../../shared/remote.ts';
import type { Held, RemoteStatus } from '../status.ts';
import { createLinkKeeper, type LinkTools } from './link-keeper.ts';
import { createRemoteHistory } from './remote-history.ts';
import { type CloseHow, type Effect, type LinkEvent, type RemoteState, step } from './remote-state.ts';
import { createRemoteSync, type GitWork, type SyncKind, type SyncOutcome } from './remote-sync.ts';
import { createSafetyCheck } from './safety-check.ts';
import { createWarner } from './warner.ts';

/** What a remote needs of the rest of the daemon. */
export interface RemoteTools extends LinkTools {
  readonly say: (message: Announcement) => void;
  readonly work: GitWork;
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
  readonly name: RemoteName;
  /** What the link that is open, or the next one, speaks of. */
  readonly identity: () => RemoteIdentity;
  readonly isConnected: () => boolean;
  /** Connects now if there is no link, with no backoff left over; fetches if what was to be fetched could not be. */
  readonly want: () => void;
  /** As `want`; and where a better way to watch was given up before, it is tried again. */
  readonly probeAgain: () => void;
  /** Cuts a wait short. */
  readonly wake: () => void;
  readonly hold: (how: CloseHow) => void;
  readonly remove: (how: CloseHow) => void;
  /** Takes a changed config: the link is made anew. */
  readonly renew: (remote: Remote) => void;
  /** Takes a config that needs no new link, unless the remote is polled and is to be asked more or less often. */
  readonly adopt: (remote: Remote) => void;
  /** Fetches if there is a link. */
  readonly fetch: () => void;
  /** The settings may be different. */
  readonly replan: () => void;
  readonly offer: (refs: Iterable<string>) => void;
  readonly status: () => RemoteStatus;
}

export function createWatchedRemote(config: Remote, tools: RemoteTools): WatchedRemote {
  const { name } = config;
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

  const sync = createRemoteSync({
    remote: () => remote,
    work: tools.work,
    relaySocket: () => link.relaySocket(),
    isTriedAgain: (kind, { code }) => dispositionOf(code) === 'retry' || (kind === 'fetch' && link.hasRelay()),
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
  const synced = (kind: SyncKind, { ok, failure }: SyncOutcome): void => {
    history.synced(ok, failure?.detail);
    if (ok) {
      warner.forget();
      if (kind === 'fetch') link.fetched(true);
    }
    if (!ok && failure && failure.code !== 'cancelled') syncFailed(kind, failure);
    dispatch({ kind: 'idle-link' });
  };
  const syncFailed = (kind: SyncKind, failure: Failure): void => {
    if (tools.held() !== 'no' || state.kind !== 'connected') return;
    warn(`${kind} failed: ${failure.detail}`);
    if (kind === 'push') return;
    // Through the relay git never logs in: a refusal is of git's own connection, and the link's word counts.
    if (dispositionOf(failure.code) === 'give-up' && !link.hasRelay()) dispatch({ kind: 'give-up', failure });
    else if (failure.code !== 'locked') link.fetched(false);
  };
  const checks = createSafetyCheck(tools.checkMs, random, () => {
    if (link.shouldProbe() && !sync.isRunning()) renew();
    else sync.fetch();
  });

  const dispatch = (event: LinkEvent): void => {
    const reachable = remote.onThisHost || tools.isOnline();
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
        sync.fetch();
        sync.offerRemembered();
        break;
      case 'wake-at':
        wakeTimer = setTimeout(() => dispatch({ kind: 'wake' }), effect.atMs - nowMs());
        break;
      case 'next-rung':
        link.takeNextRung(effect.failure);
        if (!AS_EXPECTED.has(effect.failure.code)) shellWarner.warn(printable(effect.failure.detail));
        break;
      case 'forget':
        tools.gone(name);
        break;
      default:
        effect satisfies never;
    }
  };
  const link = createLinkKeeper(() => remote, tools, {
    connected: (how) => {
      if (state.kind === 'opening') history.connected(how);
      dispatch({ kind: 'connected' });
    },
    moved: (refs) => {
      // What no fetch would bring, such as a forge's pull requests, asks for none.
      if (refs !== undefined && !refs.some(({ ref }) => wantedRefs(remote.refs)(ref))) return;
      history.moved();
      tools.statusChanged();
      sync.fetch();
    },
    warning: warn,
    ended: (ending, hasNextRung) => {
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
    name,
    identity: link.identity,
    isConnected: () => state.kind === 'connected' || state.kind === 'finishing',
    want,
    probeAgain: () => (link.isOnBestRung() ? want() : renew()),
    wake: () => {
      dispatch({ kind: 'wake' });
      sync.retryNow();
    },
    fetch: sync.fetch,
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
      if (link.everyMs() !== everyMs) dispatch({ kind: 'renew' });
    },
    replan: checks.replan,
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

/** Nothing is wrong with these: the next rung is the right one for such a remote, and `status` says why. */
const AS_EXPECTED: ReadonlySet<FailureCode> = new Set(['shell-missing', 'no-shell', 'deaf-file-system']);

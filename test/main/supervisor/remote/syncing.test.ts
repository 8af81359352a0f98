// Owns: what is said and tried again around fetches and pushes, on made-up time.
// Leaves: git (test/main/git), and the whole way (test/end-to-end).
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GitRequests, GitTurn } from '../../../../src/main/git/git-requests.ts';
import type { Outcome } from '../../../../src/main/git/operation.ts';
import { createRemoteSync, type RemoteSync } from '../../../../src/main/supervisor/remote/syncing.ts';
import { dispositionOf, type FailureCode } from '../../../../src/shared/failures.ts';
import { doorAfterNews } from '../../../../src/shared/git-protocol/relay-doors.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';

interface Wanted extends GitTurn {
  readonly kind: 'fetch' | 'push';
  readonly refs?: () => readonly string[];
  readonly relaySocket?: () => string | undefined;
}

const SOCKET = '/relay/1';

interface Stage {
  readonly sync: RemoteSync;
  readonly said: string[];
  /** The turns asked for; each test takes them when it likes. */
  readonly turns: Wanted[];
  mayFetch: boolean;
  mayPush: boolean;
}

function setStage(remote: Partial<Remote> = {}): Stage {
  const turns: Wanted[] = [];
  const work: GitRequests = {
    requestFetch: (turn) => turns.push({ ...turn, kind: 'fetch' }),
    requestPush: (turn) => turns.push({ ...turn, kind: 'push' }),
  };
  const said: string[] = [];
  const stage = { said, turns, mayFetch: true, mayPush: true };
  const sync = createRemoteSync({
    remote: () => ({ ...ORIGIN, ...remote }),
    work,
    relaySocket: () => SOCKET,
    isTriedAgain: (_kind, { code }) => dispositionOf(code) === 'retry',
    mayFetch: () => stage.mayFetch,
    mayPush: () => stage.mayPush,
    say: (message) => said.push(message.kind === 'DONESYNCING' ? `DONESYNCING ${message.ok}` : message.kind),
    finished: () => undefined,
    nowMs: () => Date.now(),
    random: () => 0.999,
  });
  return Object.assign(stage, { sync });
}

const ORIGIN: Remote = {
  name: remoteName('origin'),
  url: 'host:/d',
  uri: 'ssh://host/d',
  onThisHost: false,
  rungs: [{ kind: 'poll', why: 'a test', everyMs: 1_000 }],
  refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
  fetches: true,
};

const failed = (code: FailureCode): Outcome => ({ ok: false, failure: { code, detail: `it was ${code}` } });

function take(turn: Wanted | undefined, outcome: Outcome): readonly string[] {
  turn?.started();
  const refs = turn?.refs?.() ?? [];
  turn?.done(outcome);
  return refs;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a fetch', () => {
  it('says SYNCING when its turn comes and DONESYNCING when it is done', () => {
    const { sync, said, turns } = setStage();
    sync.fetch('check');
    expect(said).toEqual([]);
    take(turns[0], { ok: true });
    expect(said).toEqual(['SYNCING', 'DONESYNCING true']);
  });

  it('that failed is asked for again after the first wait, and after longer ones', () => {
    const { sync, turns } = setStage();
    sync.fetch('check');
    take(turns[0], failed('dropped'));
    vi.advanceTimersByTime(1_000);
    expect(turns).toHaveLength(2);
    take(turns[1], failed('dropped'));
    vi.advanceTimersByTime(1_900);
    expect(turns).toHaveLength(2);
    vi.advanceTimersByTime(100);
    expect(turns).toHaveLength(3);
  });

  it('that worked makes the next failure a first one again', () => {
    const { sync, turns } = setStage();
    for (const outcome of [failed('dropped'), failed('dropped'), { ok: true } as const, failed('dropped')]) {
      sync.fetch('check');
      take(turns.at(-1), outcome);
    }
    vi.advanceTimersByTime(1_000);
    expect(turns).toHaveLength(5);
  });

  it('whose login was refused is not tried in a loop', () => {
    const { sync, turns } = setStage();
    sync.fetch('check');
    take(turns[0], failed('auth-refused'));
    vi.advanceTimersByTime(10_000_000);
    expect(turns).toHaveLength(1);
    expect(sync.retryAtMs()).toBeUndefined();
  });

  it('that failed while the link is down waits for the link, which fetches anyway', () => {
    const stage = setStage();
    stage.sync.fetch('check');
    stage.mayFetch = false;
    take(stage.turns[0], failed('dropped'));
    vi.advanceTimersByTime(10_000_000);
    expect(stage.turns).toHaveLength(1);
  });

  it.each([
    ['news alone', ['news', 'news'], doorAfterNews(SOCKET)],
    ['something else', ['check'], SOCKET],
    ['news and something else', ['news', 'check', 'news'], SOCKET],
  ] as const)('that %s brought about goes to the door of the relay that is for it', (_what, reasons, door) => {
    const { sync, turns } = setStage();
    for (const reason of reasons) sync.fetch(reason);
    expect(turns.at(-1)?.relaySocket?.()).toBe(door);
    sync.fetch('news');
    expect(turns.at(-1)?.relaySocket?.()).toBe(doorAfterNews(SOCKET));
  });

  it('that is tried again sees what there is, told or not', () => {
    const { sync, turns } = setStage();
    sync.fetch('news');
    turns[0]?.relaySocket?.();
    take(turns[0], failed('dropped'));
    vi.advanceTimersByTime(1_000);
    expect(turns[1]?.relaySocket?.()).toBe(SOCKET);
  });

  it('is never asked for where annex-pull is false', () => {
    const { sync, turns } = setStage({ fetches: false });
    sync.fetch('check');
    expect(turns).toEqual([]);
  });
});

describe('a push', () => {
  const push = { refspecs: [] };

  it('offers what was named meanwhile in one turn', () => {
    const { sync, turns } = setStage({ push });
    sync.offer(['refs/heads/a']);
    sync.offer(['refs/heads/b', 'refs/heads/a']);
    expect(take(turns.at(-1), { ok: true })).toEqual(['refs/heads/a', 'refs/heads/b']);
  });

  it('remembers, as a set, what is named while held', () => {
    const stage = setStage({ push });
    stage.mayPush = false;
    stage.sync.offer(['refs/heads/a']);
    stage.sync.offer(['refs/heads/a']);
    expect(stage.turns).toEqual([]);
    stage.mayPush = true;
    stage.sync.offerRemembered();
    expect(take(stage.turns[0], { ok: true })).toEqual(['refs/heads/a']);
  });

  it('that was cut off offers the same again', () => {
    const { sync, turns } = setStage({ push });
    sync.offer(['refs/heads/a']);
    take(turns[0], failed('dropped'));
    vi.advanceTimersByTime(1_000);
    expect(take(turns[1], { ok: true })).toEqual(['refs/heads/a']);
  });

  it('that was refused a login is offered again when somebody says RESUME', () => {
    const { sync, turns } = setStage({ push });
    sync.offer(['refs/heads/a']);
    take(turns[0], failed('auth-refused'));
    vi.advanceTimersByTime(10_000_000);
    expect(turns).toHaveLength(1);
    sync.offerRemembered();
    expect(take(turns[1], { ok: true })).toEqual(['refs/heads/a']);
  });

  it('that the remote refused is not tried again until something moves', () => {
    const { sync, turns } = setStage({ push });
    sync.offer(['refs/heads/a']);
    take(turns[0], { ok: false, failure: { code: 'remote-error', detail: 'rejected' }, refused: true });
    vi.advanceTimersByTime(10_000_000);
    expect(turns).toHaveLength(1);
    sync.offer(['refs/heads/b']);
    expect(take(turns[1], { ok: true })).toEqual(['refs/heads/b']);
  });

  it('is never asked for where remotedaemonPush is not set', () => {
    const { sync, turns } = setStage();
    sync.offer(['refs/heads/a']);
    expect(turns).toEqual([]);
  });
});

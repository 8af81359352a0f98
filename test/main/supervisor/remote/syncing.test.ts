// Owns: what is said, and asked of git and of the link, around fetches and pushes.
// Leaves: when (sync-state.test.ts, push-state.test.ts), git (test/main/git), and the whole way (test/end-to-end).
import { describe, expect, it } from 'vitest';
import type { GitTurn, HowToFetch, NamedMoves } from '../../../../src/main/git/git-requests.ts';
import { NO_WORK, type Outcome } from '../../../../src/main/git/operation.ts';
import { createAccounts } from '../../../../src/main/supervisor/link/accounts.ts';
import { newRecord, type RemoteRecord, statusOf } from '../../../../src/main/supervisor/remote/record.ts';
import type { SyncEvent } from '../../../../src/main/supervisor/remote/sync-state.ts';
import { createSyncing } from '../../../../src/main/supervisor/remote/syncing.ts';
import { tagsCompared } from '../../../../src/main/supervisor/remote/tags-here.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';
import { doorAfterNews, doorToFresh } from '../../../../src/shared/git-protocol/relay-doors.ts';
import { anew } from '../../../../src/shared/refs/loss.ts';
import { parseRefName, type RefMove, type Remote, remoteName } from '../../../../src/shared/remote.ts';

interface Wanted extends GitTurn {
  readonly kind: 'fetch' | 'push';
  readonly refs?: () => readonly string[];
  readonly how?: () => HowToFetch;
  readonly named?: () => NamedMoves | undefined;
}

const SOCKET = '/relay/1';
const ORIGIN: Remote = {
  name: remoteName('origin'),
  url: 'host:/d',
  uri: 'ssh://host/d',
  onThisHost: false,
  rungs: [{ kind: 'poll', why: 'a test', everyMs: 1_000 }],
  refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
  comparison: { pruned: [] },
  fetches: true,
};

/** A remote whose link is up; each test takes the turns that were asked for when it likes. */
function setStage(config: Partial<Remote> = {}) {
  const way = { kind: 'relay', socket: SOCKET, guilty: 0 } as const;
  const link = { kind: 'connected', sinceMs: 0, failures: 0, how: 'a test', checks: true, way } as const;
  let record: RemoteRecord = { ...newRecord({ ...ORIGIN, ...config }, 0), link };
  const turns: Wanted[] = [];
  const said: string[] = [];
  const clock = { ms: 0 };
  const { sync, push } = createSyncing({
    record: {
      get: () => record,
      set: (part) => {
        record = { ...record, ...part };
      },
    },
    git: {
      requestFetch: (turn) => turns.push({ ...turn, kind: 'fetch' }),
      requestPush: (turn) => turns.push({ ...turn, kind: 'push' }),
      withdraw: (kind) => said.push(`withdraw ${kind}`),
    },
    say: (message) => said.push(message.kind === 'DONESYNCING' ? `DONESYNCING ${message.ok}` : message.kind),
    accounts: createAccounts(() => 0),
    isHeld: () => false,
    askLink: () => said.push('asked the link'),
    onSynced: () => undefined,
    onLinkEvent: (event) => said.push(event.kind === 'fetched' ? `fetched ${event.ok}` : event.kind),
    onHappening: ({ kind }) => said.push(kind),
    telling: {
      warn: (text) => said.push(text),
      warnLasting: (text) => said.push(text),
      isWell: () => undefined,
      log: (text) => said.push(`log: ${text}`),
    },
    guarded: (entry) => entry,
    debug: () => undefined,
    nowMs: () => clock.ms,
    random: () => 0,
    tagsMark: () => 'as they were',
  });
  return { sync, push, turns, said, clock, record: () => record };
}

const failed = (code: FailureCode): Outcome => ({ ok: false, failure: { code, detail: `it was ${code}` } });

describe('a fetch', () => {
  it('says SYNCING when its turn comes and DONESYNCING when it is done', () => {
    const { sync, said, turns } = setStage();
    sync({ kind: 'news' });
    expect(said).toEqual([]);
    turns[0]?.started();
    turns[0]?.done({ ok: true }, NO_WORK);
    expect(said).toEqual(['SYNCING', 'DONESYNCING true', 'synced', 'fetched true', 'idle-link']);
  });

  it('says DONESYNCING before it asks for another', () => {
    const { sync, said, turns } = setStage({ url: 'other' });
    sync({ kind: 'news' });
    turns[0]?.started();
    sync({ kind: 'unsure' });
    turns[0]?.done({ ok: true }, NO_WORK);
    expect(said.indexOf('DONESYNCING true')).toBeLessThan(said.indexOf('asked the link'));
  });

  it.each([
    ['dropped', ['fetched false']],
    ['cancelled', []],
    ['locked', []],
  ] as const)('that failed as %s tells the link %j', (code, told) => {
    const { sync, said, turns } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    turns[0]?.done(failed(code), NO_WORK);
    expect(said.filter((word) => word.startsWith('fetched'))).toEqual(told);
    expect(said.includes(`fetch failed: it was ${code}`)).toBe(code !== 'cancelled');
  });

  it('that news brought about goes to the door of the relay that is for it', () => {
    const { sync, turns } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    expect(turns[0]?.how?.().relay?.socket).toBe(doorAfterNews(SOCKET));
  });

  it('that something else brought about, too, goes to the other', () => {
    const { sync, turns } = setStage();
    sync({ kind: 'news' });
    sync({ kind: 'check' });
    turns[0]?.started();
    expect(turns[0]?.how?.().relay?.socket).toBe(SOCKET);
  });

  const told: readonly RefMove[] = [{ ref: parseRefName('refs/heads/x') ?? expect.unreachable(), tip: 'unknown' }];
  it.each<[string, Partial<RemoteRecord>, SyncEvent[], boolean]>([
    ['is of those that are named', {}, [{ kind: 'news' }], true],
    ['is whole where others may have moved', { told: 'unnamed' }, [{ kind: 'news' }], false],
    ['is of those that are named where some may be gone, too', {}, [{ kind: 'loss' }], true],
    ['is whole where something else asks for it, too', {}, [{ kind: 'news' }, { kind: 'check' }], false],
    ['is whole where it was in doubt', { doubt: anew([], 0) }, [{ kind: 'news' }], false],
  ])('%s', (_how, part, events, isNamed) => {
    const { sync, turns, record } = setStage();
    Object.assign(record(), { told, listed: 5_000, ...part });
    for (const event of events) sync(event);
    turns[0]?.started();
    expect(turns[0]?.how?.().named).toEqual(
      isNamed ? { moves: told, areMany: true, hasAllTags: false, mayBeOld: false } : undefined,
    );
    expect(record().told).toEqual([]);
  });

  it.each([
    [{ listed: 5_000 }, true],
    [{ listed: 20 }, false],
    [{}, undefined],
  ])('that is of those that are named tells by %j whether they are among many', (part, areMany) => {
    const { sync, turns, record } = setStage();
    Object.assign(record(), { told, ...part });
    sync({ kind: 'news' });
    expect(turns[0]?.named?.()?.areMany).toBe(areMany);
    turns[0]?.started();
    expect(turns[0]?.how?.().named?.areMany).toBe(areMany);
  });

  it('that waits tells what it would be of, and takes nothing of it', () => {
    const { sync, turns, record } = setStage();
    Object.assign(record(), { told });
    sync({ kind: 'news' });
    expect(turns[0]?.named?.()?.moves).toBe(told);
    expect(record().told).toBe(told);
    sync({ kind: 'check' });
    expect(turns[0]?.named?.()).toBeUndefined();
  });

  it.each<[string, SyncEvent]>([
    ['a server that is not sure what moved', { kind: 'unsure' }],
    ['a check', { kind: 'check' }],
  ])('that runs does not tell that nothing else moved once it has heard of %s', (_what, event) => {
    const { sync, turns, record } = setStage();
    Object.assign(record(), { told });
    sync({ kind: 'news' });
    turns[0]?.started();
    turns[0]?.how?.();
    expect(turns[0]?.named?.()?.moves).toEqual([]);
    sync(event);
    expect(turns[0]?.named?.()).toBeUndefined();
  });

  it('that runs does not tell that nothing else moved once its link has left', () => {
    const { sync, turns, record } = setStage();
    Object.assign(record(), { told });
    sync({ kind: 'news' });
    turns[0]?.started();
    turns[0]?.how?.();
    Object.assign(record(), { link: { kind: 'waiting' } });
    sync({ kind: 'link-left' });
    expect(turns[0]?.named?.()).toBeUndefined();
  });

  it.each<[string, Partial<Remote>, SyncEvent[], boolean]>([
    ['knows of all tags where a comparison has', {}, [], true],
    ['does not know after the link has left', {}, [{ kind: 'link-left' }], false],
    ['does not know after its config has changed', {}, [{ kind: 'renewed' }], false],
    [
      'has none to follow where they are not followed',
      { refs: { ...ORIGIN.refs, tags: false } },
      [{ kind: 'link-left' }],
      true,
    ],
  ])('%s', (_how, config, events, has) => {
    const { sync, turns, record } = setStage(config);
    sync({ kind: 'check' });
    const { tags } = record();
    Object.assign(record(), { told, tags: tagsCompared(tags, record().answers.asked, true) });
    sync({ kind: 'answered', allHere: true });
    for (const event of events) sync(event);
    sync({ kind: 'news' });
    turns[0]?.started();
    expect(turns[0]?.how?.().named?.hasAllTags).toBe(has);
  });

  it('after one that failed is whole, whatever is named since', () => {
    const { sync, turns, record } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    turns[0]?.how?.();
    turns[0]?.done(failed('locked'), NO_WORK);
    expect(record().told).toBe('unnamed');
  });

  it('of a part leaves what is known of the others as it was', () => {
    const { sync, turns, record } = setStage();
    const leftOut = { refs: ['refs/tags/v1'], more: 0 };
    Object.assign(record(), { leftOut, answers: { heard: 1, asked: 1 } });
    sync({ kind: 'news' });
    turns[0]?.started();
    turns[0]?.done({ ok: true, isPart: true }, NO_WORK);
    expect(record()).toMatchObject({ leftOut, answers: { heard: 1, asked: 1 } });
    expect(record().answers.fetchedAfter).toBeUndefined();
  });

  it('goes by a connection of its own where there is no relay', () => {
    const { sync, turns, record } = setStage();
    sync({ kind: 'news' });
    Object.assign(record(), { link: { kind: 'waiting' } });
    turns[0]?.started();
    expect(turns[0]?.how?.().relay).toBeUndefined();
    expect(record().sync).toMatchObject({ kind: 'fetching', over: 'own' });
  });

  it('that crawls is shown as such, and a person is told only when it does for long', () => {
    const { sync, turns, said, record } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    const isTold = () => said.some((text) => text.includes('moves next to nothing'));
    turns[0]?.paced({ bytes: 5, crawls: 'a-while' });
    expect([statusOf(record(), 'no').crawls, isTold()]).toEqual([true, false]);
    turns[0]?.paced({ bytes: 5, crawls: 'long' });
    expect(isTold()).toBe(true);
    turns[0]?.paced({ bytes: 50_000, crawls: 'no' });
    expect(statusOf(record(), 'no')).not.toHaveProperty('crawls');
  });

  it('that takes long shows how far it is, and the log is told that now and then', () => {
    const { sync, turns, record, said, clock } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    said.splice(0);
    const pacedAt = (ms: number, percent: number): void => {
      clock.ms = ms;
      const text = `Receiving objects:  ${percent}% (${percent}/100)`;
      turns[0]?.paced({ bytes: 5, crawls: 'no', step: { text, percent } });
    };
    pacedAt(2_000, 10);
    const text = 'Receiving objects:  10% (10/100)';
    expect(statusOf(record(), 'no').progress).toEqual({ since: '1970-01-01T00:00:00.000Z', text, percent: 10 });
    pacedAt(3_000, 11);
    pacedAt(31_999, 12);
    pacedAt(32_000, 13);
    expect(said).toEqual([
      `log: fetch has taken 2 s so far: ${text}`,
      'log: fetch has taken 32 s so far: Receiving objects:  13% (13/100)',
    ]);
    turns[0]?.done({ ok: true }, NO_WORK);
    expect(statusOf(record(), 'no')).not.toHaveProperty('progress');
  });

  it('is never asked for where annex-pull is false', () => {
    const { sync, turns } = setStage({ fetches: false });
    for (const kind of ['news', 'check', 'unsure'] as const) sync({ kind });
    expect(turns).toEqual([]);
  });
});

describe('a push', () => {
  it('hands on what was named, once its turn has come', () => {
    const { push, turns, said } = setStage({ push: { refspecs: [] } });
    push({ kind: 'offer', refs: ['refs/heads/a'] });
    push({ kind: 'offer', refs: ['refs/heads/b'] });
    turns[0]?.started();
    expect(turns[0]?.refs?.()).toEqual(['refs/heads/a', 'refs/heads/b']);
    turns[0]?.done(failed('dropped'), NO_WORK);
    expect(said).toEqual(['SYNCING', 'DONESYNCING false', 'synced', 'push failed: it was dropped', 'idle-link']);
  });

  it('is withdrawn where the config wants none any more', () => {
    const { push, said, record } = setStage({ push: { refspecs: [] } });
    push({ kind: 'offer', refs: ['refs/heads/a'] });
    const { push: _, ...config } = record().config;
    Object.assign(record(), { config });
    push({ kind: 'renewed' });
    expect(said).toEqual(['withdraw push']);
  });

  it('is never asked for where remotedaemonPush is not set', () => {
    const { push, turns } = setStage();
    push({ kind: 'offer', refs: ['refs/heads/a'] });
    expect(turns).toEqual([]);
  });
});

describe('a fetch that leaves something in doubt', () => {
  const doubt = { gone: [], looks: 1, doubts: 1, againAtMs: 5 };

  it('hands it to the next, which asks a process of its own; one that leaves none ends it', () => {
    const { sync, turns, record } = setStage();
    sync({ kind: 'news' });
    turns[0]?.started();
    expect(turns[0]?.how?.()).toMatchObject({ looksForGone: false });
    turns[0]?.done({ ok: true, doubt }, NO_WORK);
    sync({ kind: 'news' });
    turns[1]?.started();
    const relay = { socket: doorAfterNews(SOCKET), freshSocket: doorToFresh(SOCKET) };
    expect(turns[1]?.how?.()).toEqual({ relay, looksForGone: true, doubt });
    turns[1]?.done({ ok: true }, NO_WORK);
    expect(record().doubt).toBeUndefined();
  });
});

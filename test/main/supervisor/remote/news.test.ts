// Owns: which news of a remote lead to a fetch.
// Leaves: how soon (news-pace.test.ts), what is here (refs-here.test.ts), and the whole way (test/hostile).
import { expect, test } from 'vitest';
import { createNews } from '../../../../src/main/supervisor/remote/news.ts';
import { newRecord, type RemoteRecord, statusOf } from '../../../../src/main/supervisor/remote/record.ts';
import type { KeptRef } from '../../../../src/shared/refs/all-here.ts';
import { parseObjectName, parseRefName, type RefMove, type Remote, remoteName } from '../../../../src/shared/remote.ts';

const ORIGIN: Remote = {
  name: remoteName('origin'),
  url: '/d',
  uri: '/d',
  onThisHost: true,
  rungs: [{ kind: 'poll', why: 'a test', everyMs: 1_000 }],
  refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
  comparison: { pruned: [] },
  fetches: true,
};
const TIP = parseObjectName('1'.repeat(40));

const move = (name: string, became: 'moved' | 'gone' = 'moved'): RefMove => ({
  ref: parseRefName(name) ?? expect.unreachable(name),
  tip: became === 'moved' ? TIP : undefined,
});

/** `here`: the places that are as they are asked for. */
function setStage(here: readonly string[] = [], part: Partial<RemoteRecord> = {}) {
  let record: RemoteRecord = { ...newRecord(ORIGIN, 0), ...part };
  const events: string[] = [];
  const news = createNews({
    record: {
      get: () => record,
      set: (set) => {
        record = { ...record, ...set };
      },
    },
    isHere: (refs: readonly KeptRef[]) => refs.every(({ place }) => here.includes(place)),
    onHappening: ({ kind }) => events.push(kind),
    sync: ({ kind }) => events.push(`look for ${kind}`),
    nowMs: () => 1_000,
    guarded: (entry) => entry,
  });
  return { news, events, record: () => record };
}

test('what moved leads to a fetch', () => {
  const { news, events } = setStage();
  news.moved([move('refs/heads/main')]);
  news.moved(undefined);
  expect(events).toEqual(['moved', 'look for news', 'moved', 'look for loss']);
});

test('what says what is here already leads to none', () => {
  const { news, events } = setStage(['refs/remotes/origin/main']);
  news.moved([move('refs/heads/main')]);
  news.moved([move('refs/heads/zz', 'gone')]);
  expect(events).toEqual(['moved', 'moved']);
  news.moved([move('refs/heads/main'), move('refs/heads/other')]);
  expect(events).toEqual(['moved', 'moved', 'moved', 'look for news']);
});

test('it does while a fetch runs, which may have looked before and is about to set what was', () => {
  const fetching = { kind: 'fetching', over: 'own', why: 'news', next: { kind: 'nothing' }, failures: 0 } as const;
  const { news, events } = setStage(['refs/remotes/origin/main'], { sync: fetching });
  news.moved([move('refs/heads/main')]);
  expect(events).toEqual(['moved', 'look for news']);
});

test('what no fetch would bring leads to none', () => {
  const { news, events } = setStage();
  news.moved([move('refs/pull/1/head')]);
  expect(events).toEqual([]);
});

test('after many fetches in a row that failed or brought nothing, news wait, and status says until when', () => {
  const { news, events, record } = setStage();
  const failure = { code: 'dropped', detail: 'it was dropped' } as const;
  for (const outcome of [{ ok: true, nothingNew: true } as const, { ok: false, failure } as const])
    for (let times = 0; times < 4; times += 1) {
      news.moved(undefined);
      news.happened({ kind: 'synced', what: 'fetch', outcome });
    }
  events.length = 0;
  news.moved(undefined);
  expect(events).toEqual(['moved']);
  expect(statusOf(record(), 'no').newsHeldUntil).toBe('1970-01-01T00:00:02.000Z');
  news.happened({ kind: 'synced', what: 'fetch', outcome: { ok: true } });
  expect(events).toEqual(['moved', 'look for loss']);
  expect(statusOf(record(), 'no')).not.toHaveProperty('newsHeldUntil');
});

test('a fetch that was ended by us, and a push, say nothing of what is told', () => {
  const { news, events } = setStage();
  const failure = { code: 'cancelled', detail: 'it was ended' } as const;
  for (let times = 0; times < 20; times += 1) {
    news.moved(undefined);
    news.happened({ kind: 'synced', what: 'fetch', outcome: { ok: false, failure } });
    news.happened({ kind: 'synced', what: 'push', outcome: { ok: true } });
  }
  events.length = 0;
  news.moved(undefined);
  expect(events).toEqual(['moved', 'look for loss']);
});

test('checks and fetches that no news brought about make none wait, whatever they find', () => {
  const { news, events } = setStage();
  for (let times = 0; times < 30; times += 1) {
    news.happened({ kind: 'all-here' });
    news.happened({ kind: 'synced', what: 'fetch', outcome: { ok: true, nothingNew: true } });
  }
  news.moved([move('refs/heads/main')]);
  news.unsure();
  expect(events).toEqual(['moved', 'look for news', 'look for unsure']);
});

test('what moved is known by its name until something moves that has none', () => {
  const config = { ...ORIGIN, comparison: { pruned: ORIGIN.refs.refspecs } };
  const { news, record } = setStage(['refs/remotes/origin/here'], { config });
  news.moved([move('refs/heads/main'), move('refs/tags/v1')]);
  news.moved([move('refs/heads/here')]);
  news.moved([move('refs/heads/main', 'gone')]);
  expect(record().told).toEqual([move('refs/heads/main', 'gone'), move('refs/tags/v1')]);
  news.moved(undefined);
  news.moved([move('refs/heads/main')]);
  expect(record().told).toBe('unnamed');
});

test('what is here already is what was told last of a ref that a fetch is to bring', () => {
  const { news, events, record } = setStage(['refs/remotes/origin/main']);
  news.moved([move('refs/heads/main'), move('refs/heads/other')]);
  const back: RefMove = { ...move('refs/heads/main'), tip: parseObjectName('2'.repeat(40)) };
  news.moved([back]);
  expect(record().told).toEqual([back, move('refs/heads/other')]);
  expect(events).toEqual(['moved', 'look for news', 'moved']);
});

test('of what was told over a link that has ended, nobody knows what became of it', () => {
  const { news, record } = setStage();
  news.linkLeft();
  expect(record().told).toEqual([]);
  news.moved([move('refs/heads/main')]);
  news.linkLeft();
  expect(record().told).toBe('unnamed');
});

test('what is told while a fetch runs may be older than what that brings, and so is what is told with it', () => {
  const fetching = { kind: 'fetching', over: 'own', why: 'news', next: { kind: 'nothing' }, failures: 0 } as const;
  const { news, record } = setStage([], { sync: fetching });
  expect(record().toldLate).toBe(false);
  news.moved([move('refs/heads/main')]);
  expect(record().toldLate).toBe(true);
  const { news: later, record: now } = setStage([], { toldLate: true });
  later.moved([move('refs/heads/other')]);
  expect(now().toldLate).toBe(true);
});

test('a tag that moves, something that has no name, and something that may have moved leave it open what tags are here', () => {
  const tags = { kind: 'all', mark: 'as they were' } as const;
  const after = (tell: (stage: ReturnType<typeof setStage>) => void): unknown => {
    const made = setStage([], { tags });
    tell(made);
    return made.record().tags.kind;
  };
  expect(after(({ news }) => news.moved([move('refs/heads/main')]))).toBe('all');
  expect(after(({ news }) => news.moved([move('refs/heads/main'), move('refs/tags/v1')]))).toBe('unknown');
  expect(after(({ news }) => news.moved(undefined))).toBe('unknown');
  expect(after(({ news }) => news.unsure())).toBe('unknown');
});

// Owns: that whoever waits for a remote has it fetched or compared, is answered once, and leaves nothing behind.
// Leaves: when he has what he waits for (wish.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { createAsking } from '../../../../src/main/supervisor/remote/asking.ts';
import type { LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import { newRecord, type RemoteRecord } from '../../../../src/main/supervisor/remote/record.ts';
import type { Held } from '../../../../src/shared/status.ts';
import { ORIGIN } from './origin.ts';

const UP: LinkState = {
  ...{ kind: 'connected', sinceMs: 0, failures: 0, how: 'a test', checks: true },
  way: { kind: 'no-relay' },
};
const IDLE: LinkState = { kind: 'idle' };
const TOLD: RemoteRecord['config'] = {
  ...ORIGIN,
  comparison: { pruned: [] },
  rungs: [{ kind: 'local-watch', path: '/d' }],
};

function makeStage(part: Partial<RemoteRecord> = {}) {
  const done: string[] = [];
  let record: RemoteRecord = { ...newRecord(part.config ?? ORIGIN, 0), ...part };
  const holding: { held: Held } = { held: 'no' };
  const asking = createAsking({
    record: {
      get: () => record,
      set: (other) => {
        record = { ...record, ...other };
      },
    },
    dispatch: ({ kind }) => done.push(kind),
    sync: (event) => done.push(event.kind === 'asked' ? `asked ${event.insists}` : event.kind),
    held: () => holding.held,
    whyHeld: () => undefined,
    guarded: (entry) => entry,
  });
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const become = (link: LinkState): void => {
    const before = record.link;
    record = { ...record, link };
    asking.changed(before);
  };
  return { asking, done, become, holding, leaving, gone: leaving.signal };
}

test('a fetch is asked for at once where there is a link, whatever it was put off for', async () => {
  const { asking, done, gone } = makeStage({ link: UP });
  const asked = asking.ask({ wish: 'fetched', gone });
  expect(done).toEqual(['want', 'asked true']);
  asking.synced({ kind: 'started', over: 'own' });
  asking.synced({ kind: 'done', outcome: { ok: true }, again: false });
  expect(await asked).toEqual({ kind: 'over', ok: true, text: 'fetched' });
  asking.synced({ kind: 'forgotten' });
});

test('where there is no link, one is wanted, and the fetch once that is up', async () => {
  const { asking, done, become, gone } = makeStage({ link: IDLE });
  void asking.ask({ wish: 'fetched', gone });
  expect(done).toEqual(['want']);
  become(UP);
  expect(done).toEqual(['want', 'asked true']);
});

test.each([
  ['is compared', { config: TOLD, link: UP }, ['check']],
  ['is fetched where that is the only way to be sure', { link: UP }, ['asked false']],
  ['is looked for where it is away', { link: IDLE }, ['there']],
])('what is to be here %s', (_how, record, expected) => {
  const { asking, done, gone } = makeStage(record);
  void asking.ask({ wish: 'all-here', gone });
  expect(done).toEqual(expected);
});

test('a comparison that was asked before does not count', async () => {
  const { asking, gone } = makeStage({ config: TOLD, link: UP, answers: { heard: 0, asked: 5 } });
  const asked = asking.ask({ wish: 'all-here', gone });
  asking.compared(5, true);
  asking.compared(6, true);
  expect(await asked).toMatchObject({ ok: true, text: 'all is here' });
});

test('whoever goes away is answered, and so is he whose time is up, with what he waited for', async () => {
  const { asking, gone, leaving } = makeStage({ link: { kind: 'opening', phase: 'logging in', failures: 0 } });
  const late = await asking.ask({ wish: 'all-here', gone, limitMs: 1 });
  expect(late.text).toBe('not within 0.001 s: it is being connected to (logging in)');
  const left = asking.ask({ wish: 'all-here', gone });
  leaving.abort();
  expect(await left).toMatchObject({ ok: false });
  expect(await asking.ask({ wish: 'all-here', gone })).toMatchObject({ ok: false });
});

test('what is held is not waited for', async () => {
  const { asking, gone, holding } = makeStage({ link: IDLE });
  holding.held = 'paused';
  expect(await asking.ask({ wish: 'fetched', gone })).toMatchObject({ ok: false });
  expect(await asking.ask({ wish: 'all-here', gone })).toMatchObject({ ok: false });
});

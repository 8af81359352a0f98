// Owns: when whoever waits for a remote has what he waits for, and when he is told that it will not come.
// Leaves: bringing it about (asking.test.ts), and real remotes (test/end-to-end/requests.test.ts).
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../../src/main/git/operation.ts';
import type { LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import { newRecord } from '../../../../src/main/supervisor/remote/record.ts';
import type { SyncState } from '../../../../src/main/supervisor/remote/sync-state.ts';
import {
  newWish,
  stepWish,
  type WaitingWish,
  type Wish,
  type WishEvent,
  type WishInputs,
  whatIsAwaited,
} from '../../../../src/main/supervisor/remote/wish.ts';
import { NO_MOVES } from '../../../../src/shared/moves.ts';
import { ORIGIN } from './origin.ts';

const UP: LinkState = {
  ...{ kind: 'connected', sinceMs: 0, failures: 0, how: 'a test', checks: true },
  way: { kind: 'no-relay' },
};
const OWN_WAY: LinkState = { ...UP, way: { kind: 'own', socket: 's', guilty: 0, sinceMs: 0 } };
const BROKEN: LinkState = {
  ...{ kind: 'waiting', wakeAtMs: 1, triedAtMs: 0, failures: 1 },
  failure: { code: 'unreachable', detail: 'nobody is there' },
};
const STILL: SyncState = { kind: 'still', failures: 0 };
const RETRIED: SyncState = { kind: 'backing-off', untilMs: 1, failures: 1 };
const QUEUED: SyncState = { kind: 'queued', why: 'check', failures: 0 };

type Now = Partial<WishInputs['record'] & Omit<WishInputs, 'record'>>;

function inputs({ held = 'no', whyHeld, isPolled = false, ...record }: Now = {}): WishInputs {
  return { held, whyHeld, isPolled, record: { ...newRecord(ORIGIN, 0), link: UP, sync: STILL, ...record } };
}

const BEGAN: WishEvent = { kind: 'fetch-began' };
const CHANGED: WishEvent = { kind: 'changed' };
const done = (outcome: Outcome, moved = NO_MOVES): WishEvent => ({ kind: 'fetch-done', outcome, moves: moved });
const compared = (asked: number, allHere = true): WishEvent => ({ kind: 'compared', asked, allHere });
const OK: Outcome = { ok: true };
const FAILED: Outcome = { ok: false, failure: { code: 'dropped', detail: 'it was dropped' } };

/** What becomes of a wish by these, one after the other. */
function after(wish: Wish, ...events: readonly (readonly [WishEvent, Now?])[]) {
  let state: WaitingWish = newWish(wish, 3);
  for (const [event, now] of events) {
    const next = stepWish(state, event, inputs(now));
    if (next.kind === 'over') return `${next.ok ? 'has it' : 'will not'}: ${next.text}`;
    state = next;
  }
  return 'waits';
}

describe('who wants it fetched', () => {
  test.each<[string, readonly (readonly [WishEvent, Now?])[], string]>([
    ['waits for the end of one that began since', [[BEGAN], [done(OK)]], 'has it: fetched'],
    ['is not content with one that ran already', [[done(OK)]], 'waits'],
    ['is told that there was nothing', [[BEGAN], [done({ ok: true, nothingNew: true })]], 'has it: up to date'],
    [
      'is told what moved',
      [
        [BEGAN],
        [
          done(OK, {
            moved: [{ ref: 'refs/remotes/origin/main', old: 'a'.repeat(40), new: 'b'.repeat(40), how: 'forwarded' }],
          }),
        ],
      ],
      'has it: fetched main aaaaaaa..bbbbbbb',
    ],
    [
      'waits for the rest of what was too much for one, and is told that something came',
      [[BEGAN], [done({ ok: true, rest: 'soon' })], [BEGAN], [done({ ok: true, nothingNew: true })]],
      'has it: fetched',
    ],
    ['is told why it failed', [[BEGAN], [done(FAILED)]], 'will not: it was dropped'],
    [
      "waits for git's own way where the link could not do it",
      [[BEGAN], [done(FAILED), { link: OWN_WAY, sync: RETRIED }], [BEGAN], [done(OK)]],
      'has it: fetched',
    ],
    [
      'but not for more than that',
      [
        [BEGAN],
        [done(FAILED), { link: OWN_WAY, sync: RETRIED }],
        [BEGAN],
        [done(FAILED), { link: OWN_WAY, sync: RETRIED }],
      ],
      'will not: it was dropped',
    ],
    ['is told why there is no link', [[CHANGED, { link: BROKEN }]], 'will not: nobody is there'],
    ['waits where git has its turn all the same', [[CHANGED, { link: BROKEN, sync: QUEUED }]], 'waits'],
    [
      'is told that it is paused',
      [[CHANGED, { held: 'paused' }]],
      "will not: it is paused: 'git remote-daemon resume'",
    ],
    ['has it where what ran was let finish', [[BEGAN], [CHANGED, { held: 'paused' }], [done(OK)]], 'has it: fetched'],
    [
      'is told that there is no network',
      [[CHANGED, { held: 'no-network' }]],
      'will not: the daemon was told that the network is gone',
    ],
    [
      'is not sent to resume what goes on by itself',
      [[CHANGED, { held: 'paused', whyHeld: 'the network is metered' }]],
      'will not: it is paused: the network is metered',
    ],
    ['is told that the daemon stops', [[CHANGED, { held: 'stopping' }]], 'will not: the daemon stops'],
    ['is told that it went', [[CHANGED, { link: { kind: 'gone' } }]], 'will not: it is not watched any more'],
    [
      'is told that it was called off',
      [[{ kind: 'fetch-forgotten' }, { history: { lastSync: { at: '', ok: false, detail: 'it was refused' } } }]],
      'will not: it was refused',
    ],
    [
      'is told that it is not to be fetched',
      [[CHANGED, { config: { ...ORIGIN, fetches: false } }]],
      "will not: remote.origin.annex-pull is false, so that it is not fetched; 'git fetch origin' does it all the same",
    ],
    ['is not content with a comparison', [[compared(4)]], 'waits'],
  ])('%s', (_what, events, becomes) => {
    expect(after('fetched', ...events)).toBe(becomes);
  });
});

describe('who wants all of it here', () => {
  test.each<[string, readonly (readonly [WishEvent, Now?])[], string]>([
    ['has it by a comparison that was asked since', [[compared(4)]], 'has it: all is here'],
    ['not by one that was asked before', [[compared(3)]], 'waits'],
    ['not by one that found something missing', [[compared(4, false)]], 'waits'],
    ['not where what was listed may be older', [[compared(4), { isPolled: true }]], 'waits'],
    ['has it by a fetch that began since', [[BEGAN], [done({ ok: true, nothingNew: true })]], 'has it: up to date'],
    ['not while more is left', [[BEGAN], [done({ ok: true, rest: 'later' })]], 'waits'],
    ['waits over a failure', [[BEGAN], [done(FAILED)], [BEGAN], [done(OK)]], 'has it: fetched'],
    ['waits while it is down', [[CHANGED, { link: BROKEN }]], 'waits'],
    ['waits while the network is gone', [[CHANGED, { held: 'no-network' }]], 'waits'],
    [
      'does not wait for a person',
      [[CHANGED, { held: 'paused' }]],
      "will not: it is paused: 'git remote-daemon resume'",
    ],
    [
      'does not wait for what is never fetched',
      [[CHANGED, { config: { ...ORIGIN, fetches: false } }]],
      expect.stringContaining('annex-pull') as unknown as string,
    ],
  ])('%s', (_what, events, becomes) => {
    expect(after('all-here', ...events)).toEqual(becomes);
  });
});

test.each<[Now, string]>([
  [{ held: 'no-network' }, 'the daemon was told that the network is gone'],
  [{ link: BROKEN }, 'not connected: nobody is there'],
  [{ link: { kind: 'opening', phase: 'logging in', failures: 0 } }, 'it is being connected to (logging in)'],
  [{ link: { kind: 'idle' } }, 'its link is being made anew'],
  [{ sync: { kind: 'comparing', because: 'check', failures: 0 } }, 'it is asked what it has'],
  [{ sync: QUEUED }, 'a fetch waits for its turn'],
  [{ sync: { kind: 'fetching', over: 'own', why: 'check', next: { kind: 'nothing' }, failures: 0 } }, 'a fetch runs'],
  [{ sync: RETRIED, history: { lastSync: { at: '', ok: false, detail: 'no' } } }, 'the last fetch failed: no'],
  [{}, 'more is left for later'],
])('of what is still waited for a person is told (%#)', (now, text) => {
  const { record, held } = inputs(now);
  expect(whatIsAwaited(record, held)).toBe(text);
});

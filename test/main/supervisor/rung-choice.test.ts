// Owns: which rung is used after failures, and what `status` is told about the better ones.
// Leaves: which failures lead to the next rung (remote-state.test.ts).
import { expect, test } from 'vitest';
import {
  bestRung,
  nextRung,
  type RungChoice,
  rungOf,
  rungToOpen,
  shouldProbe,
  whyNotBetter,
} from '../../../src/main/supervisor/rung-choice.ts';
import type { Failure } from '../../../src/shared/failures.ts';
import { type Remote, type Rung, remoteName } from '../../../src/shared/remote.ts';
import { target } from './ssh-target.ts';

const POLL: Rung = { kind: 'poll', why: 'the server cannot notify', everyMs: 1_000 };

const remoteWith = (...rungs: readonly [Rung, ...Rung[]]): Remote => ({
  name: remoteName('o'),
  url: 'h:d',
  uri: 'ssh://h/~/d',
  onThisHost: false,
  rungs,
  refs: { refspecs: [], tags: true },
  fetches: true,
});

const LADDER = remoteWith({ kind: 'annex-shell', target }, { kind: 'server-watch', target }, POLL);
const NO_SHELL: Failure = { code: 'no-shell', detail: 'the account has no shell' };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function below(choice: RungChoice, failure: Failure, nowMs = 0, remote = LADDER): RungChoice {
  const next = nextRung(remote, choice, failure, nowMs);
  if (next === undefined) throw new Error('there is no rung below');
  return next;
}

test('all reasons against the better rungs are told, in their order', () => {
  const remote = LADDER;
  const first = bestRung(0);
  expect([rungOf(remote, first).kind, whyNotBetter(remote, first)]).toEqual(['annex-shell', undefined]);
  const second = below(first, { code: 'shell-missing', detail: 'git-annex-shell: not found' }, 1);
  expect([rungOf(remote, second).kind, whyNotBetter(remote, second)]).toEqual([
    'server-watch',
    'git-annex-shell: not found',
  ]);
  const third = below(second, NO_SHELL, 2);
  expect([rungOf(remote, third).kind, whyNotBetter(remote, third)]).toEqual([
    'poll',
    'git-annex-shell: not found; the account has no shell',
  ]);
});

test('a reason that is given twice is told once', () => {
  const refused = { code: 'shell-missing', detail: 'h runs no such command' } as const;
  expect(below(below(bestRung(0), refused), refused).whyNotBetter).toBe('h runs no such command');
});

test('what the config asks for is told with what failed', () => {
  const remote = remoteWith({ kind: 'server-watch', target, why: 'remote.o.annex-ignore is true' }, POLL);
  expect(whyNotBetter(remote, bestRung(0))).toBe('remote.o.annex-ignore is true');
  const polled = below(bestRung(0), { code: 'no-shell', detail: 'no shell' }, 0, remote);
  expect(whyNotBetter(remote, polled)).toBe('remote.o.annex-ignore is true; no shell');
  expect(whyNotBetter(remoteWith(POLL), bestRung(0))).toBe('the server cannot notify');
});

test('below the last rung there is none', () => {
  expect(nextRung(LADDER, below(below(bestRung(0), NO_SHELL), NO_SHELL), NO_SHELL, 1)).toBeUndefined();
  expect(nextRung(remoteWith(POLL), bestRung(0), NO_SHELL, HOUR_MS)).toBeUndefined();
});

test('after a day the best rung is tried again, also where the one in use works', () => {
  const later = below(bestRung(0), NO_SHELL);
  expect(rungToOpen(later, 23 * HOUR_MS)).toBe(later);
  expect(rungToOpen(later, 25 * HOUR_MS)).toEqual(bestRung(25 * HOUR_MS));
  expect([shouldProbe(later, 23 * HOUR_MS), shouldProbe(later, 25 * HOUR_MS)]).toEqual([false, true]);
  expect(shouldProbe(bestRung(0), 25 * HOUR_MS)).toBe(false);
});

test('a rung that was right and is so no more leads back to the best, and one that was just found on to the next', () => {
  const second = below(bestRung(0), NO_SHELL);
  expect(below(second, NO_SHELL, 9 * MINUTE_MS).index).toBe(2);
  expect(below(second, NO_SHELL, 11 * MINUTE_MS)).toEqual(bestRung(11 * MINUTE_MS));
  const last = below(second, NO_SHELL);
  expect(below(last, NO_SHELL, 11 * MINUTE_MS)).toEqual(bestRung(11 * MINUTE_MS));
});

test('what the server does wrong has the best rung tried again, what the network does has not', () => {
  const last = below(below(bestRung(0), NO_SHELL), NO_SHELL);
  const after = (code: Failure['code'], nowMs: number) => rungToOpen(last, nowMs, { code, detail: '' }).index;
  expect(after('remote-error', 11 * MINUTE_MS)).toBe(0);
  expect(after('remote-error', 9 * MINUTE_MS)).toBe(2);
  expect(after('dropped', 11 * MINUTE_MS)).toBe(2);
});

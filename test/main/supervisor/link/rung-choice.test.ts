// Owns: which rung is used after failures, and what `status` is told about the better ones.
// Leaves: what the link does then (remote/link-step.test.ts).
import { expect, test } from 'vitest';
import {
  bestRung,
  couldBeBetter,
  isWorthTelling,
  judgeEnding,
  nextRung,
  probeAtMs,
  probing,
  proven,
  type RungChoice,
  rungOf,
  rungToOpen,
  whyNotBetter,
} from '../../../../src/main/supervisor/link/rung-choice.ts';
import type { LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import type { Failure, FailureCode } from '../../../../src/shared/failures.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
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

const LADDER = remoteWith(
  { kind: 'server-watch', target, by: 'inotifywait' },
  { kind: 'annex-shell', target },
  { kind: 'server-watch', target, by: 'looking' },
  POLL,
);
const NO_SHELL: Failure = { code: 'no-shell', detail: 'the account has no shell' };
const NO_INOTIFYWAIT: Failure = { code: 'cannot-be-told', detail: 'inotifywait is not installed there' };
const NOTHING_TELLS: Failure = { code: 'nothing-tells', detail: 'upper limit on inotify watches reached' };
const NO_ANNEX_SHELL: Failure = { code: 'shell-missing', detail: 'git-annex-shell: not found' };
const asking: LinkState = { kind: 'opening', phase: 'waiting for READY', failures: 0 };
const able = { how: 'a test', checks: true, way: { kind: 'no-relay' } } as const;
const connected: LinkState = { kind: 'connected', sinceMs: 0, failures: 0, ...able };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function below(choice: RungChoice, failure: Failure, nowMs = 0, remote = LADDER): RungChoice {
  const next = nextRung(remote, choice, failure, nowMs);
  if (next === undefined) throw new Error('there is no rung below');
  return next;
}

/** The rungs that are tried one after the other when they fail like this, by their kind and by what they are told. */
function tried(...failures: readonly Failure[]): string[] {
  const choices = [bestRung(0)];
  for (const failure of failures) choices.push(below(choices.at(-1) ?? bestRung(0), failure));
  return choices.map((choice) => {
    const rung = rungOf(LADDER, choice);
    return rung.kind === 'server-watch' ? `${rung.kind} by ${rung.by}` : rung.kind;
  });
}

test('all reasons against the better rungs are told, in their order', () => {
  const why = (choice: RungChoice) => [rungOf(LADDER, choice).kind, whyNotBetter(LADDER, choice)];
  const first = bestRung(0);
  expect(why(first)).toEqual(['server-watch', undefined]);
  const second = below(first, NO_INOTIFYWAIT, 1);
  expect(why(second)).toEqual(['annex-shell', 'inotifywait is not installed there']);
  const third = below(second, NO_ANNEX_SHELL, 2);
  expect(why(third)).toEqual(['server-watch', 'inotifywait is not installed there; git-annex-shell: not found']);
  const last = below(third, NO_SHELL, 3);
  expect(why(last)).toEqual([
    'poll',
    'inotifywait is not installed there; git-annex-shell: not found; the account has no shell',
  ]);
});

test('a server that cannot tell the watcher of changes may have a git-annex-shell, and else is looked at', () => {
  expect(tried(NO_INOTIFYWAIT, NO_ANNEX_SHELL, NO_SHELL)).toEqual([
    'server-watch by inotifywait',
    'annex-shell',
    'server-watch by looking',
    'poll',
  ]);
});

test('a git-annex-shell is not asked for where it would be told of nothing either', () => {
  expect(tried(NOTHING_TELLS)).toEqual(['server-watch by inotifywait', 'server-watch by looking']);
});

test('an account that cannot run the watcher is not handed it again to look', () => {
  expect(tried(NO_SHELL, NO_ANNEX_SHELL)).toEqual(['server-watch by inotifywait', 'annex-shell', 'poll']);
  const refused = { code: 'shell-missing', detail: 'h runs no such command' } as const;
  expect(tried(refused, refused)).toEqual(['server-watch by inotifywait', 'annex-shell', 'poll']);
});

test('that there is no repository is told with what to do where it has moved', () => {
  const failure = { code: 'no-repository', detail: "'/srv/o' does not appear to be a git repository" } as const;
  const { advised } = judgeEnding({ kind: 'failed', failure }, remoteWith(POLL), bestRung(0), { kind: 'idle' }, 0);
  expect(advised).toEqual({ kind: 'failed', failure });
  const opening = { kind: 'opening', phase: 'starting', failures: 0 } as const;
  expect(judgeEnding({ kind: 'failed', failure }, remoteWith(POLL), bestRung(0), opening, 0).advised).toEqual({
    kind: 'failed',
    failure: { ...failure, detail: `${failure.detail}; if it has moved: 'git remote set-url o URL'` },
  });
});

test('a git-annex-shell that is too old is worth telling, and that there is none, or no shell, or inotifywait, is not', () => {
  expect(isWorthTelling({ code: 'no-notifychanges', detail: 'too old' })).toBe(true);
  for (const failure of [NO_SHELL, NO_INOTIFYWAIT, NOTHING_TELLS, NO_ANNEX_SHELL])
    expect(isWorthTelling(failure)).toBe(false);
});

test('a reason that is given twice is told once', () => {
  const refused = { code: 'shell-missing', detail: 'h runs no such command' } as const;
  expect(whyNotBetter(LADDER, below(below(bestRung(0), refused), refused))).toBe('h runs no such command');
});

test('of a forge it is told that it offers no shell, in whatever words it refuses each way', () => {
  const said = { code: 'no-shell', detail: 'the account has no shell (the server says: "fatal: no")' } as const;
  const again = { code: 'shell-missing', detail: 'the server says: "fatal: unknown command"' } as const;
  const second = below(bestRung(0), said);
  expect([rungOf(LADDER, second).kind, whyNotBetter(LADDER, second)]).toEqual(['annex-shell', said.detail]);
  const last = below(second, again);
  expect([rungOf(LADDER, last).kind, whyNotBetter(LADDER, last)]).toEqual(['poll', 'the server offers no shell']);
  expect([second, last].map(couldBeBetter)).toEqual([false, false]);
  expect(couldBeBetter(below(second, { code: 'dropped', detail: 'it broke' }))).toBe(true);
});

test('what the config asks for is told with what failed', () => {
  const remote = remoteWith({ kind: 'server-watch', target, why: 'remote.o.annex-ignore is true' }, POLL);
  expect(whyNotBetter(remote, bestRung(0))).toBe('remote.o.annex-ignore is true');
  const polled = below(bestRung(0), { code: 'no-shell', detail: 'no shell' }, 0, remote);
  expect(whyNotBetter(remote, polled)).toBe('remote.o.annex-ignore is true; the server offers no shell');
  expect(whyNotBetter(remoteWith(POLL), bestRung(0))).toBe('the server cannot notify');
});

test.each([
  ['watch', { kind: 'server-watch', target }, 'remote.o.remotedaemonNotify is watch'],
  ['annex-shell', { kind: 'annex-shell', target }, 'remote.o.remotedaemonNotify is annex-shell'],
  ['poll', POLL, 'the server cannot notify'],
  ['watch', { kind: 'local-watch', path: '/d' }, undefined],
] as const)('that the config asks for %s is told where there may be a better way', (value, rung, why) => {
  const pinned: Remote = { ...remoteWith(rung), pin: { key: 'remote.o.remotedaemonNotify', value } };
  expect(whyNotBetter(pinned, bestRung(0))).toBe(why);
});

test('the failure of the only way that the config allows is told with what to do about it, and no other failure', () => {
  const pinned: Remote = { ...remoteWith(POLL), pin: { key: 'remote.o.remotedaemonNotify', value: 'watch' } };
  const told = (remote: Remote, failure: Failure) =>
    judgeEnding({ kind: 'failed', failure }, remote, bestRung(0), asking, 0).advised;
  const text =
    'the account has no shell; remote.o.remotedaemonNotify asks for this way: unset it to let the daemon choose';
  expect(told(pinned, NO_SHELL)).toEqual({ kind: 'failed', failure: { code: 'no-shell', detail: text } });
  const refused: Failure = { code: 'auth-refused', detail: 'Permission denied' };
  expect(told(pinned, refused)).toEqual({ kind: 'failed', failure: refused });
  expect(told(remoteWith(POLL), NO_SHELL)).toEqual({ kind: 'failed', failure: NO_SHELL });
});

test('a failure of a rung that has another below it is told as it is', () => {
  const ending = { kind: 'failed', failure: NO_SHELL } as const;
  const next = below(bestRung(0), NO_SHELL);
  const passed = { advised: ending, isPassed: true, isError: false, choice: next };
  expect(judgeEnding(ending, LADDER, bestRung(0), asking, 0)).toEqual(passed);
  const closed = { kind: 'closed' } as const;
  const kept = { advised: closed, isPassed: false, isError: false, choice: bestRung(0) };
  expect(judgeEnding(closed, LADDER, bestRung(0), asking, 0)).toEqual(kept);
});

test('below the last rung there is none', () => {
  expect(nextRung(LADDER, below(below(bestRung(0), NO_SHELL), NO_ANNEX_SHELL), NO_SHELL, 1)).toBeUndefined();
  expect(nextRung(remoteWith(POLL), bestRung(0), NO_SHELL, HOUR_MS)).toBeUndefined();
});

test('after a day the best rung is tried again, also where the one in use works', () => {
  const later = below(bestRung(0), NO_SHELL);
  expect(rungToOpen(later, 23 * HOUR_MS)).toBe(later);
  expect(rungToOpen(later, 25 * HOUR_MS)).toEqual(bestRung(25 * HOUR_MS));
  expect(probeAtMs(later)).toBe(24 * HOUR_MS);
  expect(probeAtMs(bestRung(0))).toBe(Number.POSITIVE_INFINITY);
});

test('a rung that was right and is so no more leads back to the best, and one that was just found on to the next', () => {
  const second = below(bestRung(0), NO_INOTIFYWAIT);
  expect(below(second, NO_ANNEX_SHELL, 9 * MINUTE_MS).index).toBe(2);
  expect(below(second, NO_ANNEX_SHELL, 11 * MINUTE_MS)).toEqual(bestRung(11 * MINUTE_MS));
  const last = below(second, NO_ANNEX_SHELL);
  expect(below(last, NO_SHELL, 11 * MINUTE_MS)).toEqual(bestRung(11 * MINUTE_MS));
});

test('what the server does wrong has the best rung tried again, what the network does has not', () => {
  const last = below(below(bestRung(0), NO_INOTIFYWAIT), NO_ANNEX_SHELL);
  const after = (code: Failure['code'], nowMs: number) => rungToOpen(last, nowMs, { code, detail: '' }).index;
  expect(after('remote-error', 11 * MINUTE_MS)).toBe(0);
  expect(after('remote-error', 9 * MINUTE_MS)).toBe(2);
  expect(after('dropped', 11 * MINUTE_MS)).toBe(2);
});

/** What becomes of the rungs, as links by them end with these codes, a second apart; each gets as far as `asking`. */
function afterEnds(...codes: readonly FailureCode[]): { readonly tried: string; readonly choice: RungChoice } {
  let choice = bestRung(0);
  const indices: number[] = [choice.index];
  for (const [at, code] of codes.entries()) {
    const ending = { kind: 'failed', failure: { code, detail: code } } as const;
    ({ choice } = judgeEnding(ending, LADDER, choice, asking, at * 1_000));
    indices.push(choice.index);
  }
  return { tried: indices.join(' '), choice };
}

test.each<[what: string, ends: readonly FailureCode[], indices: string, inDoubt: boolean]>([
  ['no shell, no git-annex-shell', ['no-shell', 'shell-missing'], '0 1 3', false],
  ['inotifywait is missing, and git-annex-shell', ['cannot-be-told', 'shell-missing'], '0 1 2', false],
  ['not a word from the login shell', ['says-nothing'], '0 3', true],
  ['not a word from git-annex-shell', ['no-shell', 'says-nothing'], '0 1 3', true],
  ['no answer to the request for a command', ['unanswered'], '0 3', true],
  ['git is being upgraded', ['no-tools', 'shell-missing'], '0 1 3', true],
  ['the connection is dropped once', ['dropped'], '0 0', false],
  ['the connection is dropped at each command', ['dropped', 'dropped', 'dropped', 'dropped'], '0 0 1 1 3', true],
  ['one is odd, then another', ['remote-error', 'dropped'], '0 0 1', true],
  ['the watcher does not find the repository', ['no-repository', 'no-repository'], '0 0 3', true],
  ['the watcher is not ready in time, twice', ['not-ready', 'not-ready'], '0 0 1', true],
  ['lines without end from git-annex-shell', ['no-shell', 'too-much-noise', 'too-much-noise'], '0 1 1 3', true],
  ['no network', ['unreachable', 'timed-out', 'unreachable'], '0 0 0 0', false],
  ['no network once it was polled', ['no-shell', 'shell-missing', 'unreachable'], '0 1 3 3', true],
  ['the last is as odd', ['no-shell', 'shell-missing', 'remote-error', 'remote-error'], '0 1 3 3 0', false],
])('the rungs that are tried, where %s', (_what, ends, indices, inDoubt) => {
  const { tried: tries, choice } = afterEnds(...ends);
  expect([tries, choice.inDoubt]).toEqual([indices, inDoubt]);
});

test('what happens before a server has let us in, or once a link was up, is no oddity of the rung', () => {
  const dropped = { kind: 'failed', failure: { code: 'dropped', detail: '' } } as const;
  const loggingIn: LinkState = { ...asking, phase: 'logging in' };
  const once = judgeEnding(dropped, LADDER, bestRung(0), asking, 0).choice;
  for (const link of [loggingIn, connected]) {
    expect(judgeEnding(dropped, LADDER, once, link, 0)).toMatchObject({ isPassed: false, choice: once });
  }
  expect(proven(once).oddEnds).toBe(0);
});

test('a link that was told to close shows nothing of its rung', () => {
  const ending = { kind: 'failed', failure: NO_SHELL } as const;
  const closing: LinkState = { kind: 'closing', next: { kind: 'idle' }, untilMs: 1 };
  expect(judgeEnding(ending, LADDER, bestRung(0), closing, 0)).toMatchObject({ isPassed: false, choice: bestRung(0) });
});

test('a rung that is passed by after other trouble is tried again soon', () => {
  const ending = { kind: 'failed', failure: NO_SHELL } as const;
  const troubled: LinkState = { ...asking, failures: 2 };
  expect(judgeEnding(ending, LADDER, bestRung(0), asking, 0).choice.inDoubt).toBe(false);
  expect(judgeEnding(ending, LADDER, bestRung(0), troubled, 0).choice.inDoubt).toBe(true);
});

test('better rungs in doubt are tried after 1, 5 and 30 minutes, then once a day, and anew once one was up', () => {
  const silent: Failure = { code: 'says-nothing', detail: 'it says nothing' };
  const waits: number[] = [];
  let choice = bestRung(0);
  for (let round = 0; round < 5; round += 1) {
    choice = below(choice, silent, choice.chosenAtMs);
    waits.push((probeAtMs(choice) - choice.chosenAtMs) / MINUTE_MS);
    choice = probing(choice, probeAtMs(choice));
  }
  expect(waits).toEqual([1, 5, 30, 24 * 60, 24 * 60]);
  const anew = below(proven(choice), silent, choice.chosenAtMs);
  expect(probeAtMs(anew) - anew.chosenAtMs).toBe(MINUTE_MS);
});

test('a link that is made anew a minute later tries the better rungs that are in doubt, and no others', () => {
  const inDoubt = below(bestRung(0), { code: 'says-nothing', detail: 'it says nothing' });
  const dropped: Failure = { code: 'dropped', detail: '' };
  expect(rungToOpen(inDoubt, MINUTE_MS - 1, dropped)).toBe(inDoubt);
  expect(rungToOpen(inDoubt, MINUTE_MS, dropped)).toEqual(bestRung(MINUTE_MS, 1));
  expect(rungToOpen(inDoubt, MINUTE_MS)).toEqual(bestRung(MINUTE_MS, 1));
  const sure = below(bestRung(0), NO_SHELL);
  expect(rungToOpen(sure, HOUR_MS, dropped)).toBe(sure);
});

test('a server that lets us in and answers nothing is told of, though it is polled', () => {
  expect(isWorthTelling({ code: 'unanswered', detail: '' })).toBe(true);
  for (const code of ['says-nothing', 'no-tools', 'dropped', 'no-repository'] as const)
    expect(isWorthTelling({ code, detail: '' })).toBe(false);
});

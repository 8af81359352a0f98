// Owns: what is told of the ways in which a remote can be watched, from its record alone.
// Leaves: the words for a terminal (test/main/commands/watch.test.ts), and real servers (test/end-to-end/requests.test.ts).
import { expect, test } from 'vitest';
import { bestRung, nextRung, type RungChoice } from '../../../../src/main/supervisor/link/rung-choice.ts';
import type { LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import { explain } from '../../../../src/main/supervisor/requests/explain.ts';
import type { Failure } from '../../../../src/shared/failures.ts';
import type { Remote } from '../../../../src/shared/remote.ts';
import type { Rung } from '../../../../src/shared/rungs/rungs.ts';
import type { Held } from '../../../../src/shared/status.ts';
import { target } from '../link/ssh-target.ts';
import { ORIGIN } from '../remote/origin.ts';

const POLL: Rung = { kind: 'poll', why: 'the server cannot notify', everyMs: 60_000, target };
const WATCH: Rung = { kind: 'server-watch', target };
const LADDER: Remote = {
  ...ORIGIN,
  url: 'ssh://somebody:secret@host/d',
  rungs: [{ ...WATCH, by: 'inotifywait' }, { kind: 'annex-shell', target }, { ...WATCH, by: 'looking' }, POLL],
};
const LOCAL: Remote = {
  ...ORIGIN,
  url: '/d',
  rungs: [
    { kind: 'local-watch', path: '/d' },
    { ...POLL, why: 'no' },
  ],
};
const UP: LinkState = {
  ...{ kind: 'connected', sinceMs: 0, failures: 0, how: 'a test', checks: true },
  way: { kind: 'no-relay' },
};
const NO_SHELL: Failure = { code: 'no-shell', detail: 'the account has no shell' };
const NO_INOTIFYWAIT: Failure = { code: 'cannot-be-told', detail: 'inotifywait is not installed there' };
const NO_ANNEX_SHELL: Failure = { code: 'shell-missing', detail: 'git-annex-shell: not found' };
const TOO_OLD: Failure = { code: 'no-notifychanges', detail: 'it is too old' };
const DEAF: Failure = { code: 'deaf-file-system', detail: '/d is on nfs, where changes go unheard' };

/** As it is after these failures. */
function after(remote: Remote, ...failures: readonly Failure[]): RungChoice {
  return failures.reduce<RungChoice>((choice, failure) => {
    const next = nextRung(remote, choice, failure, 0);
    if (next === undefined) throw new Error('there is no rung below');
    return next;
  }, bestRung(0));
}

const told = (remote: Remote, rung = bestRung(0), link: LinkState = UP, held: Held = 'no') =>
  explain({ config: remote, link, rung }, held);

test.each<[string, Remote, readonly Failure[], readonly string[], readonly RegExp[]]>([
  ['works in the best way', LADDER, [], ['in-use', 'untried', 'untried', 'untried'], []],
  ['has no inotifywait', LADDER, [NO_INOTIFYWAIT], ['failed', 'in-use', 'untried', 'untried'], [/inotify-tools/]],
  [
    'has no git-annex-shell either',
    LADDER,
    [NO_INOTIFYWAIT, NO_ANNEX_SHELL],
    ['failed', 'failed', 'in-use', 'untried'],
    [/inotify-tools/],
  ],
  [
    'gives no shell',
    LADDER,
    [NO_SHELL, TOO_OLD],
    ['failed', 'failed', 'ruled-out', 'in-use'],
    [/no shell.*remote\.origin\.remotedaemonNotifyCommand/, /newer git-annex/],
  ],
  ['is on a network file system', LOCAL, [DEAF], ['failed', 'in-use'], [/over ssh, by the machine that has the disk/]],
  ['is a web server', ORIGIN, [], ['in-use'], [/webhook/]],
  [
    'is polled since the config says so',
    { ...ORIGIN, pin: { key: 'remote.origin.remotedaemonNotify', value: 'poll' } },
    [],
    ['in-use'],
    [/^remote\.origin\.remotedaemonNotify is poll: unset it/],
  ],
])('of a remote that %s its ways and what would help are told', (_what, remote, failures, states, advice) => {
  const explained = told(remote, after(remote, ...failures));
  expect(explained.ways.map(({ state }) => state)).toEqual(states);
  expect(explained.advice).toHaveLength(advice.length);
  for (const [index, text] of explained.advice.entries()) expect(text).toMatch(advice[index] ?? /^$/);
});

test('what failed is told with what it said, and when it is tried again', () => {
  const [failed] = told(LADDER, after(LADDER, NO_INOTIFYWAIT)).ways;
  expect(failed).toEqual({
    what: 'a watcher on the server, over ssh, told by inotifywait',
    state: 'failed',
    why: 'inotifywait is not installed there',
    again: '1970-01-02T00:00:00.000Z',
  });
});

test.each<[string, LinkState, Held, object]>([
  ['is up', UP, 'no', { why: 'connected: a test' }],
  [
    'is down',
    { kind: 'waiting', wakeAtMs: 5_000, triedAtMs: 0, failures: 1, failure: { code: 'dropped', detail: 'it broke' } },
    'no',
    { why: 'not connected: it broke', again: '1970-01-01T00:00:05.000Z' },
  ],
  [
    'is on its way',
    { kind: 'opening', phase: 'logging in', failures: 0 },
    'no',
    { why: 'it is being connected to (logging in)' },
  ],
  ['is paused', { kind: 'idle' }, 'paused', { why: 'it is paused' }],
  ['has no network', { kind: 'idle' }, 'no-network', { why: 'there is no network' }],
])('of the way in use it is told that its link %s', (_what, link, held, expected) => {
  expect(told(ORIGIN, bestRung(0), link, held).ways[0]).toEqual({
    what: 'git ls-remote every 60 s',
    state: 'in-use',
    ...expected,
  });
});

test('no secret of its URL is told', () => {
  expect(told(LADDER).url).toBe('ssh://somebody:***@host/d');
});

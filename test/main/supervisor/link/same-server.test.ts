import { expect, test } from 'vitest';
import { isTrying, serverNews, serverOf } from '../../../../src/main/supervisor/link/same-server.ts';
import type { LinkState } from '../../../../src/main/supervisor/remote/link-state.ts';
import type { FailureCode } from '../../../../src/shared/failures.ts';

const ONION = `${'a'.repeat(56)}.onion`;
const SERVERS: readonly (readonly [string, string, boolean])[] = [
  ['git@h:a', 'git@h:b', true],
  ['git@h:a', 'ssh://git@H/b', true],
  ['git@h:a', 'other@h:b', false],
  ['ssh://git@h:22/a', 'ssh://git@h:23/a', false],
  ['https://h/a', 'https://h/b', true],
  ['https://h/a', 'https://h:444/a', false],
  ['https://h/a', 'http://h/a', false],
  ['git://h/a', 'git://other/a', false],
  [`tor-annex::${ONION}:1`, `tor-annex::${ONION.toUpperCase().replace('ONION', 'onion')}:2`, true],
  [`tor-annex::${ONION}:1`, `tor-annex::${'b'.repeat(56)}.onion:1`, false],
];

test.each(SERVERS)('%s and %s are on one server: %s', (one, other, isSame) => {
  expect(serverOf({ url: one }) === serverOf({ url: other })).toBe(isSame);
});

test('where ssh is called in another way, another may answer', () => {
  const sshCommand = { kind: 'options', program: 'ssh', options: ['-F', 'x'] } as const;
  expect(serverOf({ url: 'h:a', sshCommand })).not.toBe(serverOf({ url: 'h:a' }));
});

test.each(['/srv/a', '../a', 'file:///a', 'gcrypt::h:a', 'p2p-annex::sock:a', 'tor-annex::bad:1'])(
  '%s is on no server',
  (url) => {
    expect(serverOf({ url })).toBe(undefined);
  },
);

const opening: LinkState = { kind: 'opening', phase: 'starting', failures: 1 };
const up = { sinceMs: 0, how: 'a test', checks: true, way: { kind: 'no-relay' }, failures: 0 } as const;
const connected: LinkState = { kind: 'connected', ...up };
const waiting = (code: FailureCode): LinkState => ({
  kind: 'waiting',
  ...{ wakeAtMs: 9, triedAtMs: 1, failures: 2, failure: { code, detail: '' } },
});
const down = (code: FailureCode): LinkState => ({
  kind: 'down',
  ...{ wakeAtMs: 9, failures: 1, failure: { code, detail: '' } },
});
const NEWS: readonly (readonly [string, LinkState, LinkState, object | undefined])[] = [
  ['a link that is up', opening, connected, { kind: 'answers' }],
  ['a link that stays up', connected, { kind: 'finishing', isStale: false, ...up }, undefined],
  ['nobody', opening, waiting('unreachable'), { kind: 'unreachable', nextTryMs: 9 }],
  ['a refused login', opening, down('auth-refused'), { kind: 'answers' }],
  ['another peer', opening, down('wrong-peer'), { kind: 'answers' }],
  ['no repository', opening, waiting('no-repository'), { kind: 'answers' }],
  ['silence', opening, waiting('timed-out'), undefined],
  ['what the system could not do now', opening, waiting('not-now'), undefined],
  ['a link that broke', connected, waiting('dropped'), undefined],
  ['a wait that is cut short', waiting('unreachable'), opening, undefined],
];

test.each(NEWS)('of the server %s shows', (_what, before, after, news) => {
  expect(serverNews(before, after)).toEqual(news);
});

test('a first try is none that anybody waits for', () => {
  expect([opening, { ...opening, failures: 0 }, connected].map(isTrying)).toEqual([true, false, false]);
});

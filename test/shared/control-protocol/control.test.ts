import { describe, expect, test } from 'vitest';
import { consumed, emitted, encodeRemoteName, percentEncode } from '../../../src/shared/control-protocol/control.ts';
import { notification } from '../../../src/shared/watch-protocol/notification.ts';

describe('what the daemon says', () => {
  test.each([
    ['CONNECTED origin', { kind: 'CONNECTED', remote: 'origin' }],
    ['DISCONNECTED origin', { kind: 'DISCONNECTED', remote: 'origin' }],
    ['SYNCING ssh://host/~/d', { kind: 'SYNCING', remote: 'ssh://host/~/d' }],
    ['DONESYNCING origin 1', { kind: 'DONESYNCING', remote: 'origin', ok: true }],
    ['DONESYNCING origin 0', { kind: 'DONESYNCING', remote: 'origin', ok: false }],
    ['WARNING origin no such  host', { kind: 'WARNING', remote: 'origin', text: 'no such  host' }],
  ] as const)('%s', (line, message) => {
    expect(emitted.format(message)).toBe(line);
    expect(emitted.parse(line)).toEqual(message);
  });
});

describe('what the daemon obeys', () => {
  test.each([
    ['PAUSE', { kind: 'PAUSE' }],
    ['LOSTNET', { kind: 'LOSTNET' }],
    ['RESUME', { kind: 'RESUME' }],
    ['RELOAD', { kind: 'RELOAD' }],
    ['STOP', { kind: 'STOP' }],
    ['CHANGED refs/heads/main', { kind: 'CHANGED', refs: ['refs/heads/main'] }],
    ['CHANGED refs/heads/a refs/tags/b', { kind: 'CHANGED', refs: ['refs/heads/a', 'refs/tags/b'] }],
  ] as const)('%s', (line, message) => {
    expect(consumed.format(message)).toBe(line);
    expect(consumed.parse(line)).toEqual(message);
  });

  test('neither direction understands the other', () => {
    expect(consumed.parse('CONNECTED origin')).toBeUndefined();
    expect(emitted.parse('PAUSE')).toBeUndefined();
  });
});

test('git-annex-shell says READY and CHANGED, and nothing else is taken for either', () => {
  expect(notification.parse('READY')).toEqual({ kind: 'READY' });
  expect(notification.parse('CHANGED abc def')).toEqual({ kind: 'CHANGED', tips: ['abc', 'def'] });
  for (const line of ['READY now', 'CHANGED', 'ready', 'Last login: today']) {
    expect(notification.parse(line)).toBeUndefined();
  }
});

test.each([
  ['origin', 'origin'],
  ['my laptop', 'my%20laptop'],
  ['a%20b', 'a%2520b'],
  ['tab\there', 'tab%09here'],
  ['nb\u00a0sp', 'nb%C2%A0sp'],
  ['del\u007f', 'del%7F'],
  ['nel\u0085', 'nel%C2%85'],
  ['line\u2028sep', 'line%E2%80%A8sep'],
  ['dots.and/slashes-ünd"quotes\'', 'dots.and/slashes-ünd"quotes\''],
])('a remote %j is spelled %s', (name, spelled) => {
  expect(encodeRemoteName(name)).toBe(spelled);
  expect(decodeURIComponent(spelled)).toBe(name);
  const message = { kind: 'CONNECTED', remote: spelled } as const;
  expect(emitted.parse(emitted.format(message))).toEqual(message);
});

test('percent-encoding gives every byte two digits', () => {
  expect(percentEncode('\n€')).toBe('%0A%E2%82%AC');
});

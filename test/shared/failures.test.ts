import { expect, test } from 'vitest';
import { DaemonError, dispositionOf, failureOf } from '../../src/shared/failures.ts';

test.each([
  ['unreachable', 'retry'],
  ['timed-out', 'retry'],
  ['dropped', 'retry'],
  ['says-nothing', 'retry'],
  ['not-ready', 'retry'],
  ['no-tools', 'retry'],
  ['locked', 'retry'],
  ['remote-error', 'retry'],
  ['worker-crashed', 'retry'],
  ['worker-hung', 'retry'],
  ['too-much-noise', 'retry'],
  ['maybe-refused', 'retry'],
  ['no-repository', 'retry'],
  ['not-there', 'retry'],
  ['unknown', 'retry'],
  ['auth-refused', 'give-up'],
  ['not-set-up', 'give-up'],
  ['host-key-unknown', 'give-up'],
  ['host-key-changed', 'give-up'],
  ['bad-ssh-config', 'give-up'],
  ['shell-missing', 'fall-back'],
  ['no-notifychanges', 'fall-back'],
  ['no-shell', 'fall-back'],
  ['cannot-watch', 'fall-back'],
  ['cannot-be-told', 'fall-back'],
  ['nothing-tells', 'fall-back'],
  ['deaf-file-system', 'fall-back'],
] as const)('after %s the supervisor does: %s', (code, disposition) => {
  expect(dispositionOf(code)).toBe(disposition);
});

test('a failure keeps its code across a port', () => {
  const error = new DaemonError('auth-refused', 'no key fits', { cause: new Error('inner') });
  expect(structuredClone(failureOf(error))).toEqual({ code: 'auth-refused', detail: 'no key fits' });
  expect(error).toMatchObject({ name: 'DaemonError', message: 'auth-refused: no key fits' });
  expect(error.cause).toBeInstanceOf(Error);
});

test('anything else that is thrown is a bug, and keeps its stack', () => {
  const bug = failureOf(new TypeError('x is not a function'));
  expect(bug.code).toBe('unknown');
  expect(bug.detail).toMatch(/x is not a function[\s\S]*failures\.test/);
  expect(failureOf('text')).toEqual({ code: 'unknown', detail: 'text' });
  expect(failureOf(undefined)).toEqual({ code: 'unknown', detail: 'undefined' });
});

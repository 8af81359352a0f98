import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCode } from '../../../src/shared/system/error-code.ts';

test('the code of a system call that failed is told', () => {
  expect(errorCode(thrownBy(() => readFileSync('/nowhere/at/all')))).toBe('ENOENT');
});

test.each([
  [new Error('plain')],
  [Object.assign(new Error('ssh2'), { code: 14 })],
  [{ code: 'ENOENT' }],
  ['ENOENT'],
  [null],
])('%j has none', (thrown) => {
  expect(errorCode(thrown)).toBeUndefined();
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

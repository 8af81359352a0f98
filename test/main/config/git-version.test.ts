import { expect, test } from 'vitest';
import { type GitVersion, whyTooOld } from '../../../src/main/config/git-version.ts';

test.each<[string, GitVersion, boolean]>([
  ['git version 2.31.0\n', [2, 31], true],
  ['git version 2.31.8\n', [2, 32], false],
  ['git version 2.9.5\n', [2, 31], false],
  ['git version 2.55.0.rc1.12.gdeadbeef\n', [2, 32], true],
  ['git version 2.39.5 (Apple Git-154)\n', [2, 32], true],
  ['git version 2.47.1.windows.1\n', [2, 31], true],
  ['git version 3.0.0\n', [2, 31], true],
  ['git version 1.99.0\n', [2, 31], false],
  ['something else\n', [2, 31], false],
])('%j against %j', (said, oldest, isNewEnough) => {
  expect(whyTooOld(said, oldest) === undefined).toBe(isNewEnough);
});

test('what is needed, for what, and what was found is one line', () => {
  expect(whyTooOld('git version 2.31.8\n', [2, 32], ' for x')).toBe(
    'git 2.32 or newer is needed for x, and this is git 2.31.8',
  );
});

// Owns: when all tags of a remote are known to be here.
// Leaves: comparing (workers/refs/compare.test.ts), and that one was taken away here (git/tags-mark.test.ts).
import { expect, test } from 'vitest';
import {
  hasAllTags,
  TAGS_UNKNOWN,
  type TagsHere,
  tagsAfter,
  tagsAsked,
  tagsCompared,
} from '../../../../src/main/supervisor/remote/tags-here.ts';
import { parseRefName, type RefMove } from '../../../../src/shared/remote.ts';

const moved = (name: string): RefMove => ({ ref: parseRefName(name) ?? expect.unreachable(name), tip: 'unknown' });
const branch = [moved('refs/heads/main')];
const tag = [moved('refs/heads/main'), moved('refs/tags/v1')];

const MARK = 'as they were';

type Step = (before: TagsHere) => TagsHere;
const asked =
  (number: number, mark?: string): Step =>
  () =>
    tagsAsked(number, mark);
const found =
  (number: number, all = true): Step =>
  (before) =>
    tagsCompared(before, number, all);
const told =
  (refs: readonly RefMove[] | undefined): Step =>
  (before) =>
    tagsAfter(before, refs);

test.each<[string, readonly Step[], boolean]>([
  ['they are not before a comparison has said so', [asked(1, MARK)], false],
  ['they are once it has', [asked(1, MARK), found(1)], true],
  ['they are not where one was not here', [asked(1, MARK), found(1, false)], false],
  ['they are not by the answer of an earlier one', [asked(1, MARK), asked(2, MARK), found(1)], false],
  ['they are by the answer of the last one', [asked(1, MARK), asked(2, MARK), found(1), found(2)], true],
  ['they are after a branch has moved', [asked(1, MARK), found(1), told(branch)], true],
  ['they are not after a tag has', [asked(1, MARK), found(1), told(tag)], false],
  ['they are not after something has that has no name', [asked(1, MARK), found(1), told(undefined)], false],
  ['they are not where a tag moved before the answer came', [asked(1, MARK), told(tag), found(1)], false],
  ['they are again by the next comparison', [asked(1, MARK), told(tag), asked(2, MARK), found(2)], true],
  ['they are not where one may have been taken away here unseen', [asked(1), found(1)], false],
])('%s', (_what, steps, areAllHere) => {
  let tags = TAGS_UNKNOWN;
  for (const step of steps) tags = step(tags);
  expect(hasAllTags(tags, () => MARK)).toBe(areAllHere);
  expect(hasAllTags(tags, () => 'one is gone')).toBe(false);
  expect(hasAllTags(tags, () => undefined)).toBe(false);
});

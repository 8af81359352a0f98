import { expect, test } from 'vitest';
import { type AnswersEvent, NO_ANSWERS, stepAnswers } from '../../../../src/main/supervisor/remote/answers.ts';

test.each<[string, AnswersEvent[], number | undefined]>([
  ['a fetch that began after an answer has worked', ['answered', 'fetch-began', 'fetch-worked'], 1],
  ['it failed', ['answered', 'fetch-began', 'fetch-failed'], undefined],
  ['another answer came meanwhile', ['answered', 'fetch-began', 'answered', 'fetch-worked'], undefined],
  ['there was none', ['fetch-began', 'fetch-worked'], undefined],
  ['the link is another', ['answered', 'fetch-began', 'link-left', 'answered', 'fetch-worked'], undefined],
  ['there was an answer since', ['answered', 'fetch-began', 'fetch-worked', 'answered'], undefined],
  ['another fetch failed since', ['answered', 'fetch-began', 'fetch-worked', 'fetch-began', 'fetch-failed'], 1],
])('what a link is told of a fetch where %s', (_where, events, fetchedAfter) => {
  expect(events.reduce(stepAnswers, NO_ANSWERS).fetchedAfter).toBe(fetchedAfter);
});

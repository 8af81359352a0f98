import { expect, test } from 'vitest';
import { createComparing } from '../../../../src/main/supervisor/remote/comparing.ts';

/** A link that can tell, unless it is said otherwise; `done` is what was asked of it and of git. */
function makeStage() {
  const now = { mayFetch: true, isFetching: false, canTell: true };
  const done: string[] = [];
  const comparing = createComparing({
    mayFetch: () => now.mayFetch,
    isFetching: () => now.isFetching,
    ask: () => {
      if (now.canTell) done.push('ask');
      return now.canTell;
    },
    fetch: () => done.push('fetch'),
    moved: () => done.push('moved'),
  });
  return { now, done, comparing };
}

test('a link that can tell is asked, and what is not all here is fetched', () => {
  const { done, comparing } = makeStage();
  comparing.check();
  comparing.answered(true);
  expect(done).toEqual(['ask']);
  comparing.check();
  comparing.answered(false);
  expect(done).toEqual(['ask', 'ask', 'fetch']);
});

test('where the link cannot tell it is fetched', () => {
  const { now, done, comparing } = makeStage();
  now.canTell = false;
  comparing.check();
  expect(done).toEqual(['fetch']);
});

test('nothing is asked while nothing may be fetched', () => {
  const { now, done, comparing } = makeStage();
  now.mayFetch = false;
  comparing.check();
  comparing.unsure();
  expect(done).toEqual([]);
});

test.each<[string, (comparing: ReturnType<typeof createComparing>) => void]>([
  ['a doubt', (comparing) => comparing.unsure()],
  ['an answer that was given too early', (comparing) => comparing.answered(false)],
])('%s that comes while a fetch runs makes it compare once when that is done', (_what, come) => {
  const { now, done, comparing } = makeStage();
  now.isFetching = true;
  come(comparing);
  come(comparing);
  expect(done).toEqual([]);
  now.isFetching = false;
  comparing.fetched();
  comparing.fetched();
  expect(done).toEqual(['ask']);
});

test('what the server told and was not all here counts as moved, and nothing else does', () => {
  const { done, comparing } = makeStage();
  comparing.unsure();
  comparing.answered(true);
  comparing.check();
  comparing.answered(false);
  expect(done).toEqual(['ask', 'ask', 'fetch']);
  comparing.unsure();
  comparing.answered(false);
  expect(done.slice(3)).toEqual(['ask', 'moved', 'fetch']);
});

test('a link that has not answered by the next check is not relied on, and the next link is', () => {
  const { done, comparing } = makeStage();
  comparing.check();
  comparing.check();
  expect(done).toEqual(['ask', 'fetch']);
  comparing.forget();
  comparing.check();
  expect(done).toEqual(['ask', 'fetch', 'ask']);
});

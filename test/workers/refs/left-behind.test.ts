import { describe, expect, test } from 'vitest';
import { hereBeside } from '../../../src/shared/refs/here-refs.ts';
import { parseRefLines } from '../../../src/shared/refs/ref-advertisement.ts';
import { compared, fetched, type Lacked, lacksOf, NOTHING_LEFT } from '../../../src/workers/refs/left-behind.ts';

/** What is lacking at a comparison, or what happens between two. */
type Step = readonly string[] | 'fetched' | 'fetched before' | keyof typeof PAUSES;

const PAUSES = { 'an hour': 3_600_000, 'five minutes': 300_000 };

/** What each comparison says. */
function answers(...steps: readonly Step[]): boolean[] {
  let state = NOTHING_LEFT;
  let nowMs = 0;
  const said: boolean[] = [];
  for (const step of steps) {
    nowMs += 1_000;
    if (step === 'fetched' || step === 'fetched before') {
      state = fetched(state, state.answers - (step === 'fetched' ? 0 : 1), nowMs);
    } else if (typeof step === 'string') {
      nowMs += PAUSES[step];
    } else {
      const lacked = step.map((text): Lacked => ({ text, ...(text.startsWith('owed ') && { isOwed: true }) }));
      const { after, isAllTheSame } = compared(state, lacked, nowMs);
      state = after;
      said.push(isAllTheSame);
    }
  }
  return said;
}

describe('what a fetch that worked has left', () => {
  test.each<[string, readonly Step[], boolean[]]>([
    ['is all here from then on', [['tag'], 'fetched', ['tag'], ['tag']], [false, true, true]],
    ['is so, too, where it brought a part', [['tag', 'branch'], 'fetched', ['tag']], [false, true]],
    ['is lacking where more is', [['tag'], 'fetched', ['tag', 'branch']], [false, false]],
    ['is lacking when it was here meanwhile', [['branch'], 'fetched', [], ['branch']], [false, true, false]],
    ['is lacking before a fetch', [['tag'], ['tag']], [false, false]],
    [
      'is lacking where the fetch had begun before that was seen',
      [['tag'], ['tag'], 'fetched before', ['tag']],
      [false, false, false],
    ],
    ['is asked for again after an hour', [['tag'], 'fetched', 'an hour', ['tag']], [false, false]],
    [
      'is still lacking where any fetch brings it: a mirror that lags behind has answered',
      [['owed branch'], 'fetched', ['owed branch'], 'fetched', ['owed branch']],
      [false, false, false],
    ],
    [
      'is left even so, when a later fetch has not brought it either',
      [
        ['owed branch'],
        'fetched',
        'five minutes',
        ['owed branch'],
        'fetched',
        ['owed branch'],
        'fetched',
        ['owed branch'],
      ],
      [false, false, true, true],
    ],
    ['is of no matter where nothing is lacking', [[]], [true]],
  ])('%s', (_what, steps, said) => {
    expect(answers(...steps)).toEqual(said);
  });
});

test('what is here in the place of a ref, or in its way, is part of what is remembered', () => {
  const refs = (...lines: readonly string[]) =>
    parseRefLines(lines.map((line) => line.padStart(line.length + 39, '0')).join('\n'));
  const wanted = { refspecs: ['+refs/heads/*:refs/remotes/o/*'], tags: true };
  const there = refs('2 refs/heads/a/b', '3 refs/tags/v1');
  const lacks = (...here: readonly string[]) =>
    lacksOf(there, hereBeside(there, refs(...here)), wanted)
      ?.map(({ text }) => text)
      .join('\n');
  expect(lacks('1 refs/remotes/o/a')).not.toBe(lacks());
  expect(lacks('1 refs/tags/v1')).not.toBe(lacks());
  expect(lacks('2 refs/remotes/o/a/b', '3 refs/tags/v1')).toBe('');
});

test.each<[string, string, readonly string[], readonly string[], boolean]>([
  ['a branch that is not here', '+refs/heads/*:refs/remotes/o/*', ['2 refs/heads/a'], [], true],
  ['one that is another here', '+refs/heads/*:refs/remotes/o/*', ['2 refs/heads/a'], ['1 refs/remotes/o/a'], true],
  [
    'one that is only moved forward',
    'refs/heads/*:refs/remotes/o/*',
    ['2 refs/heads/a'],
    ['1 refs/remotes/o/a'],
    false,
  ],
  ['one whose name is taken', '+refs/heads/*:refs/remotes/o/*', ['2 refs/heads/a/b'], ['1 refs/remotes/o/a'], false],
  ['a tag that nobody asks for', '+refs/heads/*:refs/remotes/o/*', ['2 refs/tags/v1'], [], false],
  ['a source that is not there', 'refs/heads/a:refs/remotes/o/a', [], [], false],
])('whether any fetch brings it: %s', (_what, refspec, there, here, isOwed) => {
  const refs = (lines: readonly string[]) =>
    parseRefLines(lines.map((line) => line.padStart(line.length + 39, '0')).join('\n'));
  const [lacked] = lacksOf(refs(there), hereBeside(refs(there), refs(here)), { refspecs: [refspec], tags: true }) ?? [];
  expect(lacked?.isOwed ?? false).toBe(isOwed);
});

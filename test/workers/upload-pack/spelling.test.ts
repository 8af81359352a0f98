// Owns: which spelling of upload-pack is tried after what happened, and when one may wait for a fetch.
// Leaves: servers that take one or the other (relay.test.ts).
import { describe, expect, test } from 'vitest';
import { canWait, type Run, type SpellingState, step, toTry } from '../../../src/workers/upload-pack/spelling.ts';

const UNKNOWN: SpellingState = { kind: 'unknown' };
const ASKED: SpellingState = { kind: 'asked' };
const env = (version: 'v2' | 'other' | 'none'): SpellingState => ({ kind: 'env', version });
const run = (by: Run['by'], said: Run['said']): Run => ({ by, said });

test.each<[string, SpellingState, Run, SpellingState]>([
  ['the first to speak v2 by env shows that it works', UNKNOWN, run('env', 'v2'), env('v2')],
  ['the first to speak v0 by env, too', UNKNOWN, run('env', 'other'), env('other')],
  ['one that is asked and speaks, that asking does', UNKNOWN, run('asked', 'v2'), ASKED],
  ['whatever it speaks', UNKNOWN, run('asked', 'other'), ASKED],
  ['one that never speaks shows nothing', UNKNOWN, run('env', 'none'), UNKNOWN],
  ['nor where it is asked', UNKNOWN, run('asked', 'none'), UNKNOWN],
  ['what worked is kept though one fails, but none waits', env('v2'), run('env', 'none'), env('none')],
  ['until one speaks again', env('none'), run('env', 'v2'), env('v2')],
  ['a server may come to speak less', env('v2'), run('env', 'other'), env('other')],
  ['asking stays what works though one fails', ASKED, run('asked', 'none'), ASKED],
  ['the last that worked counts', ASKED, run('env', 'v2'), env('v2')],
  ['be it the other', env('v2'), run('asked', 'other'), ASKED],
])('%s', (_name, before, event, after) => {
  expect(step(before, event)).toEqual(after);
});

describe('tried are', () => {
  test.each<[string, SpellingState, ReturnType<typeof toTry>]>([
    ['both, env first, while nothing is known', UNKNOWN, ['env', 'asked']],
    ['none but the one that works', ASKED, ['asked']],
    ['also where the last one failed', env('none'), ['env']],
  ])('%s', (_name, state, spellings) => {
    expect(toTry(state)).toEqual(spellings);
  });
});

test('one may wait only where the last one was set to v2 by env, and spoke it', () => {
  expect([UNKNOWN, ASKED, env('none'), env('other'), env('v2')].map(canWait)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
});

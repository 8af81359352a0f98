// Owns: which spelling of upload-pack is tried after what happened, and when one may wait for a fetch.
// Leaves: servers that take one or the other (relay.test.ts).
import { describe, expect, test } from 'vitest';
import { canWait, type Run, type SpellingState, step, toTry } from '../../../src/workers/upload-pack/spelling.ts';

const UNKNOWN: SpellingState = { kind: 'unknown' };
const REQUESTED: SpellingState = { kind: 'requested' };
const env = (version: 'v2' | 'other' | 'none'): SpellingState => ({ kind: 'env', version });
const run = (by: Run['by'], said: Run['said']): Run => ({ by, said });

test.each<[string, SpellingState, Run, SpellingState]>([
  ['the first to speak v2 by env shows that it works', UNKNOWN, run('env', 'v2'), env('v2')],
  ['the first to speak v0 by env, too', UNKNOWN, run('env', 'other'), env('other')],
  ['one that is requested and speaks, that requesting does', UNKNOWN, run('requested', 'v2'), REQUESTED],
  ['whatever it speaks', UNKNOWN, run('requested', 'other'), REQUESTED],
  ['one that never speaks shows nothing', UNKNOWN, run('env', 'none'), UNKNOWN],
  ['nor where it is requested', UNKNOWN, run('requested', 'none'), UNKNOWN],
  ['what worked is kept though one fails, but none waits', env('v2'), run('env', 'none'), env('none')],
  ['until one speaks again', env('none'), run('env', 'v2'), env('v2')],
  ['a server may come to speak less', env('v2'), run('env', 'other'), env('other')],
  ['requesting stays what works though one fails', REQUESTED, run('requested', 'none'), REQUESTED],
  ['the last that worked counts', REQUESTED, run('env', 'v2'), env('v2')],
  ['what has shown that there is a shell counts for more', env('v2'), run('requested', 'other'), env('v2')],
  ['be it the other', env('none'), run('requested', 'other'), REQUESTED],
])('%s', (_name, before, event, after) => {
  expect(step(before, event)).toEqual(after);
});

describe('tried are', () => {
  test.each<[string, SpellingState, ReturnType<typeof toTry>]>([
    ['both, env first, while nothing is known', UNKNOWN, ['env', 'requested']],
    ['none but the one that works', REQUESTED, ['requested']],
    ['also where the last one failed', env('none'), ['env']],
  ])('%s', (_name, state, spellings) => {
    expect(toTry(state)).toEqual(spellings);
  });
});

test('one may wait only where the last one was set to v2 by env, and spoke it', () => {
  expect([UNKNOWN, REQUESTED, env('none'), env('other'), env('v2')].map(canWait)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
});

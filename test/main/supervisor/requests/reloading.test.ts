import { expect, test } from 'vitest';
import { toldOf } from '../../../../src/main/supervisor/requests/reloading.ts';
import { ORIGIN } from '../remote/origin.ts';

const NOTHING = { added: [], changed: [], removed: [], kept: [ORIGIN], warnings: [], mends: false };

test.each([
  ['nothing is different', NOTHING, ['read the config again: no remote is different']],
  [
    'some are',
    { ...NOTHING, added: [ORIGIN, ORIGIN], removed: [ORIGIN] },
    ['read the config again: 2 added, 1 removed'],
  ],
])('whoever has the config read again is told where %s', (_what, read, texts) => {
  expect(toldOf(read)).toEqual(texts.map((text) => ({ say: 'whole', ok: true, text })));
});

test('what of it is not taken is told, and is no success', () => {
  expect(toldOf({ ...NOTHING, warnings: ['a bad value'] }).map(({ ok, text }) => [ok, text])).toEqual([
    [false, 'a bad value'],
    [true, 'read the config again: no remote is different'],
  ]);
  expect(toldOf({ ...NOTHING, refused: 'bad config line 1' })).toEqual([
    { say: 'whole', ok: false, text: 'the config stays as it was: bad config line 1' },
  ]);
});

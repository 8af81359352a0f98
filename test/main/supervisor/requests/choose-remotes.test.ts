import { expect, test } from 'vitest';
import { chooseRemotes } from '../../../../src/main/supervisor/requests/choose-remotes.ts';
import { remoteName } from '../../../../src/shared/remote.ts';

const [ONE, TWO] = [remoteName('one'), remoteName('two')];
const ODD = { name: remoteName('odd'), why: 'it has no URL' };

test.each([
  ['no names stand for all that are watched', [], { kind: 'chosen', watched: [ONE, TWO], skipped: [] }],
  ['names stand for themselves, once', ['two', 'two'], { kind: 'chosen', watched: [TWO], skipped: [] }],
  ['one that is not watched is told apart', ['odd', 'one'], { kind: 'chosen', watched: [ONE], skipped: [ODD] }],
  ['one that there is not is refused', ['one', 'xyzzy'], { kind: 'refused', why: "there is no remote 'xyzzy' here" }],
  [
    'and which may have been meant is said',
    ['tow'],
    { kind: 'refused', why: "there is no remote 'tow' here; did you mean 'two'?" },
  ],
  ['nor does a name do what an escape does', ['\u001b[2J'], { kind: 'refused', why: "there is no remote '[2J' here" }],
])('%s', (_what, names, chosen) => {
  expect(chooseRemotes(names, [ONE, TWO], [ODD])).toEqual(chosen);
});

test('where none is watched, none is meant by no name', () => {
  expect(chooseRemotes([], [], [ODD])).toEqual({ kind: 'refused', why: 'no remote is watched here' });
});

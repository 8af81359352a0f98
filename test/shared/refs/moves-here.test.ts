// Owns: which refs are moved here without a fetch, and which are not.
// Leaves: that this comes to the same as a fetch (test/main/git/found-here.test.ts).
import { expect, test } from 'vitest';
import { type LookHere, movesHere, type WantedPlace, wantedPlaces } from '../../../src/shared/refs/moves-here.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../src/shared/remote.ts';

const ref = (name: string): RefName => parseRefName(`refs/${name}`) ?? expect.unreachable(name);
const object = (letter: string): ObjectName =>
  parseObjectName(letter.charCodeAt(0).toString(16).padStart(40, '0')) ?? expect.unreachable(letter);

const main = (tip = 'B'): WantedPlace => ({
  source: ref('heads/main'),
  place: ref('remotes/two/main'),
  tip: object(tip),
});
const other = (tip = 'B'): WantedPlace => ({ source: ref('heads/x'), place: ref('remotes/two/x'), tip: object(tip) });

/** `loose`: what refs are by their files, `?` where these do not tell; `aheadOf`: of B, which `one` has brought. */
function look(loose: Readonly<Record<string, string>>, aheadOf: readonly string[] = ['A']): LookHere {
  const files = new Map(Object.entries({ 'remotes/one/main': 'B', ...loose }).map(([name, at]) => [ref(name), at]));
  return {
    knownTip: (tip) =>
      tip === object('B') ? { ref: ref('remotes/one/main'), aheadOf: new Set(aheadOf.map(object)) } : undefined,
    loose: (name) => {
      const at = files.get(name);
      return at === undefined ? 'none' : at === '?' ? undefined : object(at);
    },
  };
}

test.each<[string, readonly WantedPlace[], LookHere, string]>([
  ['goes forward as another did', [main()], look({ 'remotes/two/main': 'A' }), 'two/main A..B'],
  ['is there already', [main()], look({ 'remotes/two/main': 'B' }), ''],
  ['is packed, where there is but one that it can go from', [main()], look({}), 'two/main A..B'],
  [
    'is one of two, and the other is there',
    [main(), other()],
    look({ 'remotes/two/main': 'A', 'remotes/two/x': 'B' }),
    'two/main A..B',
  ],
])('what %s is moved', (_what, wanted, looking, expected) => {
  const found = movesHere(wanted, looking);
  const name = (at: ObjectName): string => String.fromCharCode(Number.parseInt(at, 16));
  const moves = found.kind === 'here' ? found.moves : expect.unreachable(found.why);
  const told = moves.map(({ place, old, tip }) => `${place.slice('refs/remotes/'.length)} ${name(old)}..${name(tip)}`);
  expect(told.join()).toBe(expected);
});

test.each<[string, readonly WantedPlace[], LookHere, RegExp]>([
  ['was not brought by any fetch', [main('C')], look({ 'remotes/two/main': 'A' }), /not known to be here/],
  [
    'was brought to a ref that is elsewhere by now',
    [main()],
    look({ 'remotes/two/main': 'A', 'remotes/one/main': 'C' }),
    /not known to be here/,
  ],
  [
    'was brought to a ref that is packed by now',
    [main()],
    look({ 'remotes/two/main': 'A', 'remotes/one/main': '?' }),
    /not known to be here/,
  ],
  ['goes from somewhere else', [main()], look({ 'remotes/two/main': 'C' }), /goes forward/],
  ['was new there, and is not here', [main()], look({ 'remotes/two/main': 'C' }, []), /goes forward/],
  ['stands for another ref here', [main()], look({ 'remotes/two/main': '?' }), /what is here of it/],
  ['may be new, as the server may hide it, though it was new of another', [main()], look({}, []), /from where/],
  ['is packed and may go from two', [main()], look({}, ['A', 'C']), /from where/],
  [
    'is new, beside one that goes forward',
    [main(), other()],
    look({ 'remotes/two/main': 'A' }, ['A', 'C']),
    /from where/,
  ],
])('what %s is fetched', (_what, wanted, looking, why) => {
  expect(movesHere(wanted, looking)).toEqual({ kind: 'fetch', why: expect.stringMatching(why) });
});

test('places are those of refspecs that each name one ref of which it is told what it is', () => {
  const tipOf = (name: RefName): ObjectName | undefined => (name === ref('heads/main') ? object('B') : undefined);
  expect(wantedPlaces(['+refs/heads/main:refs/remotes/two/main'], tipOf)).toEqual([main()]);
  expect(wantedPlaces(['refs/heads/main:refs/remotes/two/main', 'refs/heads/x:refs/remotes/two/x'], tipOf)).toBe(
    undefined,
  );
  expect(wantedPlaces(['refs/heads/*:refs/remotes/two/*'], tipOf)).toBe(undefined);
});

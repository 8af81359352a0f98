// Owns: that refs here held against a remote's as they come lead to what two whole listings do, whatever the lines are.
// Leaves: what a comparison has to come to (all-here.test.ts), and git's own answers (test/workers/refs/compare.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasStale } from '../../../src/shared/refs/all-here.ts';
import { holdAgainst } from '../../../src/shared/refs/held-refs.ts';
import { type HereRefs, hereBeside } from '../../../src/shared/refs/here-refs.ts';
import { lacking } from '../../../src/shared/refs/lacking.ts';
import { parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { parseRefspec } from '../../../src/shared/refs/refspec.ts';
import { parseRefName } from '../../../src/shared/remote.ts';
import { cuts, inOrder, isAllHere, listing, name, packed, readLines, refLine, sorted } from './listings.ts';

const REFSPECS = [
  '+refs/heads/*:refs/remotes/o/*',
  'refs/heads/*:refs/remotes/o/*',
  '+refs/*:refs/*',
  '+refs/*:refs/remotes/o/*',
  'refs/heads/a*:refs/remotes/o/a*',
  '+refs/pull/*/head:refs/remotes/o/pr/*',
  'refs/heads/a:refs/remotes/o/a',
  'refs/tags/*:refs/tags/*',
  'refs/heads/é*:refs/remotes/o/é*',
  'a:refs/remotes/o/a',
  'HEAD:refs/remotes/o/HEAD',
  'refs/notes/*',
  '^refs/heads/wip/*',
  '^refs/tags/a*',
  '^refs/heads/a',
];
const refspecs = fc.subarray(REFSPECS).filter((chosen) => chosen.every((text) => parseRefspec(text, 'fetch')));

/** What is here: mostly what the refspecs make of what is there, so that many comparisons end in "all here". */
const sides = fc.record({ there: listing, refspecs, tags: fc.boolean(), pruned: refspecs }).chain((case_) => {
  const { there } = case_;
  const kept = [...parseRefLines(there.join('\n'))].flatMap(([ref, tip]) =>
    [ref, ref.replace('refs/heads/', 'refs/remotes/o/'), ref.replace('refs/', 'refs/remotes/o/')].map(
      (place) => `${tip} ${place}`,
    ),
  );
  const here = fc.oneof(
    fc.constant(kept),
    fc.tuple(fc.subarray(kept), fc.array(refLine, { maxLength: 3 })).map(([some, others]) => [...some, ...others]),
  );
  // Each ref comes once; git lists them by name, but nothing hangs on that.
  const listed = (lines: readonly string[], isOrdered: boolean): readonly string[] => {
    const refs = parseRefLines(lines.join('\n'));
    return [...(isOrdered ? inOrder(refs) : refs)].map(([ref, tip]) => `${tip} ${ref}`);
  };
  const isOrdered = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
  return fc
    .tuple(here, isOrdered, cuts)
    .map(([lines, ordered, lengths]) => ({ ...case_, here: listed(lines, ordered), lengths }));
});

function held(
  remote: RefAdvertisement,
  case_: {
    here: readonly string[];
    refspecs: readonly string[];
    tags: boolean;
    pruned: readonly string[];
    lengths: readonly number[];
  },
): HereRefs {
  const { here, refspecs: texts, tags, pruned, lengths } = case_;
  const holding = holdAgainst(remote, { wanted: { refspecs: texts, tags }, pruned });
  readLines(here.join('\n'), holding.line, lengths);
  return holding.here();
}

test('a comparison comes to what one of two maps does', () => {
  let allHere = 0;
  let needed = 0;
  fc.assert(
    fc.property(sides, name, (case_, asked) => {
      const { there, here, refspecs: texts, tags, pruned } = case_;
      const wanted = { refspecs: texts, tags };
      const remote = parseRefLines(there.join('\n'));
      const ours = parseRefLines(here.join('\n'));
      const plain = hereBeside(remote, ours);
      const bytes = packed(there.join('\n'));
      const now = held(bytes, case_);
      expect(sorted(lacking(bytes, now, wanted))).toEqual(sorted(lacking(remote, plain, wanted)));
      expect(hasStale(bytes, now, wanted, { pruned })).toBe(hasStale(remote, plain, wanted, { pruned }));
      const verdict = isAllHere(remote, plain, wanted, { pruned });
      expect(isAllHere(bytes, now, wanted, { pruned })).toBe(verdict);
      if (verdict) allHere += 1;
      else needed += 1;
      // And so does all that is asked of one ref.
      const ref = parseRefName(asked) ?? expect.unreachable(asked);
      const ordered = hereBeside(remote, inOrder(ours));
      expect([now.size, now.get(ref), now.has(ref), now.takenBy(ref)]).toEqual([
        ours.size,
        ours.get(ref),
        ours.has(ref),
        ordered.takenBy(ref),
      ]);
    }),
    { numRuns: 1_500 },
  );
  // Neither answer is a rare one.
  expect(Math.min(allHere, needed)).toBeGreaterThan(100);
});

const BRANCHES = '+refs/heads/*:refs/remotes/o/*';
const lineOf = (place: string, at: number): string =>
  `${String(at).padStart(40, '0')} ${place}${String(at).padStart(6, '0')}`;

test('of refs that are here as they are there nothing is looked at again', () => {
  const numbers = Array.from({ length: 5_000 }, (_, at) => at);
  const remote = packed(numbers.map((at) => lineOf('refs/heads/', at)).join('\n'));
  const here = [...numbers.map((at) => lineOf('refs/remotes/o/', at)), `${'1'.repeat(40)} refs/tags/mine`];
  const now = held(remote, { here, refspecs: [BRANCHES], tags: true, pruned: [BRANCHES], lengths: [] });
  const refspec = parseRefspec(BRANCHES, 'fetch') ?? expect.unreachable();
  expect([[...now.mayLack(refspec)], [...now.mayBeStale()], now.size]).toEqual([[], ['refs/tags/mine'], 5_001]);
});

test.each([
  ['more refspecs than are kept apart', Array.from({ length: 9 }, (_, at) => `+refs/heads/*:refs/remotes/${at}/*`), []],
  ['a star in the middle by which it is pruned', [BRANCHES], ['+refs/pull/*/head:refs/remotes/o/pr/*']],
])('of %s all is looked at', (_what, refspecs, pruned) => {
  const remote = packed(`${'1'.repeat(40)} refs/heads/a`);
  const here = [`${'1'.repeat(40)} refs/remotes/o/a`];
  const now = held(remote, { here, refspecs, tags: false, pruned, lengths: [] });
  expect([...now.mayBeStale()]).toEqual(['refs/remotes/o/a']);
});

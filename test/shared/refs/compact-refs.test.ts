// Owns: that a listing kept as bytes says, and comes to, what the same lines in a map do, whatever the lines are.
// Leaves: what a comparison has to come to (all-here.test.ts), and git's own answers (test/workers/refs/compare.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';
import { createRefListing } from '../../../src/shared/git-protocol/ref-listing.ts';
import { hasStale, isAllHere } from '../../../src/shared/refs/all-here.ts';
import { gatherRefs } from '../../../src/shared/refs/compact-refs.ts';
import { lacking } from '../../../src/shared/refs/lacking.ts';
import { readListing } from '../../../src/shared/refs/listing-bytes.ts';
import { nameTakenIn } from '../../../src/shared/refs/name-taken.ts';
import { movesBetween, parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { parseRefspec } from '../../../src/shared/refs/refspec.ts';
import { parseRefName } from '../../../src/shared/remote.ts';

function packed(text: string): RefAdvertisement {
  const gathered = gatherRefs();
  for (const line of text.split('\n')) gathered.line(line);
  return gathered.refs();
}

const sha1 = fc.constantFrom(...'123').map((digit) => digit.repeat(40));
const object = fc.oneof({ weight: 9, arbitrary: sha1 }, { weight: 1, arbitrary: fc.constant('1'.repeat(64)) });
const folder = fc.constantFrom('heads', 'heads/wip', 'tags', 'pull', 'notes', 'remotes/o', 'remotes/o/wip');
// Of all that has an order of its own: a folder beside a name, what is before and behind the slash, capitals, no ASCII.
const stem = fc.constantFrom('a', 'a/b', 'a-b', 'a.b', 'a0', 'ab', 'B', 'é', '\u{1F600}', '\uFF5E', '\uFFFD', '1/head');
const name = fc.tuple(folder, stem).map(([where, what]) => `refs/${where}/${what}`);
const refLine = fc.tuple(object, name).map(([tip, ref]) => `${tip} ${ref}`);
const oddLine = fc.constantFrom(
  `${'1'.repeat(40)} HEAD`,
  `${'1'.repeat(40)} refs/tags/a^{}`,
  `${'2'.repeat(40)}\trefs/heads/tab`,
  `${'2'.repeat(40)} refs/heads/main symref-target:refs/heads/a`,
  `${'2'.repeat(40)} refs/tags/v peeled:${'1'.repeat(40)}`,
  `${'1'.repeat(39)} refs/heads/short`,
  `${'1'.repeat(40)} refs/heads/a..b`,
  'warning: no ref',
  '',
);
const line = fc.oneof({ weight: 12, arbitrary: refLine }, { weight: 1, arbitrary: oddLine });
const listing = fc.array(line, { maxLength: 40 });

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
  return here.map((lines) => ({ ...case_, here: lines }));
});

const sorted = (found: Iterable<unknown>): string[] => [...found].map((each) => JSON.stringify(each)).sort();
/** As git lists what is here: each once, by the bytes of their names. */
const inOrder = (refs: RefAdvertisement): RefAdvertisement =>
  new Map([...refs].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));

test('it has the refs that a map of the same lines has, in the order of their names', () => {
  fc.assert(
    fc.property(listing, name, (lines, asked) => {
      const text = lines.join('\n');
      const [map, bytes] = [inOrder(parseRefLines(text)), packed(text)];
      expect([...bytes]).toEqual([...map]);
      expect([[...bytes.keys()], [...bytes.values()]]).toEqual([[...map.keys()], [...map.values()]]);
      expect(bytes.size).toBe(map.size);
      const ref = parseRefName(asked) ?? expect.unreachable(asked);
      expect([bytes.has(ref), bytes.get(ref)]).toEqual([map.has(ref), map.get(ref)]);
    }),
  );
});

test('a comparison of two comes to what one of two maps does', () => {
  let allHere = 0;
  let needed = 0;
  fc.assert(
    fc.property(sides, ({ there, here, refspecs: texts, tags, pruned }) => {
      const wanted = { refspecs: texts, tags };
      const [remote, local] = [parseRefLines(there.join('\n')), parseRefLines(here.join('\n'))];
      const [remoteBytes, localBytes] = [packed(there.join('\n')), packed(here.join('\n'))];
      expect(sorted(lacking(remoteBytes, localBytes, wanted))).toEqual(sorted(lacking(remote, local, wanted)));
      const stale = hasStale(remote, local, wanted, { pruned });
      expect(hasStale(remoteBytes, localBytes, wanted, { pruned })).toBe(stale);
      const verdict = isAllHere(remote, local, wanted, { pruned });
      expect(isAllHere(remoteBytes, localBytes, wanted, { pruned })).toBe(verdict);
      if (verdict) allHere += 1;
      else needed += 1;
    }),
    { numRuns: 2_000 },
  );
  // Neither answer is a rare one.
  expect(Math.min(allHere, needed)).toBeGreaterThan(100);
});

test('the moves between two are those between two maps', () => {
  fc.assert(
    fc.property(listing, listing, name, (before, after, unwanted) => {
      const [old, now] = [before.join('\n'), [...before, ...after].join('\n')];
      const isWanted = (ref: string): boolean => ref !== unwanted;
      for (const [one, other] of [
        [old, now],
        [now, old],
        [old, old],
      ] as const) {
        const moves = movesBetween(parseRefLines(one), parseRefLines(other), isWanted);
        expect(sorted(movesBetween(packed(one), packed(other), isWanted))).toEqual(sorted(moves));
      }
    }),
  );
});

test('the name of a place is taken by the ref that takes it in a map', () => {
  fc.assert(
    fc.property(listing, name, (lines, asked) => {
      const text = lines.join('\n');
      const map = inOrder(parseRefLines(text));
      const place = parseRefName(asked) ?? expect.unreachable(asked);
      expect(nameTakenIn(packed(text))(place)).toBe(nameTakenIn(map)(place));
    }),
  );
});

/** Cuts them anywhere, in the middle of a letter as well. */
function* pieces(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 });

test('what git prints is read the same however it is cut, bytes that are no UTF-8 and a last line without its end too', () => {
  fc.assert(
    fc.property(listing, fc.boolean(), fc.option(fc.nat()), cuts, (lines, isEnded, broken, lengths) => {
      const bytes = Buffer.from(lines.join('\n') + (isEnded ? '\n' : ''));
      if (broken !== null && bytes.length > 0) bytes[broken % bytes.length] = 0xc3;
      const reader = readListing();
      for (const piece of pieces(bytes, lengths)) reader.push(piece);
      expect([...reader.refs()]).toEqual([...inOrder(parseRefLines(new TextDecoder().decode(bytes)))]);
    }),
  );
});

test.each([
  ['v0', (first: string) => [`${first}\0multi_ack agent=git/2`], []],
  ['v1', (first: string) => ['version 1', `${first}\0multi_ack agent=git/2`], []],
  ['v2', (first: string) => [first], ['version 2', 'object-format=sha1']],
])('what upload-pack lists in %s is read the same however it is cut', (_version, begin, greeting) => {
  const lineOf = (text: string): string => pktLine({ kind: 'data', text });
  fc.assert(
    fc.property(fc.array(refLine, { minLength: 1, maxLength: 20 }), cuts, (lines, lengths) => {
      const [first = '', ...others] = lines;
      const reader = createRefListing([]);
      if (greeting.length > 0) reader.push(Buffer.from(`${greeting.map(lineOf).join('')}0000`));
      const bytes = Buffer.from(`${[...begin(first), ...others].map(lineOf).join('')}0000`);
      for (const piece of pieces(bytes, lengths)) reader.push(piece);
      expect([...(reader.refs() ?? [])]).toEqual([...inOrder(parseRefLines(lines.join('\n')))]);
    }),
  );
});

test('many names take more than one piece of memory, and are found in each', () => {
  const names = Array.from(
    { length: 9_000 },
    (_, at) => `refs/heads/${String(at * 7).padStart(6, '0')}/${'x'.repeat(at % 90)}y`,
  );
  const refs = packed(names.map((each, at) => `${(at % 10).toString().repeat(40)} ${each}`).join('\n'));
  expect(refs.packed?.chunks.length).toBeGreaterThan(3);
  expect([...refs.keys()]).toEqual(names);
  for (const [at, each] of names.entries()) {
    expect(refs.get(parseRefName(each) ?? expect.unreachable())).toBe((at % 10).toString().repeat(40));
  }
  expect(movesBetween(refs, refs, () => true)).toEqual([]);
});

test('one that is longer than any of git is not kept, and not kept quiet about', () => {
  const gathered = gatherRefs();
  gathered.line(`${'1'.repeat(40)} refs/heads/${'x'.repeat(60_000)}`);
  expect(gathered.isFull()).toBe(true);
});

// Owns: listings of refs, for tests: random lines of all kinds, and how they are read as bytes, cut anywhere.
// Leaves: what is expected of them (compact-refs.test.ts, held-refs.test.ts).
import fc from 'fast-check';
import { hasStale } from '../../../src/shared/refs/all-here.ts';
import { gatherRefs, type TakeLine } from '../../../src/shared/refs/compact-refs.ts';
import type { HereRefs } from '../../../src/shared/refs/here-refs.ts';
import { lacking } from '../../../src/shared/refs/lacking.ts';
import { cutLines } from '../../../src/shared/refs/listing-bytes.ts';
import type { RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import type { Comparison, WantedRefs } from '../../../src/shared/remote.ts';

const sha1 = fc.constantFrom(...'123').map((digit) => digit.repeat(40));
const object = fc.oneof({ weight: 9, arbitrary: sha1 }, { weight: 1, arbitrary: fc.constant('1'.repeat(64)) });
const folder = fc.constantFrom('heads', 'heads/wip', 'tags', 'pull', 'notes', 'remotes/o', 'remotes/o/wip');
// Of all that has an order of its own: a folder beside a name, what is before and behind the slash, capitals, no ASCII.
const stem = fc.constantFrom('a', 'a/b', 'a-b', 'a.b', 'a0', 'ab', 'B', 'é', '\u{1F600}', '\uFF5E', '\uFFFD', '1/head');
export const name = fc.tuple(folder, stem).map(([where, what]) => `refs/${where}/${what}`);
export const refLine = fc.tuple(object, name).map(([tip, ref]) => `${tip} ${ref}`);
const ODD_NAMES = [
  'refs/tags/a^{}',
  'refs/heads/a..b',
  'refs/heads/a.lock',
  'refs/heads/a.lock/b',
  'refs/heads/a.lockb',
  'refs/heads/.a',
  'refs/heads/./a',
  'refs/heads/a./b',
  'refs/heads/a.',
  'refs/heads/a/',
  'refs/heads//a',
  'refs/heads/a@b',
  'refs/heads/a@{1}',
  'refs/heads/a{1}',
  'refs/heads/a\tb',
  'refs/heads/a\0b',
  'refs/heads/a\x7f',
  'refs/heads/*',
  'refs/heads/a~1',
  'refs/',
  'refs/.',
  'refsheads/a',
  'HEAD',
  'refs/heads/main symref-target:refs/heads/a',
  'refs/tags/v peeled:1111111111111111111111111111111111111111',
  'refs/heads/behind ',
  ' refs/heads/before',
];
const oddLine = fc.oneof(
  fc.tuple(object, fc.constantFrom(...ODD_NAMES)).map(([tip, ref]) => `${tip} ${ref}`),
  fc
    .tuple(object, fc.string({ unit: 'binary', maxLength: 6 }))
    .map(([tip, text]) => `${tip} refs/heads/${text.replaceAll('\n', '')}`),
  fc.constantFrom(
    `${'2'.repeat(40)}\trefs/heads/tab`,
    `${'1'.repeat(39)} refs/heads/short`,
    `${'1'.repeat(41)} refs/heads/long`,
    `${'1'.repeat(65)} refs/heads/longer`,
    `${'A'.repeat(40)} refs/heads/capital`,
    `${'1'.repeat(39)}g refs/heads/g`,
    `${'1'.repeat(40)}`,
    `${'1'.repeat(40)} `,
    `\uFEFF${'1'.repeat(40)} refs/heads/bom`,
    'warning: no ref',
    '',
  ),
);
export const line = fc.oneof({ weight: 8, arbitrary: refLine }, { weight: 1, arbitrary: oddLine });
export const listing = fc.array(line, { maxLength: 40 });

/** Cuts them anywhere, in the middle of a letter as well. */
export function* pieces(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

export const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 });

/** Hands on its lines as they come in such pieces. */
export function readLines(text: string | Uint8Array, take: TakeLine, lengths: readonly number[] = []): void {
  const lines = cutLines(take);
  for (const piece of pieces(Buffer.from(text), lengths)) lines.push(piece);
  lines.end();
}

/** A listing that is kept as bytes. */
export function packed(
  text: string | Uint8Array,
  lengths: readonly number[] = [],
  before?: RefAdvertisement,
): RefAdvertisement {
  const gathered = gatherRefs(before);
  readLines(text, gathered.line, lengths);
  return gathered.refs();
}

export const sorted = (found: Iterable<unknown>): string[] => [...found].map((each) => JSON.stringify(each)).sort();

/** As git lists what is here: each once, by the bytes of their names. */
export const inOrder = (refs: RefAdvertisement): RefAdvertisement =>
  new Map([...refs].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));

/** Whether a fetch would change nothing, as a comparison finds it (workers/refs/compare.ts). */
export const isAllHere = (
  remote: RefAdvertisement,
  here: HereRefs,
  wanted: WantedRefs,
  comparison: Pick<Comparison, 'pruned'>,
): boolean => lacking(remote, here, wanted).next().done === true && !hasStale(remote, here, wanted, comparison);

// Owns: what is made of an upload-pack that complains rather than lists.
// Leaves: what each complaint means (test/shared/git-failures.test.ts), and real servers (poll.test.ts).
import { expect, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import { KEPT_BYTES, LISTING_BYTES } from '../../../src/shared/refs/ref-advertisement.ts';
import { listRefs } from '../../../src/workers/upload-pack/list-refs.ts';

type Failure = ReturnType<typeof failureOf>;

/** The failure of listing from an upload-pack that says this, piece by piece, on its stderr, and ends. */
const failureAfter = (...pieces: readonly string[]): Promise<Failure> => failureOfListing('stderr', pieces);

async function failureOfListing(stream: 'stdout' | 'stderr', pieces: Iterable<string>): Promise<Failure> {
  const uploadPack: Parameters<typeof listRefs>[0] = {
    serve: async ({ write }) => {
      for (const piece of pieces) write(stream, new TextEncoder().encode(piece));
    },
    expectFetch: () => undefined,
    sawListing: () => undefined,
    close: () => undefined,
  };
  const listed = listRefs(uploadPack, { refspecs: [], tags: true }, new AbortController().signal);
  return listed.then(
    () => expect.unreachable('it listed nothing'),
    (error: unknown) => failureOf(error),
  );
}

test('a complaint that comes in pieces is read whole', async () => {
  const failure = await failureAfter('fatal: repository ', "'/x' not ", 'found\n');
  expect(failure).toEqual({ code: 'no-repository', detail: "repository '/x' not found" });
});

test('of endless complaints only the first are kept', async () => {
  const chatter = Array<string>(20).fill(`${'é'.repeat(511)}\n`);
  const failure = await failureAfter(...chatter, 'fatal: returned error: 404\n');
  expect(failure.code).toBe('remote-error');
});

const pkt = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
const LONG = 'x'.repeat(1_000);

test.each([
  ['refs', KEPT_BYTES, (at: number) => pkt(`${'a'.repeat(40)} refs/${at}/${LONG}\n`)],
  ['lines that are no refs', LISTING_BYTES, () => pkt(LONG)],
])('of endless %s no more are taken than a thread has memory for', async (_what, most, lineOf) => {
  let told = 0;
  function* pieces(): Generator<string> {
    for (let piece = 0; ; piece += 1) {
      const lines = Array.from({ length: 1_000 }, (_line, at) => lineOf(piece * 1_000 + at)).join('');
      told += lines.length;
      // Far beyond what is to be taken.
      if (told > 2 * most) return;
      yield lines;
    }
  }
  expect(await failureOfListing('stdout', pieces())).toMatchObject({ code: 'too-many-refs' });
});

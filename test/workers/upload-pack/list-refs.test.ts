// Owns: what is made of an upload-pack that complains rather than lists.
// Leaves: what each complaint means (test/shared/git-failures.test.ts), and real servers (poll.test.ts).
import { expect, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import { listRefs } from '../../../src/workers/upload-pack/list-refs.ts';

type Failure = ReturnType<typeof failureOf>;

/** The failure of listing from an upload-pack that says this, piece by piece, on its stderr, and ends. */
const failureAfter = (...pieces: readonly string[]): Promise<Failure> => failureOfListing('stderr', pieces);

async function failureOfListing(stream: 'stdout' | 'stderr', pieces: readonly string[]): Promise<Failure> {
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

test.each([
  ['refs', (at: number) => `${'a'.repeat(40)} refs/${at.toString(36)}\n`],
  ['lines that are no refs', () => ''],
])(
  'of four hundred thousand %s under the limit of bytes no more are kept than a thread has memory for',
  async (_what, lineOf) => {
    const pieces = Array.from({ length: 400 }, (_piece, thousand) =>
      Array.from({ length: 1_000 }, (_line, at) => {
        const line = lineOf(thousand * 1_000 + at);
        return (line.length + 4).toString(16).padStart(4, '0') + line;
      }).join(''),
    );
    expect(await failureOfListing('stdout', [...pieces, '0000'])).toMatchObject({ code: 'too-many-refs' });
  },
);

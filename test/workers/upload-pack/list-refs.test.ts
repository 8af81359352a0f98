// Owns: what is made of an upload-pack that complains rather than lists.
// Leaves: what each complaint means (test/shared/git-failures.test.ts), and real servers (poll.test.ts).
import { expect, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import { listRefs } from '../../../src/workers/upload-pack/list-refs.ts';

/** The failure of listing from an upload-pack that says this, piece by piece, on its stderr, and ends. */
async function failureAfter(...pieces: readonly string[]): Promise<ReturnType<typeof failureOf>> {
  const uploadPack: Parameters<typeof listRefs>[0] = {
    serve: async ({ write }) => {
      for (const piece of pieces) write('stderr', new TextEncoder().encode(piece));
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
  expect(failure).toEqual({ code: 'no-repository', detail: "fatal: repository '/x' not found" });
});

test('of endless complaints only the first are kept', async () => {
  const chatter = Array<string>(20).fill(`${'é'.repeat(511)}\n`);
  const failure = await failureAfter(...chatter, 'fatal: returned error: 404\n');
  expect(failure.code).toBe('remote-error');
});

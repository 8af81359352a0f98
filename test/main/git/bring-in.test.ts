// Owns: how much one fetch brings in.
// Leaves: what may be brought in (nothing-lost.test.ts), and asking again (test/main/supervisor/remote/sync-state.test.ts).
import { expect, test } from 'vitest';
import { bringIn } from '../../../src/main/git/bring-in.ts';
import type { Steps } from '../../../src/main/git/operation.ts';
import { waitingRoom } from '../../../src/shared/refs/fetch-plan.ts';
import { remoteName } from '../../../src/shared/remote.ts';

const origin = remoteName('origin');
const [old, young] = ['1'.repeat(40), '2'.repeat(40)];

/** What git is asked for so many refs that moved, of which all or none are forward. */
async function asked(count: number, isForward: boolean) {
  const lines = Array.from({ length: count }, (_, at) =>
    [`${old} commit refs/x/${at} `, `${young} commit ${waitingRoom(origin)}x/${at} `].join('\n'),
  );
  const commands: string[] = [];
  const git: Steps['git'] = async (args) => {
    const command = args.find((word) => /^[a-z]+-[a-z-]+$/.test(word)) ?? '';
    commands.push(command);
    const status = command === 'merge-base' && !isForward ? 1 : 0;
    return { status, stdout: command === 'for-each-ref' ? lines.join('\n') : '', stderr: '' };
  };
  const { rest, leftOut } = await bringIn({ git, wait: async () => undefined }, {}, { remote: origin, waiting: [] });
  return { rest, leftOut: leftOut.length, looks: commands.filter((command) => command === 'merge-base').length };
}

test('so many refs are moved by one fetch, and the rest by those that follow it', async () => {
  expect(await asked(500, true)).toEqual({ rest: undefined, leftOut: 0, looks: 500 });
  expect(await asked(501, true)).toEqual({ rest: 'soon', leftOut: 0, looks: 500 });
  expect(await asked(501, false)).toEqual({ rest: 'later', leftOut: 500, looks: 500 });
});

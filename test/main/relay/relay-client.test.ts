// Owns: which program is taken to stand in for ssh.
// Leaves: what it does for git (test/workers/ssh/relay.test.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findRelayClient } from '../../../src/main/relay/relay-client.ts';
import { makeScratch } from '../../support/temp-repo.ts';

test.each([
  ['there is no perl', undefined],
  ['perl has no Socket.pm', 'echo "Can\'t locate Socket.pm" >&2; exit 2'],
  ['perl spells an address in a way we do not know', 'echo "1 1 0100 /"'],
])('where %s, Node is', async (_where, perl) => {
  const scratch = makeScratch(onTestFinished);
  const PATH = join(scratch.directory, 'path');
  mkdirSync(PATH);
  if (perl !== undefined) writeFileSync(join(PATH, 'perl'), `#!/bin/sh\n${perl}\n`, { mode: 0o755 });
  expect((await findRelayClient({ PATH }))[0]).toBe(process.execPath);
});

test('perl is told the numbers of its system, as Socket.pm is slow to load', async () => {
  const scratch = makeScratch(onTestFinished);
  const perl = join(scratch.directory, 'perl');
  writeFileSync(perl, '#!/bin/sh\nprintf "%s" "1 2 6a01 /x"\n', { mode: 0o755 });
  const client = await findRelayClient({ PATH: scratch.directory });
  expect(client.at(0)).toBe('perl');
  expect(client.slice(-3)).toEqual(['1', '2', '6a01']);
});

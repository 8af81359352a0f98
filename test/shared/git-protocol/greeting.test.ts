// Owns: which protocol is heard in the first bytes of an upload-pack.
// Leaves: what is said in it (ref-listing.test.ts).
import { expect, test } from 'vitest';
import { versionSpoken } from '../../../src/shared/git-protocol/greeting.ts';

test.each([
  ['000eversion 2\n', 'v2'],
  ['000eversion 2\n0012ls-refs', 'v2'],
  ['', 'unclear'],
  ['00', 'unclear'],
  ['000evers', 'unclear'],
  ['000eversion 1\n', 'other'],
  ['0032 refs of protocol v0', 'other'],
  ['ERR no such repository', 'other'],
  ['\u00ff\u0000', 'other'],
])('%j is %s', (said, version) => {
  expect(versionSpoken(Buffer.from(said, 'latin1'))).toBe(version);
});

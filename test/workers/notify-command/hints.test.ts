// Owns: which words of a line are names of refs.
// Leaves: what is reported of them (notify-command.test.ts).
import { expect, test } from 'vitest';
import { refsIn } from '../../../src/workers/notify-command/hints.ts';

test.each([
  ['', []],
  ['main', []],
  ['refs/heads/main', ['refs/heads/main']],
  ['  refs/heads/a\trefs/tags/v1 ', ['refs/heads/a', 'refs/tags/v1']],
  ['0123abcd refs/heads/main moved', ['refs/heads/main']],
  ['refs/heads/größe', ['refs/heads/größe']],
  ['refs/heads/a..b refs/heads/* refs/ xrefs/heads/a {"ref":"refs/heads/a"}', []],
])('%j names %j', (line, refs) => {
  expect(refsIn(line)).toEqual(refs);
});

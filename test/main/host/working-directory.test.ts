import { expect, test } from 'vitest';
import { lastingDirectory } from '../../../src/main/host/working-directory.ts';

test.each([
  ['a usual repository', '/w', '/w/.git', '/w'],
  ['a bare one', '/r.git', '/r.git', '/r.git'],
  ['a git dir deep in its own work tree', '/home/u', '/home/u/.dotfiles.git', '/home/u'],
  ['a work tree elsewhere, which may go', '/w', '/srv/w.git', '/srv/w.git'],
  ['a work tree whose name begins as that of the repository', '/srv/w', '/srv/w.git', '/srv/w.git'],
  ['a folder whose name begins with two dots', '/w', '/w/..git', '/w'],
])('a daemon stands where its repository is: %s', (_what, top, commonDir, at) => {
  expect(lastingDirectory({ top, commonDir })).toBe(at);
});

// Owns: a disk that hangs: a file system of this machine whose program never answers.
// Leaves: what is done about one (test/hostile).
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AtEnd } from './at-end.ts';

/** Mounts one at an empty directory. Whoever touches it waits until the end of the test, or is killed. */
export function mountHangingDisk(atEnd: AtEnd, directory: string): void {
  mkdirSync(directory, { recursive: true });
  // Requests are read from here, and nobody does (fuse(4)).
  const device = openSync('/dev/fuse', 'r+');
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
  const mounted = spawnSync('mount', ['-i', '-t', 'fuse.hangs', '-o', options, 'hangs', directory], {
    stdio: ['ignore', 'ignore', 'pipe', device],
    encoding: 'utf8',
  });
  atEnd(() => {
    // Whoever waits is told that nobody is there any more.
    closeSync(device);
    spawnSync('umount', ['-l', directory]);
  });
  if (mounted.status !== 0) throw new Error(`no disk that hangs: ${mounted.stderr}`);
}

/** Throws where there can be none, as without the right to mount. */
export function tryHangingDisk(): void {
  const directory = mkdtempSync(join(tmpdir(), 'grd-hangs-'));
  const ends: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })];
  try {
    mountHangingDisk((end) => ends.unshift(end), join(directory, 'disk'));
  } finally {
    for (const end of ends) end();
  }
}

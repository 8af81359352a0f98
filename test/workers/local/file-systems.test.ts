// Owns: which file system a path is on, and which of them hear nothing.
// Leaves: real mounts (local-watch.test.ts).
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { disksNow, disksOf, fileSystemOf, parseMounts } from '../../../src/workers/local/file-systems.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const TABLE = `22 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /mnt rw - tmpfs none rw
31 22 0:27 / /home rw,relatime shared:9 master:3 - autofs systemd-1 rw
32 31 0:40 / /home/me rw,relatime - nfs4 server:/home/me rw,hard
33 22 8:17 / /media/my\\040disk rw - fuseblk /dev/sdb1 rw
34 22 0:50 / /media/far rw - fuse.sshfs me@far: rw
35 22 8:33 / /both rw - ext4 /dev/sdc1 rw
36 22 0:51 / /both rw - cifs //server/share rw
37 22 0:52 / /media/gerät rw - vfat /dev/sdd1 rw
a line that is odd
`;

test.each([
  ['/', 'ext4'],
  ['/srv/repo', 'ext4'],
  ['/mnt', 'tmpfs'],
  ['/mnt/x/y', 'tmpfs'],
  ['/mnt2', 'ext4'],
  ['/home/me/repo', 'nfs4'],
  ['/home/you', 'autofs'],
  ['/media/my disk/repo.git', 'fuseblk'],
  ['/media/far/repo', 'fuse.sshfs'],
  ['/both/x', 'cifs'],
  ['/media/gerät/x', 'vfat'],
])('%s is on %s', (place, type) => {
  expect(fileSystemOf(place, parseMounts(TABLE))).toBe(type);
});

test('without a table nothing is known, and nothing refused', () => {
  expect(fileSystemOf('/srv', [])).toBeUndefined();
  expect(() => disksOf([]).refuseDeaf('/srv')).not.toThrow();
});

test('the file system the tests run on hears what happens', () => {
  const scratch = makeScratch(onTestFinished);
  expect(disksNow().find(scratch.directory)).toEqual({ kind: 'there', place: realpathSync(scratch.directory) });
});

test('links are followed as the system follows them', () => {
  const { directory } = makeScratch(onTestFinished);
  const at = (...names: readonly string[]): string => join(directory, ...names);
  mkdirSync(at('a/b'), { recursive: true });
  symlinkSync('a/b/../b', at('relative'));
  symlinkSync(at('relative'), at('absolute'));
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('loop', at('loop'));
  const disks = disksNow();
  expect(disks.find(`${at('absolute')}/../b`)).toEqual({ kind: 'there', place: realpathSync(at('a/b')) });
  for (const name of ['dangling', 'loop', 'missing/deeper']) expect(disks.find(at(name))).toEqual({ kind: 'gone' });
});

test('a way that links make too long is not gone to its end', () => {
  const { directory } = makeScratch(onTestFinished);
  mkdirSync(join(directory, 'a'));
  for (let link = 0; link < 30; link += 1)
    symlinkSync(`${'a/../'.repeat(800)}link${link + 1}`, join(directory, `link${link}`));
  const [disks, first] = [disksNow(), join(directory, 'link0')];
  expect(() => disks.find(first)).toThrow(expect.objectContaining({ code: 'cannot-watch' }));
  expect(disks.steps()).toBeLessThan(5_000);
});

test('a link onto a file system of others is refused, and nothing there is touched', () => {
  const { directory } = makeScratch(onTestFinished);
  const [far, link] = [join(directory, 'far'), join(directory, 'link')];
  symlinkSync(far, link);
  // Were it touched, it would be found not to be there.
  const disks = disksOf([...parseMounts(TABLE), { point: far, type: 'nfs' }]);
  expect(() => disks.find(join(link, 'deeper'))).toThrow(`${far} is on nfs, where changes go unheard`);
});

test('what an automounter has not mounted yet is not asked for by us', () => {
  expect(disksOf(parseMounts(TABLE)).find('/home/you/repo')).toEqual({ kind: 'unasked' });
});

test.runIf(process.platform === 'linux')('the table of this machine is understood', async () => {
  const { readFile } = await import('node:fs/promises');
  expect(fileSystemOf('/proc/self', parseMounts(await readFile('/proc/self/mountinfo', 'utf8')))).toBe('proc');
});

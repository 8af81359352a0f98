// Owns: a remote that is a path of this machine, and goes away: a folder that is renamed, a disk that is unmounted.
// Leaves: what moves while it is there (local.test.ts).
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lacksAbility } from '../support/abilities.ts';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, startConnected, untilRef } from '../support/scene.ts';
import { commit, openRepo } from '../support/temp-repo.ts';

const run = promisify(execFile);
const ORIGIN_MAIN = 'refs/remotes/origin/main';
/** It is looked for every 2 s; a machine that is busy with other tests gets more. */
const SOON_MS = 2_000 + 8_000;

test('a path that goes is DISCONNECTED, and when it is back it is soon CONNECTED and caught up with', async () => {
  const scene = await localScene(onTestFinished);
  const daemon = await startConnected(onTestFinished, scene);
  const away = `${scene.server.directory}-away`;
  renameSync(scene.server.directory, away);
  await daemon.line('DISCONNECTED origin');
  await daemon.line(/^WARNING origin .* is not there$/);
  const tip = await commit(scene.server.writer);
  await scene.server.writer.git('push', '--quiet', away, 'HEAD:main');
  renameSync(away, scene.server.directory);
  const backAtMs = performance.now();
  const { atMs } = await daemon.line('CONNECTED origin');
  expect(atMs - backAtMs).toBeLessThan(SOON_MS);
  await untilRef(scene.clone, ORIGIN_MAIN, tip);
});

test('a path that is not there yet is watched once it is, and said to be missing only once', async () => {
  const scene = await localScene(onTestFinished);
  const away = `${scene.server.directory}-away`;
  renameSync(scene.server.directory, away);
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line(/^WARNING origin .* is not there$/);
  const lookedAt = new Set<string>();
  await until('it was looked for again and again', async () => {
    const { stdout } = await runProgram(scene.clone.directory, scene.scratch.env, 'status', '--json');
    for (const [time] of stdout.matchAll(/(?<="at": ?")[^"]+/g)) lookedAt.add(time);
    return lookedAt.size >= 3;
  });
  renameSync(away, scene.server.directory);
  await daemon.line('CONNECTED origin');
  expect(daemon.lines.count(/^WARNING/)).toBe(1);
  expect(daemon.lines.count(/^DISCONNECTED/)).toBe(0);
});

describe.skipIf(lacksAbility('a disk that is unmounted', 'mounting is not permitted here', mountAndUnmount))(
  'a removable disk',
  () => {
    test('can be unmounted while it is watched, and is caught up with when it is back', async () => {
      const scene = await localScene(onTestFinished);
      const disk = join(scene.scratch.directory, 'disk');
      const inDisk = async (): Promise<void> => {
        await run('mount', ['-t', 'tmpfs', 'none', disk]);
        await openRepo(disk, scene.scratch.env).git('clone', '--quiet', '--bare', scene.server.directory, 'repo.git');
      };
      mkdirSync(disk);
      // Lazily: what is being killed may still be in there.
      onTestFinished(() => run('umount', ['-l', disk]).then(nothing, nothing));
      await inDisk();
      await scene.clone.git('remote', 'set-url', 'origin', join(disk, 'repo.git'));
      const daemon = await startConnected(onTestFinished, scene);
      // What it is just comparing, it lets go of in a moment.
      await until('it can be unmounted', () => run('umount', [disk]).then(yes, no));
      await daemon.line('DISCONNECTED origin');
      const tip = await scene.server.pushCommit();
      await inDisk();
      await daemon.line('CONNECTED origin');
      await untilRef(scene.clone, ORIGIN_MAIN, tip);
    });
  },
);

const nothing = (): void => undefined;
const yes = (): boolean => true;
const no = (): boolean => false;

function mountAndUnmount(directory: string): void {
  execFileSync('mount', ['-t', 'tmpfs', 'none', directory], { stdio: 'ignore' });
  execFileSync('umount', [directory], { stdio: 'ignore' });
}

// Owns: that a path remote which is not what it seems, or whose disk hangs, costs no other remote anything.
// Leaves: what is read there and how (test/workers/local, test/shared/system/read-regular-file.test.ts).
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lacksAbility } from '../support/abilities.ts';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { mountHangingDisk, tryHangingDisk } from '../support/hanging-disk.ts';
import { linkTo, makeEndless, makeFifo, type OddFile } from '../support/odd-files.ts';
import { localScene, untilRef } from '../support/scene.ts';
import { makeServerRepo, type ServerRepo } from '../support/temp-repo.ts';

/** On a machine with two processors that runs other tests as well. */
const SOON_MS = 10_000;
const MOST_MB = 350;

/** Found when it is opened; nobody waits for any of them, as test/workers/local/odd-files.test.ts tells one by one. */
const ODD: Readonly<Record<string, OddFile>> = {
  fifohead: { name: 'HEAD', make: makeFifo },
  zeropacked: { name: 'packed-refs', make: makeEndless },
};

/** Found when it has been connected for some time. */
const LATER: Readonly<Record<string, OddFile>> = {
  laterpacked: { name: 'packed-refs', make: makeFifo },
};

/** A daemon whose `origin` is good, beside remotes of these names, each a repository of its own. */
async function setStage(names: readonly string[]) {
  const scene = await localScene(onTestFinished);
  const odd: Record<string, ServerRepo> = {};
  for (const name of names) {
    odd[name] = await makeServerRepo(scene.scratch, name);
    await scene.clone.git('remote', 'add', name, odd[name].directory);
  }
  const gitDirOf = (name: string): string => odd[name]?.directory ?? expect.unreachable(name);
  const start = () => startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  const fetchesSoon = async (): Promise<void> => {
    const tip = await scene.server.pushCommit();
    const before = performance.now();
    await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
    expect(performance.now() - before).toBeLessThan(SOON_MS);
    const { stdout } = await runProgram(scene.clone.directory, scene.scratch.env, 'status', '-v');
    expect(stdout).toMatch(/^origin: connected/m);
  };
  return { ...scene, gitDirOf, start, fetchesSoon };
}

const peakMb = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

test('what is no file where git looks for one is told of, waited for by nobody, and costs the others nothing', async () => {
  const { start, gitDirOf, fetchesSoon } = await setStage([...Object.keys(ODD), ...Object.keys(LATER)]);
  for (const [remote, { name, make }] of Object.entries(ODD)) make(join(gitDirOf(remote), name));
  const daemon = start();
  await daemon.line('CONNECTED origin');
  for (const name of Object.keys(LATER)) await daemon.line(`CONNECTED ${name}`);
  for (const [remote, { name }] of Object.entries(ODD))
    await daemon.line((line) => line.startsWith(`WARNING ${remote} `) && line.includes(`${name} is no file`));
  await fetchesSoon();
  for (const [remote, { name, make }] of Object.entries(LATER)) make(join(gitDirOf(remote), name));
  for (const [remote, { name }] of Object.entries(LATER)) {
    await daemon.line(`DISCONNECTED ${remote}`);
    await daemon.line((line) => line.startsWith(`WARNING ${remote} `) && line.includes(`${name} is no file`));
  }
  await fetchesSoon();
  if (process.platform === 'linux') expect(peakMb(daemon.pid)).toBeLessThan(MOST_MB);
  daemon.send('STOP');
  await daemon.gone(SOON_MS);
});

describe.skipIf(lacksAbility('disks that hang', 'mounting is not permitted here', tryHangingDisk))(
  'a disk hangs',
  () => {
    test('that a remote is on, or that a link in one leads to: its place is left alone, and STOP ends all', async () => {
      const { clone, scratch, start, gitDirOf, fetchesSoon } = await setStage(['later', 'packed']);
      const disk = join(scratch.directory, 'disk');
      mountHangingDisk(onTestFinished, disk);
      symlinkSync(join(disk, 'repo.git'), join(scratch.directory, 'link'));
      linkTo(join(gitDirOf('packed'), 'packed-refs'), join(disk, 'packed-refs'));
      // Each would keep a thread of Node's, or all of a thread's links, had anybody touched it there.
      for (const name of ['on1', 'on2']) await clone.git('remote', 'add', name, join(disk, name));
      for (const name of ['link1', 'link2']) await clone.git('remote', 'add', name, join(scratch.directory, 'link'));
      const daemon = start();
      await daemon.line('CONNECTED origin');
      await daemon.line('CONNECTED later');
      await fetchesSoon();
      linkTo(join(gitDirOf('later'), 'refs/heads/x'), join(disk, 'x'));
      await daemon.line('DISCONNECTED later');
      await fetchesSoon();
      if (process.env.HOSTILE_LONG) {
        // After ten seconds.
        await daemon.line(/^WARNING on1 .*disk\/on1 does not answer/, 30_000);
        await fetchesSoon();
      }
      daemon.send('STOP');
      await daemon.gone(SOON_MS);
    });

    test('that a registered repository is on: it is told of, and so are the others', async () => {
      const { clone, scratch } = await localScene(onTestFinished);
      const disk = join(scratch.directory, 'disk');
      mountHangingDisk(onTestFinished, disk);
      const all = [join(disk, 'one'), join(scratch.directory, 'gone'), join(disk, 'two'), clone.directory];
      for (const top of all) await clone.git('config', '--global', '--add', 'remotedaemon.repo', top);
      const { stdout, status } = await runProgram(clone.directory, scratch.env, 'status', '--all');
      expect(stdout.split('\n')).toEqual([
        `${all[0]}: the disk that it is on does not answer`,
        expect.stringMatching(/gone: is gone; /),
        `${all[2]}: the disk that it is on does not answer`,
        `${clone.directory}: no daemon is running here`,
        '',
      ]);
      expect(status).toBe(1);
    });
  },
);

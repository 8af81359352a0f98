// Owns: the main job where the remote is a path of this machine: every kind of change arrives, and soon.
// Leaves: what is a change to a file (test/workers/local).
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { lacksAbility } from '../support/abilities.ts';
import { createReleases } from '../support/at-end.ts';
import { type Daemon, listed } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, startConnected, untilQuiet, untilRef, untilStatus } from '../support/scene.ts';
import { cloneRepo, commit, makeRepo, makeScratch } from '../support/temp-repo.ts';

const ORIGIN_MAIN = 'refs/remotes/origin/main';
/** Issue 3 says 100 ms until it is noticed; a machine that is busy with other tests gets more. */
const SOON_MS = 1_000;

describe('while a daemon watches it', () => {
  const releases = createReleases();
  let scene: Awaited<ReturnType<typeof localScene>>;
  let daemon: Daemon;

  beforeAll(async () => {
    scene = await localScene(releases.atEnd);
    await scene.clone.git('config', 'fetch.prune', 'true');
    daemon = await startConnected(releases.atEnd, scene);
  });
  afterAll(releases.releaseAll);
  // Each has a tip of its own, and nothing else on the way.
  beforeEach(async () => {
    await untilRef(scene.clone, ORIGIN_MAIN, await scene.server.pushCommit());
    await untilQuiet(daemon);
    daemon.lines.forget();
  });

  test('a push is fetched at once', async () => {
    const delays: number[] = [];
    for (let pushes = 0; pushes < 5; pushes += 1) {
      const tip = await scene.server.pushCommit();
      const pushedAtMs = performance.now();
      const { atMs } = await daemon.line('SYNCING origin');
      delays.push(atMs - pushedAtMs);
      await daemon.line('DONESYNCING origin 1');
      await untilRef(scene.clone, ORIGIN_MAIN, tip);
    }
    expect(daemon.lines.count(/^DISCONNECTED|^WARNING/)).toBe(0);
    // What else runs on this machine may hold up one, but not all.
    expect(Math.min(...delays)).toBeLessThan(SOON_MS);
  });

  test('status says that the file system is watched', async () => {
    await untilStatus(scene, `watched by a file system watch of ${scene.server.directory}`);
  });

  test('a branch that is new at a known commit, set back, and deleted arrives each time', async () => {
    const older = await scene.server.git('rev-parse', 'main');
    const newer = await scene.server.pushCommit();
    await scene.server.git('update-ref', 'refs/heads/side', newer);
    await untilRef(scene.clone, 'refs/remotes/origin/side', newer);
    await scene.server.git('update-ref', 'refs/heads/side', older);
    await untilRef(scene.clone, 'refs/remotes/origin/side', older);
    await scene.server.git('update-ref', '-d', 'refs/heads/side');
    await untilRef(scene.clone, 'refs/remotes/origin/side', undefined);
  });

  test('what is packed is not fetched for that, and moves and goes as any other', async () => {
    await untilRef(scene.clone, 'refs/remotes/origin/packed', await scene.server.pushCommit('packed'));
    await untilQuiet(daemon);
    daemon.lines.forget();
    const fetches = daemon.lines.count('SYNCING origin');
    await scene.server.git('pack-refs', '--all');
    const moved = await scene.server.pushCommit('packed');
    await untilRef(scene.clone, 'refs/remotes/origin/packed', moved);
    await daemon.line('DONESYNCING origin 1');
    expect(daemon.lines.count('SYNCING origin')).toBe(fetches + 1);
    await scene.server.git('pack-refs', '--all');
    await scene.server.git('update-ref', '-d', 'refs/heads/packed', moved);
    await untilRef(scene.clone, 'refs/remotes/origin/packed', undefined);
  });

  test('a new tag on an old commit arrives', async () => {
    const old = await scene.server.git('rev-parse', 'main');
    await untilRef(scene.clone, ORIGIN_MAIN, await scene.server.pushCommit());
    await scene.server.git('tag', 'v1', old);
    await untilRef(scene.clone, 'refs/tags/v1', old);
  });

  test('after fifty pushes in a row the last is there', async () => {
    let tip = '';
    for (let pushes = 0; pushes < 50; pushes += 1) tip = await scene.server.pushCommit();
    await untilRef(scene.clone, ORIGIN_MAIN, tip);
  });
});

test('what moved while no daemon ran, and while it was paused, is caught up with', async () => {
  const scene = await localScene(onTestFinished);
  const before = await scene.server.pushCommit();
  const daemon = await startConnected(onTestFinished, scene);
  await untilRef(scene.clone, ORIGIN_MAIN, before);
  daemon.send('PAUSE');
  await daemon.line('DISCONNECTED origin');
  const during = await scene.server.pushCommit();
  daemon.send('RESUME');
  await daemon.line('CONNECTED origin');
  await untilRef(scene.clone, ORIGIN_MAIN, during);
});

test.each([
  ['a path from the top of the work tree', () => '../server.git'],
  ['the path without .git', () => '../server'],
  ['a file:// URL', (path: string) => `file://${path}`],
  ['a path in the home directory', () => '~/../server.git'],
])('%s is watched too', async (_what, urlOf) => {
  const scene = await localScene(onTestFinished);
  await scene.clone.git('remote', 'set-url', 'origin', urlOf(scene.server.directory));
  const daemon = await startConnected(onTestFinished, scene);
  const tip = await scene.server.pushCommit();
  await daemon.line('SYNCING origin');
  await untilRef(scene.clone, ORIGIN_MAIN, tip);
});

test("two repositories that are each other's remote come to rest", async () => {
  const scratch = makeScratch(onTestFinished);
  const one = await makeRepo(scratch, 'one');
  await commit(one);
  const two = await cloneRepo(scratch, one.directory, 'two');
  await one.git('remote', 'add', 'origin', two.directory);
  const daemons = [];
  for (const clone of [one, two]) daemons.push(await startConnected(onTestFinished, { clone, scratch }));
  const tip = await commit(one);
  await untilRef(two, ORIGIN_MAIN, tip);
  const end = await commit(two);
  await untilRef(one, ORIGIN_MAIN, end);
  for (const daemon of daemons) await untilQuiet(daemon);
  // Each commit earns a fetch over there, whose tracking ref earns one back, which moves nothing.
  for (const daemon of daemons) expect(daemon.lines.count('SYNCING origin')).toBeLessThan(8);
});

test.runIf(process.platform === 'linux')(
  'at the end nothing of the daemon is left, and while it watches it holds nothing of the remote open',
  async () => {
    const scene = await localScene(onTestFinished);
    const daemon = await startConnected(onTestFinished, scene);
    await scene.server.pushCommit();
    await daemon.line('DONESYNCING origin 1');
    // The daemon may have found no time to see whose stdin and stdout these are, and has cat(1) between for that.
    const others = () => daemon.processes().filter(({ pid, command }) => pid !== daemon.pid && command !== 'cat');
    await until(
      () => `git is done, but ${listed(others())}`,
      () => others().length === 0,
    );
    // What it has just heard of it may still read.
    await until('nothing of the remote is open', () =>
      openFiles(daemon.pid).every((file) => !file.startsWith(scene.server.directory)),
    );
    daemon.send('STOP');
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  },
);

describe.skipIf(lacksAbility('a reftable', 'this git knows no --ref-format=reftable', makeReftable))(
  'in a reftable',
  () => {
    test('what is new, set back, deleted and compacted is fetched', async () => {
      const scene = await localScene(onTestFinished);
      await scene.clone.git('config', 'fetch.prune', 'true');
      const older = await scene.server.git('rev-parse', 'main');
      const newer = await scene.server.pushCommit();
      const server = await makeRepo(scene.scratch, 'tables.git', '--bare', '--ref-format=reftable');
      await scene.server.git('push', '--quiet', '--mirror', server.directory);
      await scene.clone.git('remote', 'set-url', 'origin', server.directory);
      await startConnected(onTestFinished, scene);
      await server.git('update-ref', 'refs/heads/side', newer);
      await untilRef(scene.clone, 'refs/remotes/origin/side', newer);
      await server.git('update-ref', 'refs/heads/side', older);
      await untilRef(scene.clone, 'refs/remotes/origin/side', older);
      await server.git('pack-refs', '--all');
      await server.git('update-ref', '-d', 'refs/heads/side');
      await untilRef(scene.clone, 'refs/remotes/origin/side', undefined);
    });
  },
);

function makeReftable(directory: string): void {
  execFileSync('git', ['init', '--quiet', '--bare', '--ref-format=reftable', directory], { stdio: 'ignore' });
}

/** What a process has open, and where it is. */
function openFiles(pid: number): string[] {
  const links = [`/proc/${pid}/cwd`, ...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`)];
  return links.flatMap((link) => {
    try {
      return [readlinkSync(link)];
    } catch {
      // It was closed in between.
      return [];
    }
  });
}

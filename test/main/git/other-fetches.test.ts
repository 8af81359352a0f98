// Owns: that a git which fetches here is seen whoever started it, and no other; and that ours gives way to it.
// Leaves: what a pull then comes to (test/bench/sections/beside.ts).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { givingWay } from '../../../src/main/git/give-way.ts';
import { MOST_LOOKED_AT, watchOthers } from '../../../src/main/git/other-fetches.ts';
import type { GitExit } from '../../../src/main/git/run-git.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { lacksAbility } from '../../support/abilities.ts';
import { until } from '../../support/next-line.ts';
import { cloneRepo, makeScratch, makeServerRepo, type Scratch } from '../../support/temp-repo.ts';
import { placeOf, script } from './git-place.ts';

const noProc = lacksAbility('seeing what else fetches', 'there is no /proc', () => readdirSync('/proc/self/fd'));

/** A clone, and a git in it that fetches until the file it waits for is there. */
async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  return { scratch, server, repo };
}

function hang(scratch: Scratch, directory: string, words: readonly string[], env: Record<string, string> = {}) {
  const go = `${scratch.directory}/go`;
  const uploadPack = script(
    scratch,
    'hanging',
    `while [ ! -e ${go} ]; do sleep 0.05; done`,
    'exec git-upload-pack "$@"',
  );
  const child = spawn('git', words, {
    cwd: directory,
    env: {
      ...scratch.env,
      ...env,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'remote.origin.uploadpack',
      GIT_CONFIG_VALUE_0: uploadPack,
    },
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const letGo = (): void => writeFileSync(go, '');
  onTestFinished(async () => {
    letGo();
    await exited;
  });
  return { letGo, exited };
}

test.skipIf(noProc)('a fetch or pull of the user is seen while it lasts, in any folder of the work tree', async () => {
  const { scratch, repo } = await setUp();
  const seesOther = watchOthers(repo.directory);
  expect(seesOther()).toBe(false);
  const { letGo, exited } = hang(scratch, `${repo.directory}/.git`, ['fetch', '--quiet', 'origin']);
  await until('it is seen', async () => seesOther());
  letGo();
  await exited;
  await until('it is seen no more', async () => !seesOther());
});

test.skipIf(noProc)('one of ours, one elsewhere, and a git that does not fetch are not seen', async () => {
  const { scratch, server, repo } = await setUp();
  const elsewhere = await cloneRepo(scratch, server.directory, 'elsewhere');
  const all = watchOthers(scratch.directory);
  hang(scratch, repo.directory, ['fetch', '--quiet', 'origin'], { GIT_REFLOG_ACTION: 'remote-daemon' });
  hang(scratch, repo.directory, ['ls-remote', '--quiet', 'origin']);
  hang(scratch, elsewhere.directory, ['fetch', '--quiet', 'origin']);
  await until('the one elsewhere is seen', async () => all());
  expect(watchOthers(repo.directory)()).toBe(false);
});

test.skipIf(noProc)('ours waits for it, and is a success', async () => {
  const { scratch, server, repo } = await setUp();
  const { letGo } = hang(scratch, repo.directory, ['fetch', '--quiet', 'origin']);
  const seesOther = watchOthers(repo.directory);
  await until('it is seen', async () => seesOther());
  const tip = await server.pushCommit();
  let isDone = false;
  const place = { ...placeOf(scratch, repo), seesOther };
  const ours = startFetch(place, { remote: remoteName('origin'), mode: 'fetch' }).finished.finally(() => {
    isDone = true;
  });
  expect(isDone).toBe(false);
  letGo();
  expect(await ours).toMatchObject({ ok: true });
  expect(await repo.git('rev-parse', 'origin/main')).toBe(tip);
});

/** What this process has read, of files in /proc as well. */
const bytesRead = (): number => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);

test.skipIf(noProc)('a command line of megabytes is not read, neither here nor elsewhere', async () => {
  const scratch = makeScratch(onTestFinished);
  const here = `${scratch.directory}/here`;
  mkdirSync(here);
  const program = `${scratch.directory}/git-long`;
  symlinkSync('/bin/sh', program);
  for (const cwd of [here, scratch.directory]) {
    const long = Array.from({ length: 15 }, () => 'x'.repeat(100_000));
    const child = spawn(program, ['-c', 'echo; read line', ...long], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => void child.stdin.end());
    await once(child.stdout, 'data');
  }
  const [looks, before] = [watchOthers(here), bytesRead()];
  expect(looks()).toBe(false);
  expect(bytesRead() - before).toBeLessThan(500_000);
});

test('one that has just ended is not seen, as nobody can say any more whose it was', () => {
  const scratch = makeScratch(onTestFinished);
  const [here, proc] = [`${scratch.directory}/here`, `${scratch.directory}/proc`];
  const ending = `${proc}/1000`;
  mkdirSync(ending, { recursive: true });
  symlinkSync(here, `${ending}/cwd`);
  writeFileSync(`${ending}/comm`, 'git\n');
  writeFileSync(`${ending}/cmdline`, 'git\0fetch\0');
  writeFileSync(`${ending}/environ`, '');
  expect(watchOthers(here, () => 0, proc)()).toBe(false);
  writeFileSync(`${ending}/environ`, 'HOME=/home/me\0');
  expect(watchOthers(here, () => 0, proc)()).toBe(true);
});

test.each([
  ['git remote rename origin up', true],
  ['git remote -v rm pr', true],
  ['git remote show origin', false],
  ['git remote update', false],
  ['git log rename', false],
  ['git fetch remote-daemon', true],
  ['git remote-daemon fetch origin', false],
  ['git -C . remote-daemon fetch', false],
])('that %s is to be given way to: %s', (words, isSeen) => {
  const scratch = makeScratch(onTestFinished);
  const [here, proc] = [`${scratch.directory}/here`, `${scratch.directory}/proc`];
  mkdirSync(`${proc}/1000`, { recursive: true });
  symlinkSync(here, `${proc}/1000/cwd`);
  writeFileSync(`${proc}/1000/comm`, 'git\n');
  writeFileSync(`${proc}/1000/cmdline`, `${words.replaceAll(' ', '\0')}\0`);
  writeFileSync(`${proc}/1000/environ`, 'HOME=/home/me\0');
  expect(watchOthers(here, () => 0, proc)()).toBe(isSeen);
});

test('where there are very many processes each look sees to some of them, and none is left out for good', () => {
  const scratch = makeScratch(onTestFinished);
  const [here, proc] = [`${scratch.directory}/here`, `${scratch.directory}/proc`];
  mkdirSync(proc);
  const pids = Array.from({ length: MOST_LOOKED_AT + 1 }, (_, at) => String(1_000 + at));
  for (const pid of pids) mkdirSync(`${proc}/${pid}`);
  const last = `${proc}/${pids.at(-1)}`;
  symlinkSync(here, `${last}/cwd`);
  writeFileSync(`${last}/comm`, 'git\n');
  writeFileSync(`${last}/cmdline`, 'git\0fetch\0');
  writeFileSync(`${last}/environ`, 'HOME=/home/me\0');
  let nowMs = 0;
  const looks = watchOthers(here, () => (nowMs += 1), proc);
  const seenAfter = [1, 2, 3, 4].find(() => {
    nowMs += 10_000;
    return looks();
  });
  expect(seenAfter).toBeGreaterThan(1);
});

const DONE: GitExit = { status: 0, stdout: '', stderr: '' };
const steps = {
  git: async () => DONE,
  wait: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  shared: <T>(run: () => Promise<T>) => run(),
  moved: () => undefined,
};

/** What is run ends only when it is cut; `others` says whether there is another at each look. */
async function runsOf(others: (looks: number) => boolean): Promise<{ runs: number; cut: number }> {
  let [looks, runs, cut] = [0, 0, 0];
  const sees = (): boolean => others(looks++);
  await givingWay(steps, sees, async (signal) => {
    runs += 1;
    if (signal === undefined || runs === 2) return DONE;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    cut += 1;
    return { ...DONE, status: undefined };
  });
  return { runs, cut };
}

test('ours is ended for one that comes while it runs, and run again when that is gone', async () => {
  expect(await runsOf((looks) => looks >= 3 && looks < 6)).toEqual({ runs: 2, cut: 1 });
});

test('who fetches all the time is not given way to for ever', async () => {
  let [runs, looks] = [0, 0];
  // Another comes at each start of ours.
  const sees = (): boolean => looks++ % 2 === 1;
  await givingWay(steps, sees, async (signal) => {
    runs += 1;
    if (signal === undefined) return DONE;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return { ...DONE, status: undefined };
  });
  expect(runs).toBe(4);
});

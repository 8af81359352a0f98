// Owns: the watcher's script in the shells it may meet: every change is told by name, nothing else is, nothing stays.
// Leaves: ssh around it (server-watch.test.ts), and the servers that run no script (server-watch-openssh.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { commit, makeRepo, makeScratch, makeServerRepo, type Scratch } from '../../../support/temp-repo.ts';
import { lacksShells, pathOf, quickenLooks, SHELLS, type Shell, startWatcher } from './watcher-shell.ts';

const TESTED = 'the watcher for servers in the shells of servers';
const noShells = lacksShells(TESTED);
const noInotify = lacksPeers(`${TESTED}, by inotifywait`, 'inotifywait');

function pathToLook(scratch: Scratch): string {
  const path = pathOf(scratch, {});
  quickenLooks(path);
  return path;
}

const WAYS = [
  ['inotifywait', noInotify, () => undefined],
  ['looking', false, pathToLook],
] as const;

describe.each(WAYS)('by %s', (way, lacksIt, path) => {
  const skipped = lacksIt || noShells;
  const start = async (shell: Shell = SHELLS[0][1]) => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const PATH = path(scratch) ?? scratch.env.PATH ?? '';
    const program = findProgram(shell[0]) ?? shell[0];
    const watch = async () => {
      const watcher = startWatcher(onTestFinished, {
        scratch,
        path: repo.directory,
        shell: [program, ...shell.slice(1)],
        env: { ...scratch.env, PATH },
      });
      await watcher.lines.next('HELLO');
      await watcher.lines.next(`READY ${way}`);
      return watcher;
    };
    return { scratch, repo, watch, ...(await watch()) };
  };

  test.skipIf(skipped).each(SHELLS)(
    '%s tells every change by the name of its ref, and leaves nothing running at the end of its input',
    async (_name, shell) => {
      const { repo, lines, child, processes } = await start(shell);
      const push = (...what: readonly string[]) => repo.writer.git('push', '--quiet', '--force', 'origin', ...what);
      const older = await repo.git('rev-parse', 'main');
      const newer = await repo.pushCommit();
      await lines.next(`MOVED ${newer} refs/heads/main`);
      await push(`${newer}:refs/heads/deep/in/folders`);
      await lines.next(`MOVED ${newer} refs/heads/deep/in/folders`);
      await push(`${older}:refs/heads/main`);
      await lines.next(`MOVED ${older} refs/heads/main`);
      await push(`${older}:refs/tags/of-old`);
      await lines.next(`MOVED ${older} refs/tags/of-old`);
      await repo.git('pack-refs', '--all');
      await push(':refs/heads/deep/in/folders');
      await lines.next('GONE refs/heads/deep/in/folders');
      await push(`${newer}:refs/heads/main`, `${newer}:refs/heads/deep/in/folders`);
      await lines.next(`MOVED ${newer} refs/heads/deep/in/folders`);
      await lines.next(`MOVED ${newer} refs/heads/main`);
      await lines.next((line) => line === 'DONE' && lines.seen.at(-1)?.text === line);
      expect(lines.count(/^(?!HELLO$|READY |MOVED |GONE |DONE$)/)).toBe(0);
      await until('all of it runs', () => processes().length > 2);
      child.stdin?.end();
      await until('nothing is left of it', () => processes().length === 0);
    },
  );

  test.skipIf(skipped)('of many moves in a row the last is told, and few twice', async () => {
    const { scratch, repo, lines } = await start();
    const [root, tree] = (await repo.git('rev-parse', 'main', 'main^{tree}')).split('\n');
    // Each is told when it is there, or the one that has come in its place.
    const moves = `
      tip=${root}
      for each in $(seq 50); do
        tip=$(git -c user.name=a -c user.email=a@b commit-tree -p $tip -m $each ${tree})
        git update-ref refs/heads/main $tip
      done`;
    execFileSync('sh', ['-c', moves], { cwd: repo.directory, env: scratch.env });
    await lines.next(`MOVED ${await repo.git('rev-parse', 'main')} refs/heads/main`);
    const told = lines.seen.filter(({ text }) => text.startsWith('MOVED')).map(({ text }) => text);
    // It moved again before it could be told: both files that were put in place have led to the later one.
    expect(new Set(told).size).toBeGreaterThan(told.length / 2);
  });

  test.skipIf(skipped)('housekeeping is not told', async () => {
    const { repo, lines } = await start();
    for (const name of ['one', 'two', 'three']) await repo.pushCommit(name);
    await lines.next(/refs\/heads\/three$/);
    const before = lines.seen.length;
    await repo.git('gc', '--quiet', '--prune=now');
    await repo.git('pack-refs', '--all', '--prune');
    await repo.git('config', 'a.b', 'c');
    const tip = await repo.pushCommit('after');
    await lines.next(`MOVED ${tip} refs/heads/after`);
    expect(lines.seen.slice(before).filter(({ text }) => /^(?:MOVED|GONE)/.test(text))).toHaveLength(1);
  });

  test.skipIf(skipped).each(SHELLS)(
    '%s says so when the repository keeps its refs in another format, or is moved away',
    async (_name, shell) => {
      const { repo, lines, watch } = await start(shell);
      await repo.git('config', 'extensions.refStorage', 'reftable');
      mkdirSync(join(repo.directory, 'reftable'));
      await lines.next('FAILED error the repository keeps its refs in another format now');
      rmdirSync(join(repo.directory, 'reftable'));
      await repo.git('config', '--file', 'config', '--unset', 'extensions.refStorage');
      const again = await watch();
      renameSync(repo.directory, `${repo.directory}-away`);
      await again.lines.next('FAILED error the repository is not where it was');
    },
  );

  test.skipIf(skipped)('it says so when the repository is removed', async () => {
    const { repo, lines } = await start();
    rmSync(repo.directory, { recursive: true });
    await lines.next(/^FAILED error /);
  });
});

describe.skipIf(noShells)('with the tools of busybox', () => {
  test('a push is told', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const PATH = pathOf(scratch, { busybox: ['awk', 'dd', 'find', 'sleep', 'stat', 'sh'] });
    const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env: { ...scratch.env, PATH } });
    await lines.next('READY looking');
    for (const branch of ['main', 'new/branch']) {
      const tip = await repo.pushCommit(branch);
      await lines.next(`MOVED ${tip} refs/heads/${branch}`);
    }
  });
});

describe('the repository is found', () => {
  const ODD = `it's "a" $(repo) \`x\`; & #!.git`;
  const LAYOUTS: readonly (readonly [string, (scratch: Scratch) => Promise<string>])[] = [
    ['at a bare one', async (scratch) => (await makeRepo(scratch, 'a.git', '--bare')).directory],
    ['without its .git', async (scratch) => (await makeRepo(scratch, 'a.git', '--bare')).directory.slice(0, -4)],
    ['with slashes after it', async (scratch) => `${(await makeRepo(scratch, 'a.git', '--bare')).directory}//`],
    ['at a work tree', async (scratch) => (await makeRepo(scratch, 'a')).directory],
    ['at the .git of a work tree', async (scratch) => join((await makeRepo(scratch, 'a')).directory, '.git')],
    ['in a work tree without .git', async (scratch) => (await makeRepo(scratch, 'a.git')).directory.slice(0, -4)],
    ['under spaces and quotes', async (scratch) => (await makeRepo(scratch, ODD, '--bare')).directory],
    ['under a line feed', async (scratch) => (await makeRepo(scratch, 'a\nb.git', '--bare')).directory],
    ['by a path from home', async (scratch) => `${await relativeRepo(scratch)}`],
    ['by ~', async (scratch) => `~/${await relativeRepo(scratch)}`],
    ['by the name of a user', async (scratch) => `~${userInfo().username}/${await fromRealHome(scratch)}`],
  ];

  test.each(LAYOUTS)('%s', async (_where, make) => {
    const scratch = makeScratch(onTestFinished);
    const path = await make(scratch);
    const { lines } = startWatcher(onTestFinished, { scratch, path });
    await lines.next(/^READY /);
  });

  test('by a linked work tree, which tells what moves for all of them', async () => {
    const scratch = makeScratch(onTestFinished);
    const main = await makeRepo(scratch, 'main');
    await commit(main);
    await main.git('worktree', 'add', '--quiet', '-b', 'side', '../linked');
    const { lines } = startWatcher(onTestFinished, { scratch, path: join(scratch.directory, 'linked') });
    await lines.next(/^READY /);
    const tip = await commit(main);
    await lines.next(`MOVED ${tip} refs/heads/main`);
  });

  test('where the environment names another', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const env = { ...scratch.env, GIT_DIR: scratch.home, GIT_WORK_TREE: '/', CDPATH: '/' };
    const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env });
    await lines.next(/^READY /);
    const tip = await repo.pushCommit();
    await lines.next(`MOVED ${tip} refs/heads/main`);
  });

  test('with its refs in reftable format', async (context) => {
    const scratch = makeScratch(onTestFinished);
    const bare = await makeRepo(scratch, 'a.git', '--bare', '--ref-format=reftable').catch(() => undefined);
    // Git before 2.45 has none.
    if (bare === undefined) return context.skip();
    const writer = await makeRepo(scratch, 'writer');
    const { lines } = startWatcher(onTestFinished, { scratch, path: bare.directory });
    await lines.next(/^READY /);
    const tip = await commit(writer);
    await writer.git('push', '--quiet', bare.directory, 'HEAD:refs/heads/main');
    await lines.next(`MOVED ${tip} refs/heads/main`);
  });

  const relativeRepo = async (scratch: Scratch): Promise<string> =>
    relative(scratch.home, (await makeRepo(scratch, 'a.git', '--bare')).directory);
  const fromRealHome = async (scratch: Scratch): Promise<string> =>
    relative(userInfo().homedir, (await makeRepo(scratch, 'a.git', '--bare')).directory);
});

describe('it says why it cannot watch', () => {
  test.each([
    [
      'there is no such repository',
      { path: '/nowhere/at all' },
      'no-repository there is no git repository at /nowhere/at all',
    ],
    [
      'there is no such user',
      { path: '~no-such-user/a' },
      'no-repository there is no git repository at ~no-such-user/a',
    ],
    [
      'the user is a piece of script',
      { path: '~$(touch x)/a' },
      'no-repository there is no git repository at ~$(touch x)/a',
    ],
  ])('%s', async (_what, more, why) => {
    const scratch = makeScratch(onTestFinished);
    const { lines, processes } = startWatcher(onTestFinished, { scratch, ...more });
    await lines.next(`FAILED ${why}`);
    await until('it has ended', () => processes().length === 0);
  });

  test.each(['git', 'awk', 'sleep'])('%s is not installed', async (tool) => {
    const scratch = makeScratch(onTestFinished);
    const env = { ...scratch.env, PATH: pathOf(scratch, { without: [tool] }) };
    const { lines } = startWatcher(onTestFinished, { scratch, path: '/', shell: ['/bin/sh', '-s'], env });
    await lines.next(`FAILED no-tools ${tool} is not installed there`);
  });

  test('the repository belongs to somebody else', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const env = { ...scratch.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' };
    const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env });
    await lines.next(/^FAILED refused fatal: detected dubious ownership in repository at /);
  });

  test('but not where git is beside the upload-pack of the config', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const git = findProgram('git') ?? '';
    const env = { ...scratch.env, PATH: pathOf(scratch, { without: ['git'] }) };
    const uploadPack = join(git, '..', 'git-upload-pack');
    const { lines } = startWatcher(onTestFinished, {
      scratch,
      path: repo.directory,
      shell: ['/bin/sh', '-s'],
      env,
      uploadPack,
    });
    await lines.next(/^READY /);
  });
});

test('a move that awk could not tell ends it: what comes after it would not tell it either', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const PATH = pathOf(scratch, { without: ['awk'] });
  const awk = `[ ! -e "$HOME/full" ] || kill -KILL $$\nexec ${findProgram('awk')} "$@"`;
  writeFileSync(join(PATH, 'awk'), `#!/bin/sh\n${awk}\n`, { mode: 0o755 });
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env: { ...scratch.env, PATH } });
  await lines.next(/^READY /);
  writeFileSync(join(scratch.home, 'full'), '');
  await repo.pushCommit();
  await lines.next('FAILED error the refs could not be compared');
});

test('packed refs that are put in place by something else than git are told', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  await repo.git('pack-refs', '--all');
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory });
  await lines.next(/^READY /);
  const packed = join(repo.directory, 'packed-refs');
  const text = readFileSync(packed, 'utf8').replace('refs/heads/main', 'refs/heads/mainly');
  mkdirSync(join(scratch.directory, 'elsewhere'));
  writeFileSync(join(scratch.directory, 'elsewhere', 'packed-refs'), text);
  renameSync(join(scratch.directory, 'elsewhere', 'packed-refs'), packed);
  await lines.next(/^MOVED [0-9a-f]+ refs\/heads\/mainly$/);
  await lines.next('GONE refs/heads/main');
});

test('a thousand refs that move at once are all told', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const tip = await repo.git('rev-parse', 'main');
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory });
  await lines.next(/^READY /);
  const orders = Array.from({ length: 1_000 }, (_each, index) => `create refs/heads/many/${index} ${tip}\n`).join('');
  execFileSync('git', ['update-ref', '--stdin'], { cwd: repo.directory, env: scratch.env, input: orders });
  await until('all are told', () => lines.count(/^MOVED .* refs\/heads\/many\//) === 1_000);
});

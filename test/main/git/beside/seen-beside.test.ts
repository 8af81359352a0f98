// Owns: what git sees and leaves where it fetches beside the repository: config, hooks, objects, files.
// Leaves: what that does to refs (fetch-beside.test.ts), and where it is not tried (gives-way.test.ts).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createBeside } from '../../../../src/main/git/beside/beside.ts';
import { until } from '../../../support/next-line.ts';
import { processesMarked } from '../../../support/processes.ts';
import { beforeEachPack, makeFifo, run as runProgram, script } from '../git-place.ts';
import { forGitDir, forward, MAIN, run, stageBeside } from './stage.ts';

test('nothing new is nothing new, and takes but one git', async () => {
  const { fetch, ways } = await stageBeside(onTestFinished);
  expect(await fetch(['main', 'side'])).toEqual({ ok: true, isPart: true, nothingNew: true });
  expect(ways()).toEqual(['beside']);
});

test.each(['sha1', 'sha256'] as const)('with object names of %s what moves is told in full', async (objects) => {
  const { server, commit, first, move, start } = await stageBeside(onTestFinished, { objects });
  const [tip, other] = [commit(first), commit()];
  await move('main', tip);
  await move('side', other);
  await move('new', first);
  const operation = start(['main', 'side', 'new']);
  expect(await operation.finished).toEqual({ ok: true, isPart: true });
  expect(operation.work?.().moved).toEqual(
    expect.arrayContaining([
      { ref: MAIN, old: first, new: tip, how: 'forwarded' },
      { ref: 'refs/remotes/o/side', old: first, new: other, how: 'forced' },
      { ref: 'refs/remotes/o/new', new: first, how: 'new' },
    ]),
  );
  expect(await server.git('rev-parse', 'main')).toBe(tip);
});

test('other refs here are not even looked at', async () => {
  const scene = await stageBeside(onTestFinished);
  const { ours, first } = scene;
  const many = Array.from({ length: 2_000 }, (_, at) => `refs/remotes/o/b/${String(at).padStart(6, '0')}`);
  const nowhere = first.replace(/./g, '1');
  const lines = [
    ...many.map((ref) => `${nowhere} ${ref}`),
    `${first} refs/remotes/o/main`,
    `${first} refs/remotes/o/side`,
  ];
  await ours.git('pack-refs', '--all');
  writeFileSync(
    join(ours.directory, '.git/packed-refs'),
    `# pack-refs with: peeled fully-peeled sorted \n${lines.join('\n')}\n`,
  );
  expect(await forward(scene)).toEqual(['beside']);
});

test('hooks are told once of what moves, and see the repository itself', async () => {
  const scene = await stageBeside(onTestFinished);
  const { scratch, ours, first } = scene;
  const told = join(scratch.directory, 'told');
  script(
    scratch,
    'reference-transaction',
    `git rev-parse --absolute-git-dir >>${told}; echo "$1" >>${told}; cat >>${told}`,
  );
  await ours.git('config', 'core.hooksPath', scratch.directory);
  expect(await forward(scene)).toEqual(['beside']);
  const tip = await ours.git('rev-parse', MAIN);
  const git = join(ours.directory, '.git');
  const line = `${first} ${tip} ${MAIN}`;
  expect(readFileSync(told, 'utf8').trimEnd().split('\n')).toEqual([git, 'prepared', line, git, 'committed', line]);
});

test('what is beside is nobody else’s to read, and gone when the fetch is over, has been ended, or its daemon was killed', async () => {
  const scene = await stageBeside(onTestFinished);
  const { scratch, server, ours, commit, move, start, parent, first } = scene;
  const besides = join(parent, 'beside');
  const seen = join(scratch.directory, 'seen');
  const [reached, goOn] = [await makeFifo(scratch, 'reached'), await makeFifo(scratch, 'go-on')];
  beforeEachPack(scratch, `find ${besides} -printf '%M %f\\n' >${seen}`, `echo >${reached}`, `read x <${goOn}`);
  await move('main', commit(first));
  const operation = start(['main']);
  await runProgram('cat', [reached]);
  const modes = readFileSync(seen, 'utf8').trimEnd().split('\n');
  expect(modes.length).toBeGreaterThan(4);
  for (const line of modes) expect(line).toMatch(/^.rw.------ /);
  await operation.end();
  expect(await operation.finished).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  expect(readdirSync(besides)).toEqual([]);
  expect(processesMarked(scratch.id)).toEqual([]);
  expect(await ours.git('rev-parse', MAIN)).toBe(first);
  mkdirSync(join(besides, 'fetch-left/refs'), { recursive: true });
  createBeside(besides, join(ours.directory, '.git'));
  await until('it is gone', async () => !existsSync(besides));
  expect(await server.git('rev-parse', 'main')).not.toBe(first);
});

test('what the config says holds beside, wherever it stands, also of paths', async () => {
  const scene = await stageBeside(onTestFinished);
  const { ours, server } = scene;
  // A folder of the work tree, from which relative paths lead.
  await ours.git('config', 'extensions.worktreeConfig', 'true');
  await ours.git('config', 'core.repositoryFormatVersion', '1');
  await ours.git('config', '--worktree', 'url.../server.git.insteadOf', 'nowhere:');
  forGitDir(scene, `${ours.directory}/`);
  await ours.git('config', 'remote.o.url', 'nowhere:');
  expect(await forward(scene)).toEqual(['beside']);
  expect(await ours.git('remote', 'get-url', 'o')).toBe('../server.git');
  expect(await server.git('rev-parse', 'main')).toBe(await ours.git('rev-parse', MAIN));
});

test('a change of the config is taken in when it is told', async () => {
  const scene = await stageBeside(onTestFinished);
  expect(await forward(scene)).toEqual(['beside']);
  await scene.ours.git('config', 'fetch.writeCommitGraph', 'true');
  scene.beside.configChanged();
  expect(await forward(scene)).toEqual(['exact']);
});

test('with housekeeping in between all that was brought stays whole', async () => {
  const scene = await stageBeside(onTestFinished);
  for (let times = 0; times < 3; times += 1) {
    expect(await forward(scene)).toEqual(['beside']);
    await scene.ours.git('gc', '--quiet', '--prune=now');
    await scene.ours.git('fsck', '--connectivity-only');
  }
});

test('objects are found and written where an alternate has them', async () => {
  const scene = await stageBeside(onTestFinished);
  const { ours, server } = scene;
  writeFileSync(join(ours.directory, '.git/objects/info/alternates'), '../../../server.git/objects\n');
  expect(await forward(scene)).toEqual(['beside']);
  expect(await ours.git('rev-parse', MAIN)).toBe(await server.git('rev-parse', 'main'));
});

test.each(['its tree', 'what it builds upon', 'a file'])(
  'what is here but for %s is fetched, as by git',
  async (lacks) => {
    const { ours, server, scratch, commit, first, move, fetch, ways } = await stageBeside(onTestFinished);
    const before = commit(first);
    const tip = commit(before);
    const there = (...args: readonly string[]): Promise<string> => server.git('rev-parse', ...args);
    const [blob, tree] = [await there(`${tip}:f`), await there(`${tip}^{tree}`)];
    const [blobBefore, treeBefore] = [await there(`${before}:f`), await there(`${before}^{tree}`)];
    const left = { 'its tree': [tree], 'what it builds upon': [before], 'a file': [blob] }[lacks] ?? [];
    for (const object of [blobBefore, treeBefore, before, blob, tree, tip]) {
      if (left.includes(object)) continue;
      const file = join('objects', object.slice(0, 2), object.slice(2));
      cpSync(join(server.directory, file), join(ours.directory, '.git', file), { recursive: true });
    }
    await move('main', tip);
    expect(await fetch(['main'])).toMatchObject({ ok: true });
    expect(ways()).toEqual(['beside']);
    expect(await ours.git('rev-parse', MAIN)).toBe(tip);
    run(ours, scratch.env, '', 'fsck', '--connectivity-only');
  },
);

// Owns: where a fetch beside the repository is not tried, or given up, for one here, that nothing is left of it then, and what it does not see.
// Leaves: what it does to refs (fetch-beside.test.ts).
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createBeside } from '../../../../src/main/git/beside/beside.ts';
import { mayBeBeside } from '../../../../src/main/git/beside/fetch-beside.ts';
import { parseObjectName, parseRefName } from '../../../../src/shared/remote.ts';
import { until } from '../../../support/next-line.ts';
import { processesMarked } from '../../../support/processes.ts';
import { beforeEachPack, makeFifo, run as runProgram, script } from '../git-place.ts';
import { refsOf, run, stageBeside } from './stage.ts';

type Stage = Awaited<ReturnType<typeof stageBeside>>;

const MAIN = 'refs/remotes/o/main';

/** `main` moves forward there and is fetched; what it was fetched by. */
async function forward(
  { server, commit, move, fetch, ours, ways }: Stage,
  expected: object = { ok: true, isPart: true },
) {
  const tip = commit(await server.git('rev-parse', 'main'));
  await move('main', tip);
  expect(await fetch(['main'])).toEqual(expected);
  expect(await ours.git('rev-parse', MAIN)).toBe(tip);
  return ways();
}

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

describe('git fetches here, as ever,', () => {
  const git = ({ ours }: Stage, ...args: readonly string[]) => ours.git(...args);
  const at = ({ ours }: Stage, file: string) => join(ours.directory, '.git', file);
  test.each<[what: string, prepare: (scene: Stage) => unknown]>([
    ['where a commit is replaced', replaced],
    [
      'where one is, packed',
      async (scene) => {
        await replaced(scene);
        await git(scene, 'pack-refs', '--all');
        rmSync(at(scene, 'refs/replace'), { recursive: true, force: true });
      },
    ],
    ['where there are grafts', (scene) => writeFileSync(at(scene, 'info/grafts'), `${scene.first}\n`)],
    [
      'where the ref leads to another',
      async (scene) => {
        await git(scene, 'update-ref', 'refs/remotes/o/to', scene.first);
        await git(scene, 'symbolic-ref', MAIN, 'refs/remotes/o/to');
      },
    ],
    ['where refs are packed in no order', (scene) => unsorted(scene)],
    ['where config goes by the branch', (scene) => git(scene, 'config', 'includeIf.onbranch:main.path', 'x')],
    ['where hooks are in the config', (scene) => git(scene, 'config', 'hook.x.event', 'reference-transaction')],
    ['where a graph of commits is written', (scene) => git(scene, 'config', 'fetch.writeCommitGraph', 'true')],
    ['where the config is for this git dir alone', (scene) => forGitDir(scene, `${at(scene, '')}`.replace(/\/$/, ''))],
    ['where nothing can be made beside', (scene) => rmSync(scene.parent, { recursive: true })],
    [
      'where git has extensions to what it keeps',
      async (scene) => {
        await git(scene, 'config', 'core.repositoryFormatVersion', '1');
        await git(scene, 'config', 'extensions.partialClone', 'o');
      },
    ],
  ])('%s', async (_what, prepare) => {
    const scene = await stageBeside(onTestFinished);
    await prepare(scene);
    expect(await forward(scene)).toEqual(['exact']);
  });

  test('where the ref was moved meanwhile', async () => {
    const scene = await stageBeside(onTestFinished);
    const { scratch, ours, commit, first, move, fetch, ways } = scene;
    const [between, tip] = [commit(first), commit(first)];
    const once = join(scratch.directory, 'once');
    beforeEachPack(
      scratch,
      `mkdir ${once} && (cd ${ours.directory} && env -u GIT_DIR git fetch --quiet ${scene.server.directory} ${between}:${MAIN}) </dev/null >&2`,
    );
    await move('main', tip);
    await move('other', between);
    expect(await fetch(['main'])).toEqual({ ok: true, isPart: true });
    expect(ways()).toEqual(['beside', 'exact']);
    expect(await ours.git('rev-parse', MAIN)).toBe(tip);
  });

  test('where a name is that of a folder of refs', async () => {
    const { ours, first, move, fetch, ways } = await stageBeside(onTestFinished);
    await ours.git('update-ref', 'refs/remotes/o/new/old', first);
    await move('new', first);
    await fetch(['new']);
    expect(ways().slice(0, 2)).toEqual(['beside', 'exact']);
    expect(await ours.git('rev-parse', 'refs/remotes/o/new/old')).toBe(first);
  });

  test('where more comes than is worth it, and this is ended at once', async () => {
    const scene = await stageBeside(onTestFinished);
    const { server, scratch, ours, first, fetch, ways } = scene;
    const blobs = Array.from(
      { length: 6_000 },
      (_, index) => `M 644 inline ${index}\ndata ${String(index).length}\n${index}\n`,
    );
    const commits = `commit refs/heads/main\ncommitter T <t@t> 0 +0000\ndata 1\nx\nfrom ${first}\n${blobs.join('')}\n`;
    run(server, scratch.env, commits, 'fast-import', '--quiet');
    expect(await fetch(['main'])).toEqual({ ok: true, isPart: true });
    expect(ways()).toEqual(['beside', 'exact']);
    expect(await ours.git('rev-parse', MAIN)).toBe(await server.git('rev-parse', 'main'));
    await ours.git('fsck', '--connectivity-only');
  });

  test('by all refs at once where git finds fault with what came', async () => {
    const scene = await stageBeside(onTestFinished, { config: [['fetch.fsckObjects', 'true']] });
    const { server, scratch, ours, first, move, fetch, ways } = scene;
    const tree = run(server, scratch.env, '', 'rev-parse', `${first}^{tree}`);
    const bad = `tree ${tree}\nauthor A <a@a> 0 +0000\ncommitter no mail 0 +0000\n\nbad\n`;
    await move('main', run(server, scratch.env, bad, 'hash-object', '-t', 'commit', '-w', '--stdin', '--literally'));
    expect(await fetch(['main'])).toMatchObject({ ok: false });
    expect(ways()).toEqual(['beside', 'whole']);
    expect(await refsOf(ours)).not.toContain(await server.git('rev-parse', 'main'));
  });
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

const url = (text: string, tags = true) => ({ url: text, refs: { refspecs: [], tags } });
const object = parseObjectName('1'.repeat(40)) ?? 'unknown';
const [v1, main] = ['refs/tags/v1', 'refs/heads/main'].map((name) => ({
  ref: parseRefName(name) ?? MAIN,
  tip: object,
}));

test.each([
  ['a path', '/srv/x.git', true],
  ['ssh', 'host:x.git', true],
  ['ssh, as a URL', 'ssh://host/x.git', true],
  ['https', 'https://host/x.git', true],
  ['git', 'git://host/x.git', true],
  ['a helper', 'annex::', false],
  ['another protocol', 'ftp://host/x', false],
])('over %s it is tried: %s is one git speaks by itself', (_what, text, may) => {
  expect(mayBeBeside(url(text, false), undefined)).toBe(may);
});

test('tags are followed by a fetch here, unless all of them are', () => {
  const named = (hasAllTags: boolean, ...moves: readonly (typeof main)[]) => ({
    hasAllTags,
    moves: moves as never,
    areMany: true,
  });
  expect(mayBeBeside(url('/x'), named(true, main))).toBe(true);
  expect(mayBeBeside(url('/x'), named(true, main, v1))).toBe(false);
  expect(mayBeBeside(url('/x'), named(false, main))).toBe(false);
  expect(mayBeBeside(url('/x', false), named(false, main, v1))).toBe(true);
});

async function replaced({ ours, first }: Stage): Promise<void> {
  const other = await ours.git('commit-tree', '-m', 'other', `${first}^{tree}`);
  await ours.git('replace', first, other);
}

async function unsorted({ ours }: Stage): Promise<void> {
  await ours.git('pack-refs', '--all');
  const file = join(ours.directory, '.git/packed-refs');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^#.*\n/, ''));
}

function forGitDir({ scratch }: Stage, pattern: string): void {
  const file = join(scratch.directory, 'included');
  writeFileSync(file, '[fetch] unpackLimit = 7\n');
  appendFileSync(join(scratch.home, '.gitconfig'), `[includeIf "gitdir:${pattern}"] path = ${file}\n`);
}

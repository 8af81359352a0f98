// Owns: where a fetch beside the repository is not tried, or given up, for one here, that nothing is left of it then, and what it does not see.
// Leaves: what it does to refs (fetch-beside.test.ts).
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mayBeBeside } from '../../../../src/main/git/beside/fetch-beside.ts';
import { parseObjectName, parseRefName } from '../../../../src/shared/remote.ts';
import { beforeEachPack } from '../git-place.ts';
import { forGitDir, forward, MAIN, refsOf, run, type Stage, stageBeside } from './stage.ts';

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
    await ours.git('pack-refs', '--all');
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
    mayBeOld: false,
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

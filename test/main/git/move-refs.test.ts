// Owns: that refs move as git's own fetch would move them, with the same words in the reflog, or that none does.
// Leaves: what they move to, and when that is tried.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { byWords, moveRefs, type WantedMove } from '../../../src/main/git/move-refs.ts';
import { startOperation } from '../../../src/main/git/operation.ts';
import { unattendedGitEnvironment } from '../../../src/shared/git-environment.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../src/shared/remote.ts';
import { cloneRepo, commit, makeRepo, makeScratch, openRepo, type TestRepo } from '../../support/temp-repo.ts';
import { placeOf, script } from './git-place.ts';

function nameOf(ref: string): RefName {
  const name = parseRefName(ref);
  if (name === undefined) throw new Error(`${ref} is no name of a ref`);
  return name;
}

async function objectOf({ git }: TestRepo, which: string): Promise<ObjectName> {
  const object = parseObjectName(await git('rev-parse', '--verify', which));
  if (object === undefined) throw new Error(`${which} is no object`);
  return object;
}

/** A ← B and A ← C, all of which are in two clones; origin/main is at A, `moves` moves it in one of them. */
async function stage() {
  const scratch = makeScratch(onTestFinished);
  const source = await makeRepo(scratch, 'source');
  await commit(source, 'A');
  const a = await objectOf(source, 'main');
  const [ours, gits] = [
    await cloneRepo(scratch, source.directory, 'ours'),
    await cloneRepo(scratch, source.directory, 'gits'),
  ];
  await commit(source, 'B');
  const b = await objectOf(source, 'main');
  await source.git('checkout', '--quiet', '-b', 'side', a);
  await commit(source, 'C');
  const c = await objectOf(source, 'side');
  for (const repo of [ours, gits]) {
    // Without refs that tell of them.
    await repo.git('fetch', '--quiet', '--no-write-fetch-head', 'origin', 'main', 'side', '--refmap=');
  }
  const env = unattendedGitEnvironment(scratch.env);
  const move = async (moves: readonly WantedMove[]): Promise<boolean> => {
    let moved = false;
    await startOperation(placeOf(scratch, ours), async (steps) => {
      moved = await moveRefs(steps, env, moves);
      return { ok: true };
    }).finished;
    return moved;
  };
  return { scratch, source, ours, gits, env, move, a, b, c };
}

const MAIN = nameOf('refs/remotes/origin/main');
const THERE = nameOf('refs/heads/main');
const refsOf = ({ git }: TestRepo): Promise<string> => git('for-each-ref', '--format=%(objectname) %(refname)');
const logOf = ({ directory }: TestRepo, ref: string): string[] =>
  readFileSync(join(directory, '.git/logs', ref), 'utf8')
    .replace(/> \d+ /g, '> ')
    .trimEnd()
    .split('\n')
    .slice(-1);

test('each kind of move leaves the ref and its reflog as git fetch leaves them', async () => {
  const { source, ours, gits, env, move, a, b, c } = await stage();
  await source.git('tag', '--annotate', '-m', 'v1', 'v1', b);
  await source.git('update-ref', 'refs/changes/1', c);
  await source.git('tag', 't', `${a}^{tree}`);
  const [v1, tree] = [await objectOf(source, 'refs/tags/v1'), await objectOf(source, 'refs/tags/t')];
  await ours.git('fetch', '--quiet', '--no-write-fetch-head', 'origin', 'tag', 'v1', '--no-tags', '--refmap=');
  await ours.git('update-ref', '-d', 'refs/tags/v1');
  const fetching = openRepo(gits.directory, env);
  const options = ['--quiet', '--no-write-fetch-head', '--no-tags', '--refmap='];
  const cases = [
    [{ ref: MAIN, source: THERE, old: a, new: b, how: 'forwarded' }, 'refs/heads/main'],
    [{ ref: MAIN, source: nameOf('refs/heads/side'), old: b, new: c, how: 'forced' }, '+refs/heads/side'],
    [{ ref: nameOf('refs/remotes/origin/new'), source: THERE, new: b, how: 'new' }, 'refs/heads/main'],
    [{ ref: nameOf('refs/remotes/origin/v1'), source: nameOf('refs/tags/v1'), new: v1, how: 'new' }, 'refs/tags/v1'],
    [{ ref: nameOf('refs/remotes/origin/c'), source: nameOf('refs/changes/1'), new: c, how: 'new' }, 'refs/changes/1'],
    // What was no commit is not compared.
    [{ ref: nameOf('refs/remotes/origin/t'), source: nameOf('refs/tags/t'), new: tree, how: 'new' }, 'refs/tags/t'],
    [{ ref: nameOf('refs/remotes/origin/t'), source: THERE, old: tree, new: b, how: 'new' }, 'refs/heads/main'],
  ] as const satisfies readonly (readonly [WantedMove, string])[];
  for (const [wanted, there] of cases) {
    expect(await move([wanted])).toBe(true);
    await fetching.git('fetch', ...options, 'origin', `${there}:${wanted.ref}`);
    expect(await refsOf(ours)).toBe(await refsOf(gits));
    expect(logOf(ours, wanted.ref)).toEqual(logOf(gits, wanted.ref));
  }
});

test('a ref that leads to another moves what it leads to, as with git', async () => {
  const { ours, move, a, b } = await stage();
  await ours.git('symbolic-ref', 'refs/remotes/origin/other', MAIN);
  expect(
    await move([{ ref: nameOf('refs/remotes/origin/other'), source: THERE, old: a, new: b, how: 'forwarded' }]),
  ).toBe(true);
  expect(await ours.git('symbolic-ref', 'refs/remotes/origin/other')).toBe(MAIN);
  expect(await objectOf(ours, MAIN)).toBe(b);
});

test('all are moved at once, packed or not, and hooks are told of that once', async () => {
  const { scratch, ours, move, a, b } = await stage();
  const hook = script(
    scratch,
    'hook',
    `[ "$1" = committed ] && echo begin >> ${scratch.directory}/told && cat >> ${scratch.directory}/told || cat > /dev/null`,
  );
  await ours.git('update-ref', 'refs/remotes/origin/two', a);
  await ours.git('pack-refs', '--all');
  await ours.git('update-ref', 'refs/remotes/origin/three', a);
  await ours.git('config', 'core.hooksPath', join(ours.directory, 'hooks'));
  mkdirSync(join(ours.directory, 'hooks'));
  copyFileSync(hook, join(ours.directory, 'hooks/reference-transaction'));
  const refs = ['main', 'two', 'three'].map((name) => nameOf(`refs/remotes/origin/${name}`));
  expect(await move(refs.map((ref) => ({ ref, source: THERE, old: a, new: b, how: 'forwarded' })))).toBe(true);
  for (const ref of refs) expect(await objectOf(ours, ref)).toBe(b);
  const told = readFileSync(join(scratch.directory, 'told'), 'utf8').split('\n');
  expect(told.filter((line) => line === 'begin')).toHaveLength(1);
  expect(told.filter((line) => line.startsWith(`${a} ${b} refs/remotes/`))).toHaveLength(3);
});

test('none is moved where one is not what it was, is in the way, or leads to nothing', async () => {
  const { ours, move, a, b, c } = await stage();
  const forward: WantedMove = { ref: MAIN, source: THERE, old: a, new: b, how: 'forwarded' };
  const fresh = (name: string, to: ObjectName): WantedMove => ({
    ref: nameOf(`refs/remotes/origin/${name}`),
    source: THERE,
    new: to,
    how: 'new',
  });
  const other = nameOf('refs/remotes/origin/other');
  await ours.git('update-ref', other, c);
  const nowhere = parseObjectName('1'.repeat(40)) as ObjectName;
  const before = await refsOf(ours);
  for (const moves of [
    [forward, { ...forward, ref: other }],
    [forward, { ...forward, ref: nameOf('refs/remotes/origin/none') }],
    [fresh('x', b), fresh('other', b)],
    [fresh('x', b), fresh('other/y', b)],
    [fresh('x', b), fresh('y', nowhere)],
    [forward, forward],
    [],
    // git says one and the same of all that it moves at once.
    [forward, fresh('x', b)],
  ]) {
    expect(await move(moves)).toBe(false);
    expect(await refsOf(ours)).toBe(before);
    expect(existsSync(join(ours.directory, '.git/packed-refs.lock'))).toBe(false);
  }
});

test('moves are sorted by the words of which there is one text for all', () => {
  const [old, now] = ['1', '2'].map((digit) => digit.repeat(40) as ObjectName) as [ObjectName, ObjectName];
  const fresh = (source: string): WantedMove => ({ ref: MAIN, source: nameOf(source), new: now, how: 'new' });
  const forward: WantedMove = { ref: MAIN, source: THERE, old, new: now, how: 'forwarded' };
  const [head, tag, note] = ['refs/heads/a', 'refs/tags/a', 'refs/notes/a'].map(fresh) as [
    WantedMove,
    WantedMove,
    WantedMove,
  ];
  expect(byWords([head, forward, tag, note, forward, head])).toEqual([[head, head], [forward, forward], [tag], [note]]);
  expect(byWords([])).toEqual([]);
});

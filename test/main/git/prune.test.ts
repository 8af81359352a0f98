// Owns: that what is gone on a server is deleted here, and what only seems to be gone is not, whatever serves it.
// Leaves: what is believed when (test/shared/refs/loss.test.ts), and asking again (test/end-to-end/loss.test.ts).
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../../src/main/git/fetch.ts';
import type { Outcome } from '../../../src/main/git/operation.ts';
import { pruneStale } from '../../../src/main/git/prune.ts';
import type { GitExit } from '../../../src/main/git/run-git.ts';
import type { Doubt } from '../../../src/shared/refs/loss.ts';
import { MOST_REFS } from '../../../src/shared/refs/ref-advertisement.ts';
import { type Pruning, remoteName } from '../../../src/shared/remote.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { placeOf, script } from './git-place.ts';

const PRUNING: Pruning = { refspecs: ['refs/heads/*:refs/remotes/origin/*'] };

const branchNames = (count: number): string[] => Array.from({ length: count }, (_, at) => `b${at}`);

/** A clone of a server with this many branches beside main, all of them packed. */
async function setUp(branches: number) {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const tip = await server.git('rev-parse', 'main');
  const packed = ['main', ...branchNames(branches)].sort().map((name) => `${tip} refs/heads/${name}\n`);
  writeFileSync(join(server.directory, 'packed-refs'), `# pack-refs with: sorted\n${packed.join('')}`);
  rmSync(join(server.directory, 'refs', 'heads', 'main'));
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  // Whatever the user's own fetches do.
  await repo.git('config', 'fetch.prune', 'true');
  const fetch = (prune: { isDue?: boolean; doubt?: Doubt | undefined; pruning?: Pruning } = {}): Promise<Outcome> => {
    const { isDue = true, doubt, pruning = PRUNING } = prune;
    const request = { pruning, isDue, ...(doubt && { doubt }) };
    return startFetch(placeOf(scratch, repo), { remote: remoteName('origin'), mode: 'fetch', prune: request }).finished;
  };
  const kept = async (): Promise<number> => {
    const lines = await repo.git('for-each-ref', '--format=%(refname)%(symref)', 'refs/remotes/origin/');
    return lines.split('\n').filter((line) => line !== '' && !line.includes('HEAD')).length;
  };
  return { scratch, server, repo, fetch, kept };
}

/** As if its time had come. */
const ripe = (outcome: Outcome): Doubt | undefined => outcome.doubt && { ...outcome.doubt, againAtMs: 0 };

test('a branch that is gone is deleted here where it is to be looked for, and only there', async () => {
  const { server, fetch, kept } = await setUp(1);
  await server.git('branch', '-D', 'b0');
  expect(await fetch({ isDue: false })).toEqual({ ok: true, nothingNew: true });
  expect(await kept()).toBe(2);
  expect(await fetch()).toEqual({ ok: true });
  expect(await kept()).toBe(1);
});

test('a branch that stands in the way of what comes goes first, and what came is here by the same fetch', async () => {
  const { server, repo, fetch } = await setUp(1);
  await server.git('branch', '-D', 'b0');
  await server.git('branch', 'b0/below', 'main');
  expect(await fetch({ isDue: false })).toEqual({ ok: true });
  expect(await repo.git('branch', '--remotes')).toContain('origin/b0/below');
});

test('of many that are gone none is deleted before it is said again', async () => {
  const { server, fetch, kept } = await setUp(10);
  await server.git('branch', '-D', ...branchNames(8));
  const first = await fetch();
  expect([first.ok, first.doubt?.gone.length, await kept()]).toEqual([true, 8, 11]);
  expect(await fetch({ doubt: ripe(first) })).toEqual({ ok: true });
  expect(await kept()).toBe(3);
});

test('what is here for another reason, a symbolic ref, and what a refspec leaves out stay', async () => {
  const { server, repo, fetch } = await setUp(1);
  await repo.git('update-ref', 'refs/remotes/other/x', 'HEAD');
  await repo.git('update-ref', 'refs/remotes/origin/wip/x', 'HEAD');
  await repo.git('tag', 'mine');
  await server.git('branch', '-D', 'b0');
  const pruning = { refspecs: [...PRUNING.refspecs, '^refs/heads/wip/*'] };
  expect(await fetch({ pruning })).toEqual({ ok: true });
  const left = await repo.git('for-each-ref', '--format=%(refname)', 'refs/remotes/', 'refs/tags/');
  expect(left.split('\n')).toEqual([
    'refs/remotes/origin/HEAD',
    'refs/remotes/origin/main',
    'refs/remotes/origin/wip/x',
    'refs/remotes/other/x',
    'refs/tags/mine',
  ]);
});

type Setting = Awaited<ReturnType<typeof setUp>>;

/** What becomes of a repository that is removed, moved or made anew, at a moment at which it is asked. */
const MOMENTS: readonly [string, (setting: Setting) => unknown][] = [
  ['its packed refs are gone', ({ server }) => rmSync(join(server.directory, 'packed-refs'))],
  ['its HEAD is gone', ({ server }) => rmSync(join(server.directory, 'HEAD'))],
  ['its folder of refs is gone', ({ server }) => rmSync(join(server.directory, 'refs'), { recursive: true })],
  [
    'its refs are there, and their objects are not',
    ({ server }) => {
      rmSync(join(server.directory, 'objects'), { recursive: true });
      return server.git('init', '--quiet', '--bare', server.directory);
    },
  ],
  ['it is gone', ({ server }) => rmSync(server.directory, { recursive: true })],
  ['it is elsewhere', ({ server }) => renameSync(server.directory, `${server.directory}-moved`)],
  [
    'an empty one is in its place',
    ({ server }) => {
      rmSync(server.directory, { recursive: true });
      return server.writer.git('init', '--quiet', '--bare', server.directory);
    },
  ],
  [
    'its refs are kept in a format that this git does not know',
    ({ server }) => server.writer.git('-C', server.directory, 'config', 'core.repositoryFormatVersion', '99'),
  ],
];

test.each(MOMENTS)('nothing is deleted here while %s', async (_moment, make) => {
  const setting = await setUp(3);
  await make(setting);
  await setting.fetch();
  expect(await setting.kept()).toBe(4);
});

test('a server whose refs lead to nothing says which they are, and those are not gone, however often it is asked', async () => {
  const { server, fetch, kept } = await setUp(3);
  const missing = '1'.repeat(40);
  const packed = ['main', 'b0', 'b1', 'b2'].map((name) => `${missing} refs/heads/${name}\n`);
  writeFileSync(join(server.directory, 'packed-refs'), packed.join(''));
  const first = await fetch();
  const second = await fetch({ doubt: ripe(first) });
  await fetch({ doubt: ripe(second) });
  expect(await kept()).toBe(4);
});

test('a ref that moves here meanwhile is left for another look', async () => {
  const { scratch, server, repo, fetch } = await setUp(1);
  await server.git('branch', '-D', 'b0');
  const move = 'git update-ref refs/remotes/origin/b0 $(git commit-tree -m $$ HEAD^{tree})';
  const uploadPack = script(scratch, 'moving', 'git-upload-pack "$@"', `cd ${repo.directory} && ${move}`);
  await repo.git('config', 'remote.origin.uploadpack', uploadPack);
  const { ok, doubt } = await fetch();
  expect([ok, doubt?.gone]).toEqual([true, ['refs/remotes/origin/b0']]);
  expect(await repo.git('branch', '--remotes')).toContain('origin/b0');
});

/** What is deleted of one branch here when these are the answers of git; nothing moves while they are read. */
async function pruneBy(there: Partial<GitExit>, here: Partial<GitExit> = {}) {
  const said: GitExit = { status: 0, stdout: '', stderr: '' };
  const deleted: string[] = [];
  let turns = 0;
  let over = false;
  const count = (): void => {
    turns += 1;
    if (!over) setImmediate(count);
  };
  setImmediate(count);
  const outcome = await pruneStale(
    remoteName('origin'),
    { pruning: PRUNING },
    {
      list: async () => ({ ...said, ...there }),
      git: async (args, input = '') => {
        if (args[0] !== 'update-ref') return { ...said, stdout: tracking(['kept', 'left', 'stale']), ...here };
        deleted.push(...input.trimEnd().split('\n'));
        return said;
      },
      nowMs: Date.now,
    },
  );
  over = true;
  return { outcome, deleted: deleted.length, turns };
}

const lines = (place: string, names: readonly string[]): string =>
  names.map((name) => `${'1'.repeat(40)} ${place}${name}\n`).join('');
const tracking = (names: readonly string[]): string => lines('refs/remotes/origin/', names);
const heads = (names: readonly string[]): string => lines('refs/heads/', names);

test('a listing is believed only where it is whole, of there and of here', async () => {
  const few = { stdout: heads(['kept', 'left']) };
  expect(await pruneBy(few)).toMatchObject({ outcome: { ok: true }, deleted: 1 });
  const not = { outcome: { ok: true, nothingNew: true, unpruned: true }, deleted: 0 };
  expect(await pruneBy({ ...few, isPart: true })).toMatchObject(not);
  expect(await pruneBy(few, { isPart: true, status: undefined })).toMatchObject(not);
  // Which refs are broken there is said on stderr, of which the last is kept.
  expect(await pruneBy({ ...few, stderr: 'x'.repeat(32 * 1024) })).toMatchObject(not);
});

test('of more refs than can be compared none is deleted, and the loop goes on while they are read', async () => {
  const many = Array.from({ length: MOST_REFS + 10 }, (_, at) => `b${at}`);
  const there = await pruneBy({ stdout: heads([...many, 'kept', 'left', 'stale']) });
  expect(there).toMatchObject({ outcome: { ok: true, unpruned: true }, deleted: 0 });
  const here = await pruneBy({ stdout: heads(['kept']) }, { stdout: tracking(many) });
  expect(here).toMatchObject({ outcome: { ok: true, unpruned: true }, deleted: 0 });
  expect(there.turns).toBeGreaterThan(20);
});

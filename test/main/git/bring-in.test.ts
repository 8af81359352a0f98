// Owns: what of a waiting room is brought in, and how much by one fetch.
// Leaves: that nothing is lost (nothing-lost.test.ts), and asking again (test/main/supervisor/remote/sync-state.test.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bringIn } from '../../../src/main/git/bring-in.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import type { Steps } from '../../../src/main/git/operation.ts';
import { planFetch, waitingRoom } from '../../../src/shared/refs/fetch-plan.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { makeRepo, makeScratch, makeServerRepo, type TestRepo } from '../../support/temp-repo.ts';
import { placeOf } from './git-place.ts';

async function setUp(...options: readonly string[]) {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await makeRepo(scratch, 'repo', ...options);
  await repo.git('remote', 'add', 'o', server.directory);
  await repo.git('fetch', '--quiet', 'o');
  const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/x/*:refs/x/*'];
  const bare = options.includes('--bare');
  const inputs = { remote: 'o', refspecs, bare, mirror: false, prunes: false, prunesTags: false, others: [] };
  const plan = planFetch(inputs);
  const fetch = async (): Promise<string[]> => {
    const request = { remote: remoteName('o'), mode: 'fetch' as const, ...(plan && { plan }) };
    const outcome = await startFetch(placeOf(scratch, repo), request).finished;
    if (!outcome.ok) throw new Error(outcome.failure.detail);
    return (outcome.leftOut ?? []).map(({ ref }) => ref);
  };
  return { scratch, server, repo, fetch };
}

const tip = (repo: TestRepo, ref: string): Promise<string> => repo.git('for-each-ref', '--format=%(objectname)', ref);

test('a bare repository gets the branch that its HEAD names, which nobody has checked out', async () => {
  const { server, repo, fetch } = await setUp('--bare');
  await repo.git('fetch', '--quiet', 'o', 'main:main');
  const now = await server.pushCommit();
  expect(await fetch()).toEqual([]);
  expect(await tip(repo, 'refs/heads/main')).toBe(now);
});

test('branches that work trees are on are kept: checked out, not made yet, rebased, or bisected', async () => {
  const { scratch, server, repo, fetch } = await setUp();
  const before = await repo.git('rev-parse', 'o/main');
  await repo.git('checkout', '--quiet', '-b', 'own', 'o/main');
  const existing = ['side', 'out', 'rebased', 'applied', 'stacked', 'bisected'];
  await repo.git('fetch', '--quiet', '.', ...existing.map((name) => `own:${name}`));
  for (const tree of ['one', 'two'])
    await repo.git('worktree', 'add', '--quiet', '--detach', `${scratch.directory}/${tree}`);
  await repo.git('-C', join(scratch.directory, 'one'), 'checkout', '--quiet', 'out');
  await repo.git('-C', join(scratch.directory, 'two'), 'checkout', '--quiet', '--orphan', 'new');
  const write = (gitDir: string, file: string, content: string): void => {
    const full = join(repo.directory, '.git', gitDir, file);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  };
  write('worktrees/one', 'rebase-merge/head-name', 'refs/heads/rebased\n');
  write('worktrees/one', 'rebase-merge/update-refs', `refs/heads/stacked\n${before}\n${before}\n`);
  write('worktrees/two', 'rebase-apply/head-name', 'refs/heads/applied\n');
  write('.', 'BISECT_START', 'bisected\n');
  const now = await server.pushCommit();
  const others = ['own', 'new', 'fresh', ...existing];
  await server.git('fetch', '--quiet', '.', ...others.map((name) => `main:${name}`));
  const held = ['applied', 'bisected', 'new', 'out', 'own', 'rebased', 'stacked'];
  expect((await fetch()).sort()).toEqual(held.map((name) => `refs/heads/${name}`));
  const after = await repo.git('for-each-ref', '--format=%(refname:short) %(objectname)', 'refs/heads/');
  const kept = held.filter((name) => name !== 'new').map((name) => `${name} ${before}`);
  expect(after.split('\n').sort()).toEqual(
    [...kept, ...['fresh', 'main', 'side'].map((name) => `${name} ${now}`)].sort(),
  );
});

test('a symbolic ref to nothing stays one, and others come in', async () => {
  const { server, repo, fetch } = await setUp('--bare');
  for (const name of ['a', 'b', 'c']) await server.git('update-ref', `refs/x/${name}`, 'main');
  await repo.git('symbolic-ref', 'refs/x/a', 'refs/x/nothing');
  await repo.git('symbolic-ref', 'refs/x/b', 'refs/x/a');
  expect(await fetch()).toEqual(['refs/x/a', 'refs/x/b']);
  expect(await repo.git('symbolic-ref', 'refs/x/a')).toBe('refs/x/nothing');
  expect(await tip(repo, 'refs/x/c')).toBe(await tip(server, 'refs/heads/main'));
  expect(await tip(repo, 'refs/x/nothing')).toBe('');
});

test('what an earlier config had wait is not brought in', async () => {
  const { server, repo, fetch } = await setUp('--bare');
  await server.git('update-ref', 'refs/x/a', 'main');
  const main = await tip(server, 'refs/heads/main');
  await repo.git('update-ref', 'refs/prefetch/remote-daemon/o/notes/n', main);
  expect(await fetch()).toEqual([]);
  expect(await tip(repo, 'refs/notes/n')).toBe('');
  expect(await tip(repo, 'refs/x/a')).toBe(main);
});

const origin = remoteName('origin');
const waiting = [{ text: '', source: 'refs/x/*', destination: 'refs/x/*' }];
const [old, young] = ['1'.repeat(40), '2'.repeat(40)];

/** What git is asked for so many refs that moved, of which all or none are forward. */
async function asked(count: number, isForward: boolean) {
  const lines = Array.from({ length: count }, (_, at) =>
    [`${old} commit refs/x/${at} `, `${young} commit ${waitingRoom(origin)}x/${at} `].join('\n'),
  );
  const commands: string[] = [];
  const git: Steps['git'] = async (args) => {
    const command = args.find((word) => /^[a-z]+-[a-z-]+$/.test(word)) ?? '';
    commands.push(command);
    const status = command === 'merge-base' && !isForward ? 1 : 0;
    return { status, stdout: command === 'for-each-ref' ? lines.join('\n') : '', stderr: '' };
  };
  const { rest, leftOut } = await bringIn(
    { git, wait: async () => undefined, shared: (run) => run(), moved: () => undefined },
    {},
    { remote: origin, waiting, negative: [] },
  );
  return { rest, leftOut: leftOut.length, looks: commands.filter((command) => command === 'merge-base').length };
}

test('so many refs are moved by one fetch, and the rest by those that follow it', async () => {
  expect(await asked(500, true)).toEqual({ rest: undefined, leftOut: 0, looks: 500 });
  expect(await asked(501, true)).toEqual({ rest: 'soon', leftOut: 0, looks: 500 });
  expect(await asked(501, false)).toEqual({ rest: 'later', leftOut: 500, looks: 500 });
});

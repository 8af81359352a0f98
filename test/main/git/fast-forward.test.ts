// Owns: which branches follow their upstream, and that none is moved which somebody uses, with real git.
// Leaves: when that is asked (test/end-to-end/own-branches.test.ts).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { cameBefore, followers, treesOn } from '../../../src/main/git/fast-forward.ts';
import { REASON, startForwarding } from '../../../src/main/git/fast-forward-run.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import type { RefMove } from '../../../src/shared/events.ts';
import { parseObjectName, remoteName } from '../../../src/shared/remote.ts';
import {
  cloneRepo,
  commit,
  makeScratch,
  makeServerRepo,
  type Scratch,
  type ServerRepo,
  type TestRepo,
} from '../../support/temp-repo.ts';
import { placeOf, script } from './git-place.ts';

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const MOVED: RefMove = { ref: 'refs/remotes/o/main', old: one, new: two, how: 'forwarded' };
const UPSTREAM = `${two} commit refs/remotes/o/main   `;

describe('a branch follows', () => {
  test.each([
    ['its upstream that moved', `${one} commit refs/heads/b  refs/remotes/o/main o`, MOVED, true],
    ['one that was forced', `${one} commit refs/heads/b  refs/remotes/o/main o`, { ...MOVED, how: 'forced' }, true],
    ['one of a remote with spaces in its name', `${one} commit refs/heads/b  refs/remotes/o/main o`, MOVED, true],
    ['none that is as it is', `${two} commit refs/heads/b  refs/remotes/o/main o`, MOVED, false],
    ['none that is gone', `${one} commit refs/heads/b  refs/remotes/o/main o`, { ...MOVED, how: 'deleted' }, false],
    ['none without one', `${one} commit refs/heads/b   `, MOVED, false],
    ['none of another remote', `${one} commit refs/heads/b  refs/remotes/o/main other`, MOVED, false],
    ['none that did not move', `${one} commit refs/heads/b  refs/remotes/o/side o`, MOVED, false],
    [
      'not where it is only another name',
      `${one} commit refs/heads/b refs/heads/c refs/remotes/o/main o`,
      MOVED,
      false,
    ],
    ['not where it is no branch', `${one} commit refs/tags/b  refs/remotes/o/main o`, MOVED, false],
    ['not where it is a tag', `${one} tag refs/heads/b  refs/remotes/o/main o`, MOVED, false],
    ['not where its name cannot be told', `${one} commit refs/heads/\ufffd  refs/remotes/o/main o`, MOVED, false],
  ] as const)('%s', (_what, line, move, isOne) => {
    const found = followers(`${line}\n${UPSTREAM}\n`, 'o', [move]);
    expect(found).toEqual(isOne ? [{ ref: 'refs/heads/b', upstream: move.ref, from: one, to: two }] : []);
  });
});

test('a work tree is known by its first line, whatever else is said of it', () => {
  const listed = `worktree /a\nHEAD ${one}\nbranch refs/heads/a\n\nworktree /b\nHEAD ${one}\nbranch refs/heads/b\nlocked why\n\n`;
  expect(treesOn(listed, 'refs/heads/b')).toEqual(['/b']);
});

test.each([
  ['a checkout of before', `${one} checkout: moving from a to b\n`, true],
  ['the same, before what we wrote', `${two} ${REASON}\n${one} checkout: moving from a to b\n`, true],
  ['a checkout of after', `${two} checkout: moving from a to b\n`, false],
  ['a commit', `${three} commit: mine\n${one} checkout: moving from a to b`, false],
  ['nothing', '', false],
])('what came to a branch last: %s', (_what, reflog, isBefore) => {
  expect(cameBefore(reflog, { from: parseObjectName(one) ?? expect.unreachable() }, REASON)).toBe(isBefore);
});

describe('of a repository', () => {
  let scratch: Scratch;
  let server: ServerRepo;
  let repo: TestRepo;
  let before: string;
  const said: string[] = [];

  beforeEach(async () => {
    scratch = makeScratch(onTestFinished);
    server = await makeServerRepo(scratch);
    repo = await cloneRepo(scratch, server.directory, 'repo');
    before = await repo.git('rev-parse', 'HEAD');
    await repo.git('checkout', '--quiet', '-b', 'mine');
    said.length = 0;
  });

  /** Fetches, and moves what follows; gives what was moved. */
  async function follow(now?: string): Promise<string[]> {
    const place = { ...placeOf(scratch, repo), debug: (text: () => string) => void said.push(text()) };
    const remote = remoteName('origin');
    const fetch = startFetch(place, { remote, mode: 'fetch', refspecs: ['+refs/heads/*:refs/remotes/origin/*'] });
    expect(await fetch.finished).toMatchObject({ ok: true });
    const moved = fetch.work?.().moved ?? [];
    if (now !== undefined) expect(moved).toMatchObject([{ ref: 'refs/remotes/origin/main', new: now }]);
    const forwarded: RefMove[] = [];
    const commonDir = join(repo.directory, '.git');
    const forwarding = startForwarding(place, { remote, moved, commonDir, forwarded: (move) => forwarded.push(move) });
    expect(await forwarding.finished).toEqual({ ok: true });
    for (const { ref, new: to } of forwarded) expect(await tip(ref)).toBe(to);
    return forwarded.map(({ ref }) => ref);
  }

  const tip = (ref: string): Promise<string> => repo.git('rev-parse', ref);
  const write = (file: string, content: string): void => {
    const full = join(repo.directory, '.git', file);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  };

  test('what is behind its upstream and in no use comes to where that is, and its reflog says who did it', async () => {
    const now = await server.pushCommit();
    const status = await repo.git('status', '--porcelain=v2', '--branch');
    expect(await follow(now)).toEqual(['refs/heads/main']);
    expect(await repo.git('log', '-g', '-2', '--format=%H %gs', 'main')).toMatch(`${now} ${REASON}\n${before} `);
    expect(await repo.git('status', '--porcelain=v2', '--branch')).toBe(status);
    expect(await follow()).toEqual([]);
  });

  test.each<[string, () => unknown, RegExp]>([
    ['is checked out', () => repo.git('checkout', '--quiet', 'main'), /a work tree is on it/],
    [
      'is checked out in another work tree',
      () => repo.git('worktree', 'add', '--quiet', `${scratch.directory}/tree`, 'main'),
      /a work tree is on it/,
    ],
    [
      'is checked out in a work tree that is away',
      async () => {
        await repo.git('worktree', 'add', '--quiet', `${scratch.directory}/tree`, 'main');
        await repo.git('worktree', 'lock', `${scratch.directory}/tree`);
        rmSync(`${scratch.directory}/tree`, { recursive: true });
      },
      /a work tree is on it/,
    ],
    [
      'is checked out in a work tree that a crash has left without its place',
      async () => {
        await repo.git('worktree', 'add', '--quiet', `${scratch.directory}/tree`, 'main');
        write('worktrees/tree/gitdir', '');
        expect(await repo.git('worktree', 'list')).not.toMatch(/main/);
      },
      /a work tree is on it/,
    ],
    [
      'a bare repository is on, as it has files in a work tree that it does not know of',
      async () => {
        await repo.git('checkout', '--quiet', 'main');
        await repo.git('config', 'core.bare', 'true');
        expect(await repo.git('worktree', 'list')).toMatch(/\(bare\)/);
      },
      /a work tree is on it/,
    ],
    [
      'has a commit of its own',
      async () => {
        await repo.git('checkout', '--quiet', 'main');
        await commit(repo);
        await repo.git('checkout', '--quiet', 'mine');
      },
      /its upstream does not contain it/,
    ],
    [
      'is rebased, really',
      async () => {
        await repo.git('checkout', '--quiet', 'main');
        await repo.git('-c', 'sequence.editor=echo break >', 'rebase', '--quiet', '-i', '--root').catch(() => '');
        expect(await repo.git('symbolic-ref', '-q', 'HEAD').catch(() => 'none')).toBe('none');
      },
      /a work tree is on it, or rebases/,
    ],
    ['is rebased', () => write('rebase-merge/head-name', 'refs/heads/main\n'), /rebases/],
    [
      'is one of a stack that is',
      () => write('rebase-merge/update-refs', `refs/heads/main\n${one}\n${one}\n`),
      /rebases/,
    ],
    ['has patches applied to it', () => write('rebase-apply/head-name', 'refs/heads/main\n'), /applies patches/],
    [
      'is bisected, really',
      async () => {
        await repo.git('checkout', '--quiet', 'main');
        await repo.git('bisect', 'start');
        await repo.git('checkout', '--quiet', '--detach');
      },
      /bisects/,
    ],
    ['is being merged', () => write('MERGE_HEAD', `${before}\n`), /it is being merged/],
    ['may be what a checkout is about to come to', () => write('index.lock', ''), /something is done in a work tree/],
    [
      'is refused by a hook',
      async () => {
        const hook = join(repo.directory, '.git/hooks/reference-transaction');
        // git 2.39 has no states but these; the fetch is to go through.
        const refuses = 'while read -r old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done';
        writeFileSync(hook, `#!/bin/sh\n${refuses}\n`, { mode: 0o755 });
      },
      /a hook of this repository/,
    ],
  ])('a branch stays where it is that %s', async (_what, use, why) => {
    await use();
    const here = await tip('refs/heads/main');
    await server.pushCommit();
    expect(await follow()).toEqual([]);
    expect(await tip('refs/heads/main')).toBe(here);
    expect(said.join('\n')).toMatch(why);
  });

  test('a lock of an index that is left there is waited for once, however many branches follow', async () => {
    await repo.git('branch', '--quiet', '--track', 'second', 'origin/main');
    await server.pushCommit();
    write('index.lock', '');
    expect(await follow()).toEqual([]);
    expect(said.filter((line) => /something is done in a work tree/.test(line))).toHaveLength(2);
    // At once, three times more, and at once for the other one.
    expect(said.filter((line) => /^runs git .*worktree list/.test(line))).toHaveLength(5);
  });

  test('one that leads to another by name is left, and so is one with another upstream', async () => {
    await repo.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
    await repo.git('config', 'branch.alias.remote', 'origin');
    await repo.git('config', 'branch.alias.merge', 'refs/heads/main');
    await repo.git('branch', '--quiet', 'other', 'main');
    await repo.git('config', 'branch.other.remote', '.');
    await repo.git('config', 'branch.other.merge', 'refs/heads/main');
    await server.pushCommit();
    expect(await follow()).toEqual(['refs/heads/main']);
    expect(await repo.git('symbolic-ref', 'refs/heads/alias')).toBe('refs/heads/main');
    expect(await tip('other')).toBe(before);
  });

  test('no branch is made or deleted', async () => {
    await server.git('update-ref', 'refs/heads/new', 'main');
    expect(await follow()).toEqual([]);
    await server.git('update-ref', '-d', 'refs/heads/main');
    expect(await follow()).toEqual([]);
    expect(await repo.git('for-each-ref', '--format=%(refname)', 'refs/heads/')).toBe(
      'refs/heads/main\nrefs/heads/mine',
    );
  });

  /** Has a hook do something at one state of the transaction that moves `main` here. */
  const whileMoved = (state: string, does: string): void => {
    const path = script(
      scratch,
      'race',
      `[ "$1" = ${state} ] && [ ! -e ${scratch.directory}/raced ] || exit 0`,
      'while read -r old new ref; do [ "$ref" = refs/heads/main ] && moves=1; done; [ -n "$moves" ] || exit 0',
      `touch ${scratch.directory}/raced; unset GIT_DIR GIT_REFLOG_ACTION; cd ${repo.directory}; ${does} >&2`,
    );
    writeFileSync(join(repo.directory, '.git/hooks/reference-transaction'), `#!/bin/sh\nexec ${path} "$@"\n`, {
      mode: 0o755,
    });
  };

  test('somebody who comes to it while it is moved finds it as it was, and nothing of his taken back', async () => {
    const now = await server.pushCommit();
    whileMoved('prepared', 'git checkout --quiet main');
    expect(await follow(now)).toEqual([]);
    expect(said.join('\n')).toContain('a work tree came to it meanwhile');
    expect(await tip('main')).toBe(before);
    expect(await repo.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  test('somebody who comes to it once it is moved has it as it is', async () => {
    const now = await server.pushCommit();
    whileMoved('committed', 'git checkout --quiet main');
    expect(await follow(now)).toEqual(['refs/heads/main']);
    expect(await repo.git('status', '--porcelain')).toBe('');
  });

  test('somebody who moves it himself meanwhile wins', async () => {
    await server.pushCommit();
    const place = placeOf(scratch, repo);
    const his = await repo.git('commit-tree', '-m', 'his', '-p', before, `${before}^{tree}`);
    const remote = remoteName('origin');
    const fetch = startFetch(place, { remote, mode: 'fetch' });
    await fetch.finished;
    const moved = fetch.work?.().moved ?? [];
    const forwarding = startForwarding(
      {
        ...place,
        // Told right before git is run that moves it.
        debug: (text) => {
          if (text().includes('worktree list')) writeFileSync(join(repo.directory, '.git/refs/heads/main'), `${his}\n`);
        },
      },
      { remote, moved, commonDir: join(repo.directory, '.git'), forwarded: () => expect.unreachable() },
    );
    expect(await forwarding.finished).toEqual({ ok: true });
    expect(await tip('main')).toBe(his);
  });
});

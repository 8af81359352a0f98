// Owns: that the watcher works where git does: whatever the account's environment is, wherever its refs are kept.
// Leaves: what it tells in which shell (server-watch-script.test.ts), and by what it learns of it (server-watch-told.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serverWatchCommand } from '../../../../src/workers/ssh/watch/server-watch-script.ts';
import { until } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { commit, makeRepo, makeScratch, makeServerRepo, type Scratch } from '../../../support/temp-repo.ts';
import { pathOf, startWatcher } from './watcher-shell.ts';

const noInotify = lacksPeers('the watcher for servers in odd surroundings, by inotifywait', 'inotifywait');

const atEnd = onTestFinished;

/** A folder with a program that complains before it does what it is there for. */
function complaining(scratch: Scratch, ...names: readonly string[]): string {
  const folder = join(scratch.directory, 'complaining');
  mkdirSync(folder);
  for (const name of names) {
    const text = `#!/bin/sh\necho "fatal: ${name}: this site is managed" >&2\nexec ${findProgram(name)} "$@"\n`;
    writeFileSync(join(folder, name), text, { mode: 0o755 });
  }
  return folder;
}

const SURROUNDINGS: readonly (readonly [string, (scratch: Scratch) => Readonly<Record<string, string>>])[] = [
  ['programs that warn on stderr', () => ({ LD_PRELOAD: '/nonexistent/lib.so' })],
  ['a git that traces', () => ({ GIT_TRACE: '1', GIT_TRACE_SETUP: '1', GIT_TRACE2: '1' })],
  [
    'wrappers that talk',
    (scratch) => ({
      PATH: `${complaining(scratch, 'git', 'awk', 'find', 'inotifywait', 'sleep')}:${process.env.PATH}`,
    }),
  ],
  ['a PATH that starts at home', () => ({ PATH: 'bin::.:/usr/bin:/bin' })],
  ['a PATH without most of the system', (scratch) => ({ PATH: complaining(scratch, 'git', 'sh') })],
  [
    'names of our own, separators, another language',
    () => ({
      known: 'x',
      now: 'x',
      line: 'x',
      at: '/',
      why: 'x',
      on: 'x',
      said: 'x',
      IFS: '/r',
      LC_ALL: 'de_DE.UTF-8',
    }),
  ],
  [
    'variables that programs heed',
    () => ({
      ...{ POSIXLY_CORRECT: '1', CDPATH: '/', GREP_OPTIONS: '-v', GIT_DIR: '/', GIT_WORK_TREE: '/' },
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.bareRepository', GIT_CONFIG_VALUE_0: 'explicit' },
    }),
  ],
];

const OF_BASH: typeof SURROUNDINGS = [
  ['options', () => ({ SHELLOPTS: 'errexit:nounset:noglob:noclobber:xtrace', BASHOPTS: 'nullglob', TMOUT: '1' })],
  ['functions', () => ({ 'BASH_FUNC_git%%': '() { false; }', 'BASH_FUNC_cd%%': '() { false; }' })],
];

const CASES = [
  ...SURROUNDINGS.map(([what, more]) => ['dash', what, more] as const),
  ...OF_BASH.map(([what, more]) => ['bash', what, more] as const),
];

describe.skipIf(noInotify)('it watches', () => {
  test.each(CASES)('in %s among %s', async (shell, _what, more) => {
    const scratch = makeScratch(atEnd);
    const repo = await makeServerRepo(scratch);
    const env = { ...scratch.env, ...more(scratch) };
    const program = findProgram(shell) ?? shell;
    const { lines, processes } = startWatcher(atEnd, { scratch, path: repo.directory, shell: [program, '-s'], env });
    await lines.next('READY inotifywait');
    const tip = await repo.pushCommit('new/branch');
    await lines.next(`MOVED ${tip} refs/heads/new/branch`);
    await until('no more than four processes are left of it', () => processes().length <= 4);
  });
});

test('where bash exports all that it sets, no program is handed the list of all refs', async () => {
  const scratch = makeScratch(atEnd);
  const repo = await makeServerRepo(scratch);
  const tip = await repo.git('rev-parse', 'main');
  const long = 'x'.repeat(200);
  const packed = Array.from({ length: 1_000 }, (_each, index) => `${tip} refs/heads/${long}/${index}\n`);
  writeFileSync(join(repo.directory, 'packed-refs'), `# pack-refs with: peeled fully-peeled \n${packed.join('')}`);
  const env = { ...scratch.env, SHELLOPTS: 'allexport' };
  const shell = [findProgram('bash') ?? 'bash', '-s'] as const;
  const { lines } = startWatcher(atEnd, { scratch, path: repo.directory, shell, env });
  await lines.next(/^READY /);
  const pushed = await repo.pushCommit();
  await lines.next(`MOVED ${pushed} refs/heads/main`);
});

const LOGIN_SHELLS = ['dash', 'bash', 'busybox', 'ksh', 'fish', 'tcsh'].filter((name) => findProgram(name));

test.each(LOGIN_SHELLS)('it is handed to the shell of the system where %s finds none', (name) => {
  const { home } = makeScratch(atEnd);
  const args = [...(name === 'busybox' ? ['sh'] : []), '-c', serverWatchCommand({ mark: 'grd-x' })];
  const env = { HOME: home, PATH: home };
  const said = execFileSync(findProgram(name) ?? name, args, { env, input: 'echo HELLO\n', encoding: 'utf8' });
  expect(said).toMatch(/\nWAITING\nHELLO\n$/);
});

const WORK_TREES: readonly (readonly [string, string, (scratch: Scratch) => string])[] = [
  ['elsewhere', 'site.git', ({ directory }) => join(directory, 'elsewhere')],
  ['that is not there', 'site.git', () => '../not/there'],
  ['around its git directory', 'home/.dotfiles.git', ({ home }) => home],
  ['that is where it would be', 'web/.git', ({ directory }) => join(directory, 'web')],
];

test.each(WORK_TREES)('a repository is watched that names a work tree %s', async (_where, name, worktree) => {
  const scratch = makeScratch(atEnd);
  const { directory, git } = await makeRepo(scratch, name, '--bare');
  const writer = await makeRepo(scratch, 'writer');
  const tip = await commit(writer);
  await writer.git('push', '--quiet', directory, 'HEAD:refs/heads/other');
  await git('config', 'core.bare', 'false');
  await git('config', 'core.worktree', worktree(scratch));
  mkdirSync(join(scratch.directory, 'elsewhere'));
  const { lines } = startWatcher(atEnd, { scratch, path: directory });
  await lines.next(/^READY /);
  await git('--git-dir=.', '--work-tree=.', 'update-ref', 'refs/heads/main', tip);
  await lines.next(`MOVED ${tip} refs/heads/main`);
});

test.skipIf(noInotify)('it takes a watch for each folder of refs, and none for what else there is', async () => {
  const scratch = makeScratch(atEnd);
  const repo = await makeServerRepo(scratch);
  for (const folder of ['annex/objects/a/b', 'lfs/c', '.odd', 'with space', 'refs/heads/in/folders'])
    mkdirSync(join(repo.directory, folder), { recursive: true });
  const { lines, processes } = startWatcher(atEnd, { scratch, path: repo.directory });
  await lines.next('READY inotifywait');
  const [found] = processes().filter(({ command }) => command.startsWith('inotifywait'));
  const watches = [3, 4, 5, 6]
    .map((fd) => {
      try {
        return readFileSync(`/proc/${found?.pid}/fdinfo/${fd}`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('')
    .match(/^inotify /gm);
  // The top, refs, heads, in, folders, tags.
  expect(watches).toHaveLength(6);
});

test('that HEAD leads to another branch is told without a name', async () => {
  const scratch = makeScratch(atEnd);
  const repo = await makeServerRepo(scratch);
  await repo.pushCommit('other');
  const { lines } = startWatcher(atEnd, { scratch, path: repo.directory });
  await lines.next(/^READY /);
  await repo.git('symbolic-ref', 'HEAD', 'refs/heads/other');
  await lines.next('DONE');
  expect(lines.count(/^MOVED|^GONE/)).toBe(0);
});

test('of the refs in a namespace those are told that a fetch shows', async () => {
  const scratch = makeScratch(atEnd);
  const repo = await makeServerRepo(scratch);
  const env = { ...scratch.env, GIT_NAMESPACE: 'theirs' };
  const { lines } = startWatcher(atEnd, { scratch, path: repo.directory, env });
  await lines.next(/^READY /);
  const tip = await repo.git('rev-parse', 'main');
  await repo.git('update-ref', 'refs/namespaces/theirs/refs/heads/main', tip);
  await lines.next(`MOVED ${tip} refs/heads/main`);
});

/** What leads to the repository then leads to another. */
const SWITCHES: readonly (readonly [string, (scratch: Scratch, to: string) => void])[] = [
  ['the link itself', ({ directory }) => switchLink(join(directory, 'current'), 'two')],
  [
    'a folder on the way',
    ({ directory }) => {
      renameSync(join(directory, 'one'), join(directory, 'gone'));
      renameSync(join(directory, 'two'), join(directory, 'one'));
    },
  ],
];

function switchLink(link: string, to: string): void {
  symlinkSync(to, `${link}-next`);
  renameSync(`${link}-next`, link);
}

test.each(SWITCHES)('it notices that its path leads elsewhere: %s', async (_what, change) => {
  const scratch = makeScratch(atEnd);
  for (const name of ['one', 'two']) await makeRepo(scratch, `${name}/r.git`, '--bare');
  symlinkSync('one', join(scratch.directory, 'current'));
  const { lines } = startWatcher(atEnd, { scratch, path: join(scratch.directory, 'current', 'r.git') });
  await lines.next(/^READY /);
  change(scratch, 'two');
  await lines.next('FAILED error the repository is not where it was');
});

describe('refs that are kept in another folder', () => {
  /** Git before 2.54 cannot read them: it is told what to say of them. */
  const startElsewhere = async (by: 'inotifywait' | 'looking', inotify = true) => {
    const scratch = makeScratch(atEnd);
    const repo = await makeServerRepo(scratch);
    const store = join(scratch.directory, 'store');
    mkdirSync(join(store, 'reftable'), { recursive: true });
    await repo.git('config', 'extensions.refStorage', `reftable://${store}`);
    const PATH = pathOf(scratch, { without: ['git'] });
    const git = `case $* in *for-each-ref*) exec cat "$HOME/refs" ;; esac\nexec ${findProgram('git')} "$@"`;
    writeFileSync(join(PATH, 'git'), `#!/bin/sh\n${git}\n`, { mode: 0o755 });
    symlinkSync(findProgram('cat') ?? '', join(PATH, 'cat'));
    if (inotify) symlinkSync(findProgram('inotifywait') ?? '', join(PATH, 'inotifywait'));
    writeFileSync(join(scratch.home, 'refs'), '');
    writeFileSync(join(PATH, 'git-annex-shell'), '', { mode: 0o755 });
    const env = { ...scratch.env, PATH };
    return { scratch, store, ...startWatcher(atEnd, { scratch, path: repo.directory, env, by }) };
  };

  test.skipIf(noInotify).each(['inotifywait', 'looking'] as const)('are followed by %s', async (by) => {
    const { scratch, store, lines } = await startElsewhere(by);
    await lines.next(`READY ${by}`);
    const tip = 'a'.repeat(40);
    writeFileSync(join(scratch.home, 'refs'), `${tip} refs/heads/main  \n`);
    writeFileSync(join(store, 'reftable', 'tables.list.lock'), '');
    renameSync(join(store, 'reftable', 'tables.list.lock'), join(store, 'reftable', 'tables.list'));
    await lines.next(`MOVED ${tip} refs/heads/main`);
  });

  test('are not left to git-annex-shell, which hears nothing of them', async () => {
    const { lines, processes } = await startElsewhere('inotifywait', false);
    await lines.next(/^FAILED nothing-tells inotifywait is not installed there, and git-annex-shell hears nothing/);
    await until('it has ended', () => processes().length === 0);
  });
});

// Owns: by what the watcher on a server learns of changes: where it must be told and cannot be, it ends and says why.
// Leaves: what it then tells (server-watch-script.test.ts), and an inotifywait that goes deaf (server-watch-deaf.test.ts).
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import { lacksShells, pathOf, SHELLS, startWatcher } from './watcher-shell.ts';

const TESTED = 'how the watcher for servers is told';
const noShells = lacksShells(TESTED);
const noInotify = lacksPeers(`${TESTED}, by inotifywait`, 'inotifywait');

describe('where it is to be told of changes', () => {
  interface Told {
    readonly shell?: readonly [string, ...string[]];
    /** Scripts in place of programs. */
    readonly poses?: Readonly<Record<string, string>>;
    readonly annexShell?: string;
    readonly prepare?: (repository: string) => void;
  }

  const startTold = async ({ shell, poses = {}, annexShell = 'git-annex-shell', prepare }: Told) => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    prepare?.(repo.directory);
    const PATH = pathOf(scratch, { without: Object.keys(poses) });
    for (const [name, text] of Object.entries(poses))
      writeFileSync(join(PATH, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const [program = 'sh', ...args] = shell ?? ['sh', '-s'];
    return startWatcher(onTestFinished, {
      scratch,
      path: repo.directory,
      shell: [findProgram(program) ?? program, ...args],
      env: { ...scratch.env, PATH },
      annexShell,
      by: 'inotifywait',
    });
  };

  const MISSING = 'FAILED cannot-be-told inotifywait is not installed there';
  const NOTHING = 'FAILED nothing-tells inotifywait is not installed there, and neither is git-annex-shell';
  const onFileSystem = (type: string) => ({ inotifywait: 'exit 7', stat: `echo '${type}'` });
  const saying = (...lines: readonly string[]) => ({
    inotifywait: [...['Setting up watches.', ...lines].map((line) => `echo "${line}" >&2`), 'exit 1'].join('\n'),
  });
  const noWatches = 'Failed to watch .; upper limit on inotify watches reached!';
  const noInstances = "Couldn't initialize inotify: Too many open files";

  test.skipIf(noShells).each(SHELLS)('%s ends at once without inotifywait', async (_name, shell) => {
    const { lines, processes } = await startTold({ shell });
    await lines.next(NOTHING);
    await until('it has ended', () => processes().length === 0);
  });

  test.each([
    ['git-annex-shell is there, which may be told', { poses: { 'git-annex-shell': '' } }, MISSING],
    ['nobody knows what git-annex-shell is there', { annexShell: 'sudo -u git git-annex-shell' }, MISSING],
    [
      'other machines write to its file system',
      { poses: onFileSystem('nfs') },
      'FAILED nothing-tells the repository is on nfs there, where changes go unheard',
    ],
    [
      'its file system is unknown',
      { poses: onFileSystem('UNKNOWN (0x1)') },
      'FAILED cannot-be-told the repository is on a file system of a kind that is not known there: UNKNOWN (0x1)',
    ],
    [
      'its refs are elsewhere',
      {
        poses: { inotifywait: 'exit 7' },
        prepare: (repository: string) => {
          renameSync(join(repository, 'refs'), join(repository, 'elsewhere'));
          symlinkSync('elsewhere', join(repository, 'refs'));
        },
      },
      'FAILED cannot-be-told inotifywait does not follow the links in the repository there',
    ],
    [
      'its tables of refs are elsewhere',
      {
        poses: { inotifywait: 'exit 7' },
        prepare: (repository: string) => symlinkSync('..', join(repository, 'reftable')),
      },
      'FAILED cannot-be-told inotifywait does not follow the links in the repository there',
    ],
    ['no watches are left', { poses: saying(noWatches) }, `FAILED nothing-tells inotifywait: ${noWatches}`],
    ['no instances are left', { poses: saying(noInstances) }, `FAILED nothing-tells inotifywait: ${noInstances}`],
    [
      'inotifywait cannot be run',
      { poses: saying('libinotifytools.so.0: cannot open shared object file') },
      'FAILED cannot-be-told inotifywait: libinotifytools.so.0: cannot open shared object file',
    ],
    ['inotifywait ends without a word', { poses: saying() }, 'FAILED cannot-be-told inotifywait: it has ended'],
  ])('it says why that cannot be: %s', async (_why, told: Told, line) => {
    const { lines, child, processes } = await startTold(told);
    await lines.next(line);
    expect(lines.count(/^READY/)).toBe(0);
    child.stdin?.end();
    await until('nothing is left', () => processes().length === 0);
  });

  test.skipIf(noInotify)('it is, by inotifywait', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeServerRepo(scratch);
    const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, by: 'inotifywait' });
    await lines.next('READY inotifywait');
    const tip = await repo.pushCommit('new/branch');
    await lines.next(`MOVED ${tip} refs/heads/new/branch`);
  });
});

test.skipIf(noInotify)('where it is to look, it does, whoever could tell', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, by: 'looking' });
  await lines.next('READY looking');
  const tip = await repo.pushCommit();
  await lines.next(`MOVED ${tip} refs/heads/main`);
});

test.skipIf(noInotify)('where either will do, it looks if inotifywait cannot tell', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const PATH = pathOf(scratch, {});
  writeFileSync(join(PATH, 'inotifywait'), '#!/bin/sh\necho upper limit reached >&2\nexit 1\n', { mode: 0o755 });
  const { lines } = startWatcher(onTestFinished, { scratch, path: repo.directory, env: { ...scratch.env, PATH } });
  await lines.next('READY looking');
});

// Owns: that refs are watched wherever git keeps them: worktrees, linked directories, reftables.
// Leaves: what is told of them (local-watch.test.ts).
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { storageIn } from '../../../src/workers/local/ref-format.ts';
import { until } from '../../support/next-line.ts';
import { commit, makeRepo, makeScratch, makeServerRepo, openRepo, type ServerRepo } from '../../support/temp-repo.ts';
import { connectedLink, openLocalLink, watchersOpen } from './link.ts';

test.each(['work tree', 'linked worktree'])('in a %s, commits and branches are told', async (kind) => {
  const scratch = makeScratch(onTestFinished);
  const work = await makeRepo(scratch, 'work');
  await commit(work);
  await work.git('worktree', 'add', '--quiet', '../linked');
  const watched = openRepo(kind === 'work tree' ? work.directory : join(scratch.directory, 'linked'), scratch.env);
  const link = await connectedLink(onTestFinished, watched.directory);
  const tip = await commit(watched);
  await link.reports.next(`moved refs/heads/${kind === 'work tree' ? 'main' : 'linked'} ${tip}`);
  await work.git('update-ref', 'refs/heads/elsewhere', tip);
  await link.reports.next(`moved refs/heads/elsewhere ${tip}`);
  await watched.git('checkout', '--quiet', '--detach');
  await link.reports.next('moved');
});

test('refs that are linked from another directory, as git-new-workdir does it, are watched there', async () => {
  const server = await makeServerRepo(makeScratch(onTestFinished));
  const tip = await server.git('rev-parse', 'main');
  await server.git('pack-refs', '--all');
  const linked = join(dirname(server.directory), 'linked.git');
  mkdirSync(linked);
  writeFileSync(join(linked, 'HEAD'), 'ref: refs/heads/main\n');
  for (const name of ['refs', 'objects', 'packed-refs', 'config'])
    symlinkSync(join(server.directory, name), join(linked, name));
  const link = await connectedLink(onTestFinished, linked);
  await server.git('update-ref', 'refs/heads/new', tip);
  await link.reports.next(`moved refs/heads/new ${tip}`);
  await server.git('update-ref', '-d', 'refs/heads/main');
  await link.reports.next('moved refs/heads/main gone');
});

test('refs that are linked from a directory on the way to which a link is switched are read where it leads then', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const tip = await server.git('rev-parse', 'main');
  for (const [copy, branch] of [
    ['one', 'blue'],
    ['two', 'green'],
  ] as const) {
    mkdirSync(join(scratch.directory, copy, 'team'), { recursive: true });
    writeFileSync(join(scratch.directory, copy, 'team', branch), `${tip}\n`);
  }
  symlinkSync('one', join(scratch.directory, 'current'));
  symlinkSync(join(scratch.directory, 'current', 'team'), join(server.directory, 'refs', 'heads', 'team'));
  const link = await connectedLink(onTestFinished, server.directory);
  symlinkSync('two', join(scratch.directory, 'next'));
  renameSync(join(scratch.directory, 'next'), join(scratch.directory, 'current'));
  await link.reports.next(/^moved .*refs\/heads\/team\/green/);
});

/** What git writes for a reftable (Documentation/technical/reftable, "File format"); the tables themselves are not read. */
function makeReftable(directory: string, ...tables: readonly string[]): void {
  mkdirSync(join(directory, 'reftable'), { recursive: true });
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/.invalid\n');
  rmSync(join(directory, 'refs'), { recursive: true, force: true });
  mkdirSync(join(directory, 'refs'));
  writeFileSync(join(directory, 'refs', 'heads'), 'this repository uses the reftable format\n');
  writeTables(directory, tables);
}

/** Keeps the refs of a repository below another folder, as git 2.54 does it: `extensions.refStorage`. */
function keepElsewhere(server: ServerRepo, kind: string, written: string): string {
  const elsewhere = resolve(server.directory, written);
  makeReftable(server.directory);
  rmSync(join(server.directory, 'reftable'), { recursive: true });
  mkdirSync(elsewhere, { recursive: true });
  appendFileSync(join(server.directory, 'config'), `[extensions]\n\trefStorage = ${kind}://${written}\n`);
  return elsewhere;
}

test.each(['../elsewhere', join(tmpdir(), `grd-${randomUUID()}`)])(
  'tables in another folder are followed: %s',
  async (written) => {
    const server = await makeServerRepo(makeScratch(onTestFinished));
    const elsewhere = keepElsewhere(server, 'reftable', written);
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    mkdirSync(join(elsewhere, 'reftable'));
    writeTables(elsewhere, ['0x000000000001-0x000000000001-a1b2c3d4.ref']);
    const link = await connectedLink(onTestFinished, server.directory);
    writeTables(elsewhere, ['0x000000000001-0x000000000002-89abcdef.ref']);
    await link.reports.next('moved');
  },
);

test('files in another folder are followed', async () => {
  const server = await makeServerRepo(makeScratch(onTestFinished));
  const tip = await server.git('rev-parse', 'main');
  const elsewhere = keepElsewhere(server, 'files', '../elsewhere');
  mkdirSync(join(elsewhere, 'refs', 'heads'), { recursive: true });
  const link = await connectedLink(onTestFinished, server.directory);
  writeFileSync(join(elsewhere, 'refs', 'heads', 'new'), `${tip}\n`);
  await link.reports.next(`moved refs/heads/new ${tip}`);
  writeFileSync(join(elsewhere, 'packed-refs'), `${tip} refs/heads/packed\n`);
  await link.reports.next(`moved refs/heads/packed ${tip}`);
});

test.each(['tree', 'reftable'])('refs that cannot be followed are left to git: %s', async (kind) => {
  const server = await makeServerRepo(makeScratch(onTestFinished));
  rmSync(keepElsewhere(server, kind, '../elsewhere'), { recursive: true });
  const link = openLocalLink(onTestFinished, server.directory);
  expect(await link.ended).toMatchObject({ code: 'cannot-watch', detail: expect.stringContaining(`${kind}://`) });
});

test.each([
  ['\trefStorage = reftable', { kind: 'reftable', place: '' }],
  ['refstorage=files:///srv/refs dir', { kind: 'files', place: '/srv/refs dir' }],
  ['  REFSTORAGE = "reftable://../refs" # here', { kind: 'reftable', place: '../refs' }],
  ['# refStorage = reftable', undefined],
])('%j says where the refs are', (line, storage) => {
  expect(storageIn(line)).toEqual(storage);
});

function writeTables(directory: string, tables: readonly string[]): void {
  const list = join(directory, 'reftable', 'tables.list');
  writeFileSync(`${list}.lock`, tables.map((table) => `${table}\n`).join(''));
  renameSync(`${list}.lock`, list);
}

test('in a repository with a reftable every new list of tables is told', async () => {
  const server = await makeServerRepo(makeScratch(onTestFinished));
  makeReftable(server.directory, '0x000000000001-0x000000000001-a1b2c3d4.ref');
  const link = await connectedLink(onTestFinished, server.directory);
  writeTables(server.directory, [
    '0x000000000001-0x000000000001-a1b2c3d4.ref',
    '0x000000000002-0x000000000002-01234567.ref',
  ]);
  await link.reports.next('moved');
  writeTables(server.directory, ['0x000000000001-0x000000000002-89abcdef.ref']);
  await link.reports.next('moved');
});

test('a repository that is converted to a reftable is another one: its link ends, and the next follows the tables', async () => {
  const server = await makeServerRepo(makeScratch(onTestFinished));
  const before = await connectedLink(onTestFinished, server.directory);
  makeReftable(server.directory, '0x000000000001-0x000000000001-a1b2c3d4.ref');
  expect(await before.ended).toMatchObject({ code: 'not-there', detail: expect.stringContaining('another format') });
  const link = await connectedLink(onTestFinished, server.directory);
  await until('the tables are watched', () => watchersOpen() === 3);
  writeTables(server.directory, ['0x000000000001-0x000000000002-89abcdef.ref']);
  await link.reports.next('moved');
});

// Owns: what a watched repository tells: every change and soon, nothing where nothing moved, and its own end.
// Leaves: that it is fetched then (test/end-to-end/local.test.ts).
import fs, { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../support/next-line.ts';
import { makeRepo, makeScratch, makeServerRepo, type TestRepo } from '../../support/temp-repo.ts';
import { turnsByHand } from '../loop.ts';
import { connectedLink, openLocalLink, watchersOpen } from './link.ts';

const makeServer = (): ReturnType<typeof makeServerRepo> => makeServerRepo(makeScratch(onTestFinished));
const tipOf = (repo: TestRepo, ref = 'main'): Promise<string> => repo.git('rev-parse', ref);

test('it is connected once it watches, and says how', async () => {
  const server = await makeServer();
  const link = openLocalLink(onTestFinished, server.directory);
  await link.reports.next(`connected a file system watch of ${server.directory}`);
});

test('a push is told with the ref and what it is now', async () => {
  const server = await makeServer();
  const link = await connectedLink(onTestFinished, server.directory);
  const tip = await server.pushCommit();
  await link.reports.next(`moved refs/heads/main ${tip}`);
});

test('a push is told though the system has lost its event among others that do not matter', async () => {
  const server = await makeServer();
  const link = await connectedLink(onTestFinished, server.directory);
  const tip = await tipOf(server);
  const most = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  const heads = join(server.directory, 'refs/heads');
  // At once, so that nothing is heard in between.
  for (let events = 0; events <= most; events += 2) {
    fs.closeSync(fs.openSync(join(heads, 'x.lock'), 'w'));
    unlinkSync(join(heads, 'x.lock'));
  }
  writeFileSync(join(heads, 'new.lock'), `${tip}\n`);
  renameSync(join(heads, 'new.lock'), join(heads, 'new'));
  await link.reports.next(`moved refs/heads/new ${tip}`);
});

test('where the system has no watches left it is looked at, and watched as soon as there are some again', async () => {
  const server = await makeServer();
  const refusing = vi.spyOn(fs, 'watch').mockImplementation(() => {
    throw Object.assign(new Error('none is left'), { code: 'ENOSPC' });
  });
  onTestFinished(() => refusing.mockRestore());
  const link = openLocalLink(onTestFinished, server.directory);
  const why = 'the system allows no more watches (raise fs.inotify.max_user_watches)';
  const looking = `connected looking at ${server.directory} every 2 s, as the daemon cannot watch ${server.directory}: ${why}`;
  await link.reports.next(looking);
  const tip = await server.pushCommit();
  await link.reports.next(`moved refs/heads/main ${tip}`);
  refusing.mockRestore();
  await link.reports.next(`connected a file system watch of ${server.directory}`);
  const next = await server.pushCommit();
  await link.reports.next(`moved refs/heads/main ${next}`);
});

test.each<readonly [string, (server: TestRepo, tip: string) => Promise<unknown>, (tip: string) => string]>([
  ['a new branch', (s, tip) => s.git('update-ref', 'refs/heads/new', tip), (tip) => `refs/heads/new ${tip}`],
  [
    'a new branch in folders',
    (s, tip) => s.git('update-ref', 'refs/heads/a/b/c', tip),
    (tip) => `refs/heads/a/b/c ${tip}`,
  ],
  ['a tag on an old commit', (s) => s.git('tag', 'v1', 'main~1'), () => 'refs/tags/v1 '],
  [
    'a ref that is neither',
    (s, tip) => s.git('update-ref', 'refs/changes/01/1/meta', tip),
    (tip) => `refs/changes/01/1/meta ${tip}`,
  ],
  ['a rewound branch', (s) => s.git('update-ref', 'refs/heads/main', 'main~1'), () => 'refs/heads/main '],
  ['a deleted branch', (s) => s.git('update-ref', '-d', 'refs/heads/side'), () => 'refs/heads/side gone'],
  [
    'a deleted branch that was packed',
    (s) => s.git('update-ref', '-d', 'refs/heads/packed'),
    () => 'refs/heads/packed gone',
  ],
  [
    'a packed branch that moves',
    (s, tip) => s.git('update-ref', 'refs/heads/packed', tip),
    (tip) => `refs/heads/packed ${tip}`,
  ],
])('%s is told by name', async (_what, change, told) => {
  const server = await makeServer();
  const first = await tipOf(server);
  const tip = await server.pushCommit();
  await server.git('update-ref', 'refs/heads/packed', first);
  await server.git('pack-refs', '--all');
  await server.git('update-ref', 'refs/heads/side', first);
  const link = await connectedLink(onTestFinished, server.directory);
  await change(server, tip);
  await link.reports.next((line) => line.startsWith(`moved ${told(tip)}`));
});

test.each<readonly [string, (server: TestRepo) => Promise<unknown>]>([
  ['HEAD that names another branch', (s) => s.git('symbolic-ref', 'HEAD', 'refs/heads/other')],
  ['a symbolic ref', (s) => s.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main')],
  ['a branch that a symbolic ref leads to', (s) => s.git('update-ref', 'refs/heads/aimed-at', 'main~1')],
])('%s is told without names, as it moves what is not named', async (_what, change) => {
  const server = await makeServer();
  await server.pushCommit();
  await server.git('update-ref', 'refs/heads/aimed-at', 'main');
  await server.git('symbolic-ref', 'refs/heads/aim', 'refs/heads/aimed-at');
  const link = await connectedLink(onTestFinished, server.directory);
  await change(server);
  await link.reports.next('moved');
});

test.each<readonly [string, (server: TestRepo) => Promise<unknown>]>([
  ['pack-refs', (s) => s.git('pack-refs', '--all')],
  ['gc', (s) => s.git('gc', '--quiet')],
  [
    'a lock that is given up',
    async (s) => {
      writeFileSync(join(s.directory, 'refs', 'heads', 'main.lock'), '');
      rmSync(join(s.directory, 'refs', 'heads', 'main.lock'));
    },
  ],
  ['a ref that is set to what it is', (s) => s.git('update-ref', 'refs/heads/main', 'main')],
  ['a commit that no ref leads to', (s) => s.git('commit-tree', '-m', 'Alone', 'main^{tree}')],
])('%s moves nothing, and is not told', async (_what, change) => {
  const server = await makeServer();
  await server.git('branch', 'a/b', 'main');
  const link = await connectedLink(onTestFinished, server.directory);
  await change(server);
  // What is told next is what comes next.
  await server.git('update-ref', 'refs/heads/after', 'main');
  await link.reports.next((line) => line.startsWith('moved refs/heads/after '));
  expect(link.reports.count(/^moved/)).toBe(1);
});

test('a branch that goes and comes back within one wait is told, since a fetch may have seen it gone', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const link = await connectedLink(onTestFinished, server.directory);
  const file = join(server.directory, 'refs', 'heads', 'main');
  unlinkSync(file);
  writeFileSync(`${file}.lock`, `${tip}\n`);
  renameSync(`${file}.lock`, file);
  await link.reports.next(`moved refs/heads/main ${tip}`);
});

test('a steady stream of changes is told while it lasts, and its end is told', async () => {
  const server = await makeServer();
  const link = await connectedLink(onTestFinished, server.directory);
  const [one, two] = [await tipOf(server), await server.pushCommit()];
  const file = join(server.directory, 'refs', 'heads', 'busy');
  for (let change = 0; link.reports.count(/^moved .*busy/) < 5; change += 1) {
    writeFileSync(`${file}.lock`, `${change % 2 ? one : two}\n`);
    renameSync(`${file}.lock`, file);
    await new Promise(setImmediate);
  }
  await server.git('update-ref', 'refs/heads/last', one);
  await link.reports.next((line) => line.includes(`refs/heads/last ${one}`));
});

test('fifty branches made one by one are all told', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const link = await connectedLink(onTestFinished, server.directory);
  for (let branch = 0; branch < 50; branch += 1) await server.git('update-ref', `refs/heads/b${branch}/leaf`, tip);
  await link.reports.next((line) => line.includes('refs/heads/b49/leaf'));
  const told = link.reports.seen.map(({ text }) => text).join();
  for (let branch = 0; branch < 50; branch += 1) expect(told).toContain(`refs/heads/b${branch}/leaf ${tip}`);
});

test('a folder that was emptied, removed by git and made again is watched again', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const link = await connectedLink(onTestFinished, server.directory);
  for (let times = 0; times < 5; times += 1) {
    await server.git('update-ref', 'refs/heads/dir/leaf', tip);
    await link.reports.next(`moved refs/heads/dir/leaf ${tip}`);
    await server.git('update-ref', '-d', 'refs/heads/dir/leaf');
    await link.reports.next('moved refs/heads/dir/leaf gone');
    rmSync(join(server.directory, 'refs', 'heads', 'dir'), { recursive: true, force: true });
  }
});

test('where a name is no UTF-8, what moves is told without names', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const heads = join(server.directory, 'refs', 'heads');
  writeFileSync(Buffer.concat([Buffer.from(`${heads}/`), Buffer.of(0xe9, 0x31)]), `${tip}\n`);
  const link = await connectedLink(onTestFinished, server.directory);
  await server.git('update-ref', 'refs/heads/new', tip);
  await link.reports.next('moved');
});

test('where the packed refs are too many to be read, what moves beside them is told with its name, and they without', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const others = Array.from({ length: 70_000 }, (_each, index) => `${tip} refs/tags/of-many/${100_000 + index}\n`);
  writeFileSync(join(server.directory, 'packed-refs'), others.join(''));
  const link = await connectedLink(onTestFinished, server.directory);
  const pushed = await server.pushCommit();
  await link.reports.next(`moved refs/heads/main ${pushed}`);
  await server.git('update-ref', 'refs/tags/of-many/100007', pushed);
  await link.reports.next(`moved refs/tags/of-many/100007 ${pushed}`);
  await server.git('update-ref', '-d', 'refs/tags/of-many/100008');
  await link.reports.next('moved');
  await server.git('update-ref', '-d', 'refs/heads/main');
  await link.reports.next('moved');
});

test('where refs are too many to be compared, whatever happens to one is told, without names', async () => {
  const server = await makeServer();
  const tip = await tipOf(server);
  const heads = join(server.directory, 'refs', 'heads', 'many');
  mkdirSync(heads);
  for (let branch = 0; branch < 2_001; branch += 1) writeFileSync(join(heads, String(branch)), `${tip}\n`);
  const link = await connectedLink(onTestFinished, server.directory);
  await server.git('update-ref', 'refs/heads/many/new', tip);
  await link.reports.next('moved');
  await server.git('pack-refs', '--all');
  // The first may be read together with the last of what was packed.
  let after = 0;
  await until('a ref that moves later is told by its name', async () => {
    after += 1;
    await server.git('update-ref', `refs/heads/after/${after}`, tip);
    return link.reports.count(/^moved refs\/heads\/after\//) > 0;
  });
});

test.each<readonly [string, (directory: string) => void]>([
  ['removed', (directory) => rmSync(directory, { recursive: true })],
  ['renamed', (directory) => renameSync(directory, `${directory}-away`)],
  ['moved away with the folder it is in', (directory) => renameSync(dirname(directory), `${dirname(directory)}-away`)],
])('a repository that is %s ends the link, and is not there', async (_how, takeAway) => {
  const scratch = makeScratch(onTestFinished);
  mkdirSync(join(scratch.directory, 'folder'));
  const repo = await makeRepo(scratch, 'folder/repo.git', '--bare');
  const link = await connectedLink(onTestFinished, repo.directory);
  takeAway(repo.directory);
  expect(await link.ended).toEqual({ code: 'not-there', detail: `${repo.directory} is not there` });
  await until('nothing is watched any more', () => watchersOpen() === 0);
});

test('a repository that is not there fails at once', async () => {
  const scratch = makeScratch(onTestFinished);
  const link = openLocalLink(onTestFinished, join(scratch.directory, 'missing'));
  expect(await link.ended).toMatchObject({ code: 'not-there' });
});

test('no process is started to look at it before its turn comes, which is over when it is watched', async () => {
  const server = await makeServer();
  const turns = turnsByHand();
  const link = openLocalLink(onTestFinished, server.directory, '/', turns.take);
  await turns.log.next('wants to look');
  expect(link.reports.seen).toEqual([]);
  turns.give();
  await link.reports.next(/^connected /);
  expect(turns.log.seen.map(({ text }) => text)).toEqual(['wants to look', 'has ended its look']);
});

test('a directory without a repository is not worth asking git', async () => {
  const turns = turnsByHand();
  const link = openLocalLink(onTestFinished, makeScratch(onTestFinished).directory, '/', turns.take);
  await turns.log.next('wants to look');
  turns.give();
  expect(await link.ended).toMatchObject({ code: 'not-there' });
  // The shell that looks at it begins and ends.
  expect(link.reports.count('child')).toBeLessThanOrEqual(2);
  expect(turns.log.count('has ended its look')).toBe(1);
});

test.each(['kindly', 'now'] as const)('told to close %s, it ends and leaves no watch', async (how) => {
  const server = await makeServer();
  const link = await connectedLink(onTestFinished, server.directory);
  expect(watchersOpen()).toBeGreaterThan(3);
  await link.close(how);
  expect(await link.ended).toBeUndefined();
  await until('nothing is watched any more', () => watchersOpen() === 0);
});

test('told to close before it began, it does not begin', async () => {
  const server = await makeServer();
  const link = openLocalLink(onTestFinished, server.directory);
  await link.close();
  expect(await link.ended).toBeUndefined();
  await until('nothing is watched', () => watchersOpen() === 0);
});

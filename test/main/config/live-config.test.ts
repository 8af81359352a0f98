// Owns: that a moment in which there is no config, or half of one, is no reading of it.
// Leaves: noticing that the file changed (watch-files.test.ts), and what a change does (test/end-to-end).
import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConfigDoubt, doubtReading, isTold, lookAgainMs } from '../../../src/main/config/doubtful-reading.ts';
import { openLiveConfig } from '../../../src/main/config/live-config.ts';
import { findRepository } from '../../../src/main/config/repository.ts';
import { createDoneWithout } from '../../../src/main/host/done-without.ts';
import { shellStatus } from '../../../src/main/host/system-command.ts';
import { until } from '../../support/next-line.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { gitAt } from './read-config.ts';

const THREE = ['a', 'b', 'c'];
const there = { files: ['there', 'there'], known: THREE, read: THREE } as const;

describe('a reading', () => {
  test('is believed where the file is there and no more than a few remotes are gone', () => {
    expect(doubtReading(there, undefined, 0)).toBeUndefined();
    expect(doubtReading({ ...there, read: ['a', 'b', 'new'] }, undefined, 0)).toBeUndefined();
    expect(doubtReading({ ...there, known: [], read: [] }, undefined, 0)).toBeUndefined();
  });

  test.each(['missing', 'empty'] as const)('is not believed, however often, while the file is %s', (file) => {
    let doubt: ConfigDoubt | undefined;
    for (let looks = 1; looks < 40; looks += 1) {
      doubt = doubtReading({ ...there, files: ['there', file] }, doubt, looks * 60_000);
      expect(doubt?.looks).toBe(looks);
      expect(lookAgainMs(doubt ?? expect.unreachable())).toBeLessThanOrEqual(60_000);
    }
    expect(isTold(doubt ?? expect.unreachable())).toBe(true);
  });

  test('that says that most remotes are gone has to say it again a moment later', () => {
    const doubt = doubtReading({ ...there, read: ['c'] }, undefined, 0);
    expect(doubt?.looks).toBe(1);
    expect(doubtReading({ ...there, read: ['c'] }, doubt, 100)?.looks).toBe(2);
    expect(doubtReading({ ...there, read: ['c'] }, doubt, 1_000)).toBeUndefined();
    expect(doubtReading({ ...there, read: [] }, doubt, 1_000)?.looks).toBe(2);
  });
});

interface Place {
  readonly scratch: Scratch;
  readonly repo: TestRepo;
}

async function open(prepare: (place: Place) => unknown = () => undefined) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  for (const name of ['one', 'two']) await repo.git('remote', 'add', name, `/nowhere/${name}`);
  await prepare({ scratch, repo });
  const repository = await findRepository({ cwd: repo.directory, env: scratch.env, gitAt });
  const logged: string[] = [];
  const config = await openLiveConfig({
    repository,
    git: gitAt(repository.top, scratch.env),
    env: scratch.env,
    secretsFile: join(repo.directory, '.git', 'secrets.ini'),
    runShell: (command) => shellStatus(command, { cwd: repository.top, env: scratch.env }),
    ownUuid: async () => 'made-here',
    log: (text) => logged.push(text),
    without: createDoneWithout((text) => logged.push(text)),
  });
  onTestFinished(config.close);
  const names = () => config.now().remotes.map(({ name }) => name);
  return { scratch, repo, config, names, logged, file: join(repo.directory, '.git', 'config') };
}

test.each<[string, (file: string) => void]>([
  ['is gone', (file) => renameSync(file, `${file}.away`)],
  ['is empty', (file) => truncateSync(file, 0)],
  ['ends within a line', (file) => truncateSync(file, 20)],
  ['has been written to its first half', (file) => writeFileSync(file, '[core]\n\trepositoryformatversion = 0\n')],
])('while the config file %s the remotes stay, and it is read again soon by itself', async (_what, spoil) => {
  const { config, names, file } = await open();
  spoil(file);
  const again = new Promise<void>((resolve) => config.onFileChange(resolve));
  const changes = await config.reload();
  expect([changes.removed, names()]).toEqual([[], ['one', 'two']]);
  await again;
});

test.each<[string, (place: Place) => unknown, (place: Place) => unknown]>([
  [
    'the branch that it holds on is left',
    ({ repo, scratch }) => {
      writeFileSync(join(scratch.home, 'branch.inc'), '[a] b = 1\n');
      return repo.git('config', 'includeIf.onbranch:main.path', '~/branch.inc');
    },
    ({ repo }) => repo.git('symbolic-ref', 'HEAD', 'refs/heads/other'),
  ],
  [
    'a file that it includes from the home directory comes',
    ({ repo }) => repo.git('config', 'include.path', '~/later.inc'),
    ({ scratch }) => writeFileSync(join(scratch.home, 'later.inc'), '[a] b = 1\n'),
  ],
  [
    'the main work tree gets a config of its own',
    ({ repo }) => repo.git('config', 'extensions.worktreeConfig', 'true'),
    ({ repo }) => repo.git('config', '--worktree', 'a.b', '1'),
  ],
])('it is read again when %s', async (_what, prepare, change) => {
  const opened = await open(prepare);
  const told = new Promise<void>((resolve) => opened.config.onFileChange(resolve));
  await change(opened);
  await told;
});

const PEER = ['remote', 'add', 'friend', 'p2p-annex::sock:there'] as const;

test.each<[string, readonly (readonly string[])[], string | undefined]>([
  ['of a repository without peers none', [], undefined],
  ['of one that git-annex has named, that', [PEER, ['config', 'annex.uuid', 'u-1']], 'u-1'],
  ['of one that we have named, that', [PEER, ['config', 'remotedaemon.uuid', 'u-2']], 'u-2'],
  ['of one that has no name yet, one that is made', [PEER], 'made-here'],
  ['of a name that is no word, one that is made', [PEER, ['config', 'annex.uuid', 'u 1']], 'made-here'],
])('what a repository calls itself: %s', async (_what, commands, uuid) => {
  const { config } = await open(async ({ repo }) => {
    for (const command of commands) await repo.git(...command);
  });
  expect(config.now().ownUuid).toBe(uuid);
});

test('a remote counts as long as a command of git-annex says so, which is asked again when the network is another', async () => {
  const { repo, config, names } = await open(({ repo }) =>
    repo.git('config', 'remote.two.annex-sync-command', 'sleep 100 & test ! -e away'),
  );
  expect(names()).toEqual(['one', 'two']);
  writeFileSync(join(repo.directory, 'away'), '');
  const again = new Promise<void>((resolve) => config.onFileChange(resolve));
  config.networkChanged();
  await again;
  expect((await config.reload()).removed.map(({ name }) => name)).toEqual(['two']);
  const why = 'what remote.two.annex-sync-command names ended with status 1';
  expect(config.now().skipped).toEqual([{ name: 'two', why }]);
});

test('a remote that is removed goes at once, and the last one a moment later', async () => {
  const { repo, config, names } = await open();
  await repo.git('remote', 'remove', 'two');
  await config.reload();
  expect(names()).toEqual(['one']);
  await repo.git('remote', 'remove', 'one');
  await config.reload();
  expect(names()).toEqual(['one']);
  await until('it is gone', async () => {
    await config.reload();
    return names().length === 0;
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseGitConfig, rewriteUrl } from '../../../src/main/config/git-config.ts';
import { UserError } from '../../../src/main/user-error.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { configIn, configOf } from './read-config.ts';

async function repoWith(config: string) {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'r');
  await writeFile(path.join(repo.directory, '.git/config'), config, { flag: 'a' });
  return { scratch, repo, env: scratch.env, file: (name: string) => path.join(repo.directory, name) };
}

describe('git is asked, so everything it can do works', () => {
  test('odd names, comments, joined lines, repeated keys, keys without a value', async () => {
    const { repo, env } = await repoWith(
      [
        '[Remote "a.b \\"c\\" ü"] URL = one two # comment',
        '[remote "a.b \\"c\\" ü"]',
        '  fetch = first',
        '  Fetch = "sec;ond"',
        '  joined = a\\',
        'b',
        '  tabbed = "x\\ty\\nz"',
        '[my] flag',
        '',
      ].join('\n'),
    );
    const config = await configIn(repo.directory, env);
    expect(config.get('remote.a.b "c" ü.url')).toBe('one two');
    expect(config.get('REMOTE.a.b "c" ü.URL')).toBe('one two');
    expect(config.get('remote.A.B "c" ü.url')).toBeUndefined();
    expect(config.getAll('remote.a.b "c" ü.fetch')).toEqual(['first', 'sec;ond']);
    expect(config.get('remote.a.b "c" ü.joined')).toBe('ab');
    expect(config.get('remote.a.b "c" ü.tabbed')).toBe('x\ty\nz');
    expect(config.getBool('my.flag')).toBe(true);
    expect(config.get('my.flag')).toBe('');
    expect(config.subsections('remote')).toEqual(['a.b "c" ü']);
  });

  test('includes, conditional ones, and ones that come only later, are among its files', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    const at = (name: string) => path.join(repo.directory, name);
    await writeFile(at('one.inc'), '[a] one = 1\n[include] path = sub/two.inc\n');
    await mkdir(at('sub'));
    await writeFile(at('sub/two.inc'), '[a] two = 2\n');
    await writeFile(at('here.inc'), '[a] here = 3\n');
    await writeFile(at('elsewhere.inc'), '[a] elsewhere = 4\n');
    await repo.git('config', 'include.path', '../one.inc');
    await repo.git('config', `includeIf.gitdir:${repo.directory}/.path`, at('here.inc'));
    await repo.git('config', 'includeIf.gitdir:/nowhere/.path', at('elsewhere.inc'));
    await repo.git('config', '--add', 'include.path', 'not-there-yet.inc');
    const config = await configIn(repo.directory, scratch.env);
    expect(['one', 'two', 'here', 'elsewhere'].map((key) => config.get(`a.${key}`))).toEqual([
      '1',
      '2',
      '3',
      undefined,
    ]);
    expect(config.files.toSorted()).toEqual(
      [
        path.join(scratch.home, '.gitconfig'),
        ...['.git/config', '.git/not-there-yet.inc', 'elsewhere.inc', 'here.inc', 'one.inc', 'sub/two.inc'].map(at),
      ].toSorted(),
    );
  });

  test('the environment counts, and the last source wins', async () => {
    const { repo, env, file } = await repoWith('[a] b = file\n[a] c = file\n');
    const counted = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'a.b', GIT_CONFIG_VALUE_0: 'environment' };
    const parameters = { GIT_CONFIG_PARAMETERS: "'a.c'='parameter'" };
    const config = await configIn(repo.directory, { ...env, ...counted, ...parameters });
    expect([config.get('a.b'), config.get('a.c')]).toEqual(['environment', 'parameter']);
    expect(config.getAll('a.b')).toEqual(['file', 'environment']);
    expect(config.files).toContain(file('.git/config'));
    expect(config.files.filter((name) => !path.isAbsolute(name))).toEqual([]);
  });

  test('the config of the main work tree counts, that of a linked one does not', async () => {
    const { repo, env } = await repoWith('');
    await repo.git('commit', '--allow-empty', '--quiet', '-m', 'x');
    await repo.git('worktree', 'add', '--quiet', '../linked');
    await repo.git('config', 'extensions.worktreeConfig', 'true');
    await repo.git('config', '--worktree', 'a.main', '1');
    await repo.git('-C', '../linked', 'config', '--worktree', 'a.linked', '1');
    const config = await configIn(repo.directory, env);
    expect([config.get('a.main'), config.get('a.linked')]).toEqual(['1', undefined]);
    expect(config.files).toContain(path.join(repo.directory, '.git/config.worktree'));
  });

  test('a file that git cannot read is told in one line', async () => {
    const { repo, env } = await repoWith('[broken\n');
    const failure = await configIn(repo.directory, env).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UserError);
    expect(String(failure)).toMatch(/cannot read its configuration: bad config line \d+ in file \S*config$/);
  });
});

test('booleans and integers are read as git reads them', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'r');
  for (const value of VALUES) {
    const config = configOf(`a.b=${value}`);
    const asked = (type: string) =>
      repo.git('-c', `a.b=${value}`, 'config', `--type=${type}`, 'a.b').catch(() => 'malformed');
    const told = [value, String(config.getBool('a.b')), String(config.getInt('a.b'))];
    expect(told).toEqual([value, await asked('bool'), await asked('int')]);
  }
});

const VALUES = [
  ...['true', 'TRUE', 'yes', 'on', 'On', '1', '2', '-1', '0x10', '1k', '2M', '1g', '010', '00'],
  ...[
    'false',
    'no',
    'OFF',
    '',
    '0',
    '0k',
    '0x0',
    '-0x1',
    '+5',
    ' 5',
    '5 ',
    '08',
    '0x',
    '5m5',
    '5 m',
    '1.5',
    'maybe',
    'y',
    'tru',
  ],
].filter((value) => value !== '-0');

test('a key that is not set is neither true nor false', () => {
  const config = configOf('a.b=1');
  expect([config.get('a.c'), config.getBool('a.c'), config.getInt('a.c'), config.getAll('a.c')]).toEqual([
    ...[undefined, undefined, undefined],
    [],
  ]);
});

test('subsections come in their order, and a key without one is none', () => {
  const config = configOf(
    'remote.z.url=1',
    'remote.pushDefault=z',
    'remote.a.b.c.url=2',
    'remote.z.fetch=3',
    'remotes.g=z a',
  );
  expect(config.subsections('remote')).toEqual(['z', 'a.b.c']);
});

test('origins that are no files are no files', () => {
  const listing = 'command\0command line:\0a.b\n1\0local\0file:sub/c\0a.c\0system\0file:/etc/gitconfig\0a.d\n2\n3\0';
  const config = parseGitConfig(listing, '/top');
  expect(config.files).toEqual(['/top/sub/c', '/etc/gitconfig']);
  expect([config.get('a.b'), config.get('a.c'), config.get('a.d')]).toEqual(['1', '', '2\n3']);
});

describe('insteadOf', () => {
  const entries = [
    'url.https://example.org/.insteadOf=ex:',
    'url.https://example.org/.insteadOf=sample:',
    'url.ssh://git@example.org/team/.insteadOf=ex:team/',
    'url.first/.insteadOf=tie:',
    'url.second/.insteadOf=tie:',
    'url.push/.pushInsteadOf=ex:team/x',
  ];

  test.each([
    ['ex:x', 'https://example.org/x'],
    ['sample:x', 'https://example.org/x'],
    ['ex:team/x', 'ssh://git@example.org/team/x'],
    ['tie:x', 'first/x'],
    ['other:x', 'other:x'],
    ['', ''],
  ])('%s becomes %s', (url, expected) => {
    expect(rewriteUrl(configOf(...entries), url)).toBe(expected);
  });

  test('git rewrites the same', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    for (const entry of entries) {
      const [key = '', value = ''] = entry.split(/=(.*)/s);
      await repo.git('config', '--add', key, value);
    }
    const config = await configIn(repo.directory, scratch.env);
    for (const url of ['ex:x', 'sample:x', 'ex:team/x', 'tie:x', 'other:x']) {
      expect(await repo.git('ls-remote', '--get-url', url)).toBe(rewriteUrl(config, url));
    }
  });
});

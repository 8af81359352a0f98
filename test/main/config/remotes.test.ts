import { describe, expect, onTestFinished, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import type { Environment } from '../../../src/shared/git-environment.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { configIn, configOf } from './read-config.ts';

const FETCH = '+refs/heads/*:refs/remotes/o/*';

const read = (entries: readonly string[], { bare = false, env = {} }: { bare?: boolean; env?: Environment } = {}) =>
  readRemotes(configOf(...entries), { bare, env, pollMs: 7_000, fetchMode: 'fetch' as const });

/** The remote `o` with a URL, a refspec, and these keys. */
const readO = (url: string, ...keys: readonly string[]) =>
  read([
    `remote.o.url=${url}`,
    `remote.o.fetch=${FETCH}`,
    ...keys.map((key) => (key.includes('.') ? key : `remote.o.${key}`)),
  ]);

const only = ({ remotes, skipped }: ReturnType<typeof read>) => {
  expect(skipped).toEqual([]);
  expect(remotes).toHaveLength(1);
  const [remote] = remotes;
  return remote ?? expect.fail('no remote');
};

const SSH = { kind: 'options', program: 'ssh', options: [] };

describe('a remote that is watched', () => {
  test('over ssh has everything the worker needs', () => {
    const target = {
      host: 'host',
      user: 'me',
      path: 'd',
      command: SSH,
      annexShell: 'git-annex-shell',
      uploadPack: 'git-upload-pack',
    };
    expect(readO('me@host:d')).toEqual({
      remotes: [
        {
          name: 'o',
          url: 'me@host:d',
          uri: 'ssh://me@host/~/d',
          onThisHost: false,
          rungs: [
            { kind: 'server-watch', target, by: 'inotifywait' },
            { kind: 'annex-shell', target },
            { kind: 'server-watch', target, by: 'looking' },
            { kind: 'poll', why: expect.any(String), everyMs: 7_000, target },
          ],
          refs: { refspecs: ['+refs/heads/*:refs/remotes/o/*'], tags: true },
          comparison: { pruned: [] },
          sshCommand: SSH,
          fetches: true,
        },
      ],
      skipped: [],
      warnings: [],
    });
  });

  test.each([
    ['https://example.org/x', /servers tell of no changes over https/, false],
    ['git://localhost/x', /servers tell of no changes over git/, true],
    ['http://127.0.0.1:8080/x', /no changes over http/, true],
    ['git://[fe80::1%25eth0]/x', /no changes over git/, true],
    ['gcrypt::host:x', /remote helper gcrypt tells of no changes/, false],
    ['gcrypt::/srv/x', /remote helper gcrypt tells of no changes/, true],
    ['gcrypt::ssh://localhost/x', /remote helper gcrypt tells of no changes/, true],
    ['annex::uuid', /remote helper annex/, false],
    ['ssh://host/%ff', /not UTF-8/, false],
  ])('%s is polled', (url, why, onThisHost) => {
    const remote = only(readO(url));
    expect(remote.rungs).toEqual([{ kind: 'poll', why: expect.stringMatching(why), everyMs: 7_000 }]);
    expect(remote).toMatchObject({ url, onThisHost });
    expect(remote).not.toHaveProperty('sshCommand');
  });

  test.each([
    ['/srv/x.git', '/srv/x.git'],
    ['file:///srv/x.git', '/srv/x.git'],
    ['../x', '../x'],
  ])('%s is watched in its file system', (url, path) => {
    const remote = only(readO(url));
    expect(remote.rungs).toEqual([
      { kind: 'local-watch', path },
      { kind: 'poll', why: expect.any(String), everyMs: 7_000 },
    ]);
    expect(remote).toMatchObject({ url, onThisHost: true });
  });

  test.each([
    ['a pushurl', 'pushurl=me@host:d'],
    ['the second of its urls', 'url=me@host:d'],
    ['insteadOf', 'pushurl=https://push/d', 'url.ssh://host/.insteadOf=https://push/'],
    ['pushInsteadOf', 'url.ssh://host/.pushInsteadOf=https://host/'],
  ])('that is pushed to over ssh by %s is pushed to with its ssh options', (_what, ...keys) => {
    const remote = only(readO('https://host/d', ...keys, 'annex-ssh-options=-4'));
    expect(remote).toMatchObject({ sshCommand: { ...SSH, options: ['-4'] }, rungs: [{ kind: 'poll' }] });
  });

  test('whose ssh push URL was forgotten, or is never used, is no ssh remote', () => {
    for (const keys of [
      ['pushurl=me@host:d', 'pushurl=', 'pushurl=https://host/e'],
      ['pushurl=https://host/e', 'url.ssh://host/.pushInsteadOf=https://host/'],
    ]) {
      expect(only(readO('https://host/d', ...keys))).not.toHaveProperty('sshCommand');
    }
  });

  test('over ssh to this machine needs no network', () => {
    for (const url of ['localhost:d', '[::1]:d', 'ssh://me@127.0.0.1:22/d']) {
      expect(only(readO(url)).onThisHost).toBe(true);
    }
  });

  test('is fetched from its first URL, after insteadOf', () => {
    const remote = only(readO('team:x', 'remote.o.url=/second', 'url.ssh://git@example.org/team/.insteadOf=team:'));
    expect(remote).toMatchObject({ url: 'ssh://git@example.org/team/x', uri: 'ssh://git@example.org/team/x' });
  });

  test('forgets the URLs before an empty one', () => {
    expect(only(readO('/first', 'url=', 'url=/second', 'url=/third')).url).toBe('/second');
  });

  test('by a helper that remote.<n>.vcs names, with or without a URL', () => {
    expect(only(readO('host:x', 'vcs=svn')).rungs).toEqual([
      { kind: 'poll', why: expect.stringMatching(/helper svn/), everyMs: 7_000 },
    ]);
    expect(only(read(['remote.o.vcs=svn', `remote.o.fetch=${FETCH}`]))).toMatchObject({ url: 'o' });
  });
});

describe('its keys', () => {
  test('fetch and tagOpt say which refs matter', () => {
    const refs = (...keys: readonly string[]) => only(readO('h:d', ...keys)).refs;
    expect(refs('fetch=^refs/heads/wip/*')).toEqual({ refspecs: [FETCH, '^refs/heads/wip/*'], tags: true });
    expect(refs('tagOpt=--no-tags').tags).toBe(false);
    expect(refs('tagOpt=--no-tags', 'tagOpt=--tags').tags).toBe(true);
  });

  test('annex-shell, uploadpack and ssh options reach the target', () => {
    const remote = only(
      readO('h:d', 'annex-shell=my-shell', 'uploadpack=/opt/up', 'uploadpack=b', 'annex-ssh-options=-p 2 -4'),
    );
    const command = { ...SSH, options: ['-p', '2', '-4'] };
    expect(remote.rungs[0]).toMatchObject({ target: { annexShell: 'my-shell', uploadPack: '/opt/up', command } });
    expect(remote.sshCommand).toEqual(command);
  });

  test('annex.ssh-options hold where the remote has none of its own', () => {
    expect(only(readO('h:d', 'annex.ssh-options=-4')).sshCommand).toEqual({ ...SSH, options: ['-4'] });
    expect(only(readO('h:d', 'annex.ssh-options=-4', 'annex-ssh-options=-6')).sshCommand).toEqual({
      ...SSH,
      options: ['-6'],
    });
  });

  test('GIT_SSH_COMMAND counts for every remote', () => {
    const env = { GIT_SSH_COMMAND: 'wrapper' };
    const remote = only(read(['remote.o.url=h:d', `remote.o.fetch=${FETCH}`], { env }));
    expect(remote.sshCommand).toEqual({ kind: 'shell', command: 'wrapper', variant: 'ssh' });
  });

  test('annex-ignore leaves git-annex-shell alone', () => {
    const { rungs } = only(readO('h:d', 'annex-ignore=true'));
    expect(rungs).toMatchObject([{ kind: 'server-watch', why: 'remote.o.annex-ignore is true' }, { kind: 'poll' }]);
    // It looks where nothing tells it: one login finds out.
    expect(rungs[0]).not.toHaveProperty('by');
    expect(only(readO('h:d', 'annex-ignore=false')).rungs).toHaveLength(4);
  });

  test('annex-pull=false is watched and not fetched', () => {
    expect(only(readO('h:d', 'annex-pull=false')).fetches).toBe(false);
  });

  test('remotedaemonNotify pins a rung', () => {
    const kinds = (...keys: readonly string[]) => only(readO('h:d', ...keys)).rungs.map(({ kind }) => kind);
    expect(kinds('remotedaemonNotify=auto')).toEqual(['server-watch', 'annex-shell', 'server-watch', 'poll']);
    expect(kinds('remotedaemonNotify=annex-shell')).toEqual(['annex-shell']);
    expect(kinds('remotedaemonNotify=annex-shell', 'annex-ignore=true')).toEqual(['annex-shell']);
    expect(kinds('remotedaemonNotify=watch')).toEqual(['server-watch']);
    expect(only(readO('h:d', 'remotedaemonNotify=watch')).rungs[0]).not.toHaveProperty('by');
    expect(kinds('remotedaemonNotify=poll')).toEqual(['poll']);
    const local = only(readO('/srv/x', 'remotedaemonNotify=watch')).rungs;
    expect(local.map(({ kind }) => kind)).toEqual(['local-watch']);
  });

  test('is known to be pinned, and by which key', () => {
    const pinOf = (value: string) => only(readO('h:d', `remotedaemonNotify=${value}`)).pin;
    expect(pinOf('watch')).toEqual({ key: 'remote.o.remotedaemonNotify', value: 'watch' });
    expect(pinOf('auto')).toBeUndefined();
    expect(pinOf('Poll')).toBeUndefined();
  });

  test.each([
    [
      'h:d',
      'Poll',
      /remotedaemonNotify is "Poll": this version knows auto, annex-shell, watch and poll; auto is used$/,
    ],
    ['/srv/x', 'annex-shell', /a remote with such a URL cannot have: auto is used$/],
    ['https://h/d', 'watch', /a remote with such a URL cannot have: auto is used$/],
  ])('remotedaemonNotify of %s as %s is warned of and not followed', (url, value, warning) => {
    const found = readO(url, `remotedaemonNotify=${value}`);
    expect(found.warnings).toEqual([expect.stringMatching(warning)]);
    expect(only(found).rungs).toEqual(only(readO(url)).rungs);
  });

  test.each(['watch', 'poll', 'Poll'])('a command to be notified by comes before remotedaemonNotify = %s', (value) => {
    const found = readO('https://h/d', 'remotedaemonNotifyCommand=wait-for it', `remotedaemonNotify=${value}`);
    const command = 'remote.o.remotedaemonNotifyCommand is set, which comes first';
    expect(found.warnings).toEqual([`remote.o.remotedaemonNotify is passed over: ${command}`]);
    expect(only(found).rungs).toEqual([{ kind: 'notify-command', command: 'wait-for it' }]);
    expect(only(found)).not.toHaveProperty('pin');
  });

  test('a command to be notified by is compared as any other, and warned of by itself in no way', () => {
    const found = readO('h:d', 'remotedaemonNotifyCommand=wait-for it', 'remotedaemonNotify=auto');
    expect(found.warnings).toEqual([]);
    expect(only(found).comparison).toEqual(only(readO('h:d')).comparison);
  });

  test('a key of ours that is not known is warned of', () => {
    expect(readO('h:d', 'remotedaemonNotifycomand=x').warnings).toEqual([
      expect.stringMatching(/; did you mean remote\.o\.remotedaemonNotifyCommand\?$/),
    ]);
    expect(readO('h:d', 'remotedaemonPusch=true').warnings).toEqual([
      'remote.o.remotedaemonpusch is no key that this version knows; did you mean remote.o.remotedaemonPush?',
    ]);
  });

  test.each([
    ['annex-pull', 'true'],
    ['annex-sync', 'true'],
    ['annex-ignore', 'false'],
    ['skipFetchAll', 'false'],
    ['skipDefaultUpdate', 'false'],
    ['remotedaemonPush', 'false'],
  ])(
    '%s that is neither true nor false is as if it were not set, and the warning says that %s is used',
    (key, used) => {
      const found = readO('h:d', `${key}=nope`);
      expect(found.warnings).toEqual([`remote.o.${key} is "nope": write true or false; ${used} is used`]);
      expect(only(found)).toEqual(only(readO('h:d', `${key}=${used}`)));
      expect(only(found)).toEqual(only(readO('h:d')));
    },
  );
});

describe('pushing', () => {
  const pushOf = (...keys: readonly string[]) => only(readO('h:d', ...keys)).push;

  test('is off until it is asked for', () => {
    expect(pushOf()).toBeUndefined();
    expect(pushOf('push=refs/heads/main')).toBeUndefined();
    expect(pushOf('remotedaemonPush=false')).toBeUndefined();
  });

  test('goes by remote.<n>.push, without force', () => {
    expect(pushOf('remotedaemonPush=true')).toEqual({ refspecs: [] });
    expect(pushOf('remotedaemonPush=yes', 'push=+refs/heads/*:refs/heads/*', 'push=main:live')).toEqual({
      refspecs: ['refs/heads/*:refs/heads/*', 'main:live'],
    });
  });

  test('to a mirror never happens', () => {
    const found = readO('h:d', 'remotedaemonPush=true', 'mirror=true');
    expect(only(found)).not.toHaveProperty('push');
    expect(found.warnings).toEqual([expect.stringMatching(/a mirror is never pushed to/)]);
  });

  test('does not become a push of all where no refspec can be followed', () => {
    for (const refspec of [':', '+:', ':refs/heads/gone', 'HEAD']) {
      const found = readO('h:d', 'remotedaemonPush=true', `push=${refspec}`);
      expect(only(found)).not.toHaveProperty('push');
      expect(found.warnings).toEqual([expect.stringContaining(`remote.o.push = ${refspec} is passed over`)]);
    }
  });
});

describe('a remote that is skipped says why', () => {
  test.each([
    [['remotedaemon=false'], 'remote.o.remotedaemon is false'],
    [['remotedaemon=fasle'], 'remote.o.remotedaemon is neither true nor false'],
    [['annex-sync=false'], 'remote.o.annex-sync is false'],
    [
      ['advertisedAs=big'],
      'the server of another remote had it added (remote.o.advertisedAs); remote.o.remotedaemon=true watches it',
    ],
    [['skipFetchAll=true'], 'remote.o.skipFetchAll is true'],
    [['skipDefaultUpdate'], 'remote.o.skipDefaultUpdate is true'],
    [['remotedaemon=false', 'annex-sync=true'], 'remote.o.remotedaemon is false'],
    [
      ['fetch=+refs/*:refs/*'],
      'remote.o.fetch writes to refs/heads/: a background fetch would move your own branches; point it at refs/remotes/o/',
    ],
    [['fetch=a b'], 'git does not understand remote.o.fetch = a b'],
    [['remotedaemon=true', 'fetch=main:copy'], /^remote\.o\.fetch writes to refs\/heads\/: /],
  ])('%j', (keys, why) => {
    const found = readO('h:d', ...keys);
    expect(found.remotes).toEqual([]);
    expect(found.skipped).toEqual([{ name: 'o', why: typeof why === 'string' ? why : expect.stringMatching(why) }]);
  });

  test.each([
    [['remote.o.url=h:d'], /no remote\.o\.fetch/],
    [['remote.o.url=h:d', 'remote.o.fetch=main'], /no remote\.o\.fetch/],
    [['remote.o.url=h:d', 'remote.o.fetch=^refs/heads/x'], /no remote\.o\.fetch/],
    [[`remote.o.fetch=${FETCH}`], /url is not set/],
    [['remote.o.annex-directory=/x'], /url is not set/],
    [['remote.o.url=-oX:d', `remote.o.fetch=${FETCH}`], /host begins with "-"/],
    [['remote.o.url=ssh://h', `remote.o.fetch=${FETCH}`], /no path/],
  ])('%j', (entries, why) => {
    expect(read(entries)).toMatchObject({ remotes: [], skipped: [{ name: 'o', why: expect.stringMatching(why) }] });
  });

  test('because it cannot be named', () => {
    const names = ['-o', '/o', '', 'g', 'bad\uFFFDname'];
    const entries = names.flatMap((name) => [`remote.${name}.url=h:d`, `remote.${name}.fetch=${FETCH}`]);
    const { remotes, skipped } = read([...entries, 'remotes.g=a b']);
    expect(remotes).toEqual([]);
    expect(skipped.map(({ name }) => name)).toEqual(names);
  });

  test('because a command of git-annex says so, for the sake of which nothing else is', () => {
    const commands = new Map([
      ['no', 3],
      ['yes', 0],
    ]);
    const readBy = (...keys: readonly string[]) => {
      const entries = ['url=h:d', `fetch=${FETCH}`, ...keys].map((key) => `remote.o.${key}`);
      return readRemotes(configOf(...entries), { bare: false, env: {}, pollMs: 7_000, fetchMode: 'fetch', commands });
    };
    const why = 'what remote.o.annex-sync-command names ended with status 3';
    expect(readBy('annex-sync-command=no').skipped).toEqual([{ name: 'o', why }]);
    for (const keys of [['annex-sync-command=yes'], ['annex-sync-command=no', 'remotedaemon=true']])
      expect(readBy(...keys).skipped).toEqual([]);
    const rungs = (key: string) => only(readBy(key)).rungs.map(({ kind }) => kind);
    expect(rungs('annex-ignore-command=yes')).toContain('annex-shell');
    expect(rungs('annex-ignore-command=no')).not.toContain('annex-shell');
  });

  test('unless remotedaemon=true says otherwise', () => {
    for (const key of ['annex-sync=false', 'advertisedAs=big', 'skipFetchAll=true', 'skipDefaultUpdate=true']) {
      expect(only(readO('h:d', key, 'remotedaemon=true')).name).toBe('o');
    }
    expect(only(readO('h:d', 'annex-sync=true', 'skipFetchAll=false')).name).toBe('o');
  });

  test('in a bare repository a mirror is none of them', () => {
    const entries = ['remote.o.url=h:d', 'remote.o.fetch=+refs/*:refs/*', 'remote.o.mirror=true'];
    expect(only(read(entries, { bare: true })).name).toBe('o');
  });
});

test('what is no remote is none', () => {
  expect(read(['remote.pushDefault=o', 'remotes.group=a b', 'branch.main.remote=o'])).toEqual({
    remotes: [],
    skipped: [],
    warnings: [],
  });
});

test('odd names go through git and back', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'r');
  const names = [
    'a.b.c',
    'with space',
    'quo"te',
    "it's",
    'ünï',
    'back\\slash',
    'a/b',
    'per%cent',
    '.',
    'a#b;c',
    '[x]',
    '~',
  ];
  for (const name of names) {
    await repo.git('config', `remote.${name}.url`, '.');
    await repo.git('config', `remote.${name}.fetch`, `+refs/heads/*:refs/remotes/x/*`);
  }
  const config = await configIn(repo.directory, scratch.env);
  const { remotes, skipped } = readRemotes(config, {
    bare: false,
    env: scratch.env,
    pollMs: 7_000,
    fetchMode: 'fetch' as const,
  });
  expect(skipped).toEqual([]);
  expect(remotes.map(({ name }) => name)).toEqual(names);
  for (const { name } of remotes) await repo.git('fetch', '--quiet', '--', name);
});

test('a relative URL is relative to the top of the work tree, as git has it', async () => {
  const scratch = makeScratch(onTestFinished);
  await makeRepo(scratch, 'other');
  const repo = await makeRepo(scratch, 'r');
  await repo.git('remote', 'add', 'o', '../other');
  const { remotes } = readRemotes(await configIn(repo.directory, scratch.env), {
    bare: false,
    env: scratch.env,
    pollMs: 7_000,
    fetchMode: 'fetch',
  });
  expect(remotes).toMatchObject([{ url: '../other', uri: '../other', onThisHost: true }]);
});

describe('what a fetch of ours does not prune', () => {
  const told = (...keys: readonly string[]) => readO('/srv/x', ...keys).warnings;

  test('is told with the command that does', () => {
    expect(told('fetch.prune=true', 'fetch.pruneTags=true')).toEqual([
      'remote.o: tags, and all else that is kept outside refs/remotes/, are not pruned by a fetch that nobody asked for; ' +
        'to prune them: git fetch --prune o',
    ]);
    expect(told('prune=true', 'fetch=+refs/notes/*:refs/notes/*')).toHaveLength(1);
    expect(told('prune=true', 'remote.p.fetch=+refs/heads/*:refs/remotes/o/*')).toEqual([
      expect.stringMatching(/kept where those of others are.*git fetch --prune o$/),
    ]);
  });

  test('is not told where there is none', () => {
    expect(told('prune=true')).toEqual([]);
    expect(told('pruneTags=true', 'fetch=+refs/notes/*:refs/notes/*')).toEqual([]);
    const mirror = ['remote.o.url=/srv/x', 'remote.o.fetch=+refs/*:refs/*', 'fetch.prune=true', 'fetch.pruneTags=true'];
    expect(read(mirror, { bare: true }).warnings).toEqual([]);
  });
});

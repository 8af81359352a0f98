// Owns: remotes that are peers, as the config names them: which are watched, how, and why one is not.
// Leaves: all else about remotes (remotes.test.ts), and how addresses are read (test/shared/p2p).
import { describe, expect, test } from 'vitest';
import { compareRemotes } from '../../../src/main/config/reload.ts';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import type { Environment } from '../../../src/shared/git-environment.ts';
import { configOf } from './read-config.ts';

const ONION = `${'abcdefgh'.repeat(7)}.onion`;
const TOKEN = '0123456789abcdef'.repeat(8);
const FETCH = 'remote.o.fetch=+refs/heads/*:refs/remotes/o/*';
const UUID = '3bd1b2ca-1f0c-4c6a-9c3a-7a8ab2b6d8f1';

const readAll = (
  entries: readonly string[],
  { bare = false, env = {}, fetchMode = 'fetch' as 'fetch' | 'prefetch' }: Partial<Around> = {},
) => readRemotes(configOf(...entries), { bare, env, pollMs: 7_000, fetchMode });

interface Around {
  readonly bare: boolean;
  readonly env: Environment;
  readonly fetchMode: 'fetch' | 'prefetch';
}

/** The remote `o` at a URL, with these keys. */
const read = (url: string, keys: readonly string[] = [], around: Partial<Around> = {}) =>
  readAll([`remote.o.url=${url}`, FETCH, ...keys], around);

const only = ({ remotes, skipped }: ReturnType<typeof read>) => {
  expect(skipped).toEqual([]);
  const [remote] = remotes;
  return remote ?? expect.fail('no remote');
};
const rungsOf = (...args: Parameters<typeof read>) => only(read(...args)).rungs;

const sock = { kind: 'p2p', network: 'sock', address: 'there' } as const;

describe('a remote that is a peer', () => {
  test.each([
    [`tor-annex::${ONION}:42`, { kind: 'tor', onion: ONION, port: 42 }, false],
    ['p2p-annex::sock:there', sock, true],
    ['p2p-annex::sock:a:b', { ...sock, address: 'a:b' }, true],
  ])('%s is watched as one, and in no other way', (url, address, onThisHost) => {
    expect(read(url)).toEqual({
      remotes: [
        {
          name: 'o',
          url,
          // As git-annex has it: such a URL is a URI.
          uri: url,
          onThisHost,
          rungs: [{ kind: 'peer', address, url }],
          refs: { refspecs: ['+refs/heads/*:refs/remotes/o/*'], tags: true },
          comparison: { pruned: [] },
          fetches: true,
        },
      ],
      skipped: [],
      warnings: [],
    });
  });

  test('is who annex-uuid says', () => {
    expect(rungsOf('p2p-annex::sock:there', [`remote.o.annex-uuid=${UUID}`])).toMatchObject([{ uuid: UUID }]);
    expect(rungsOf('p2p-annex::sock:there', ['remote.o.annex-uuid='])[0]).not.toHaveProperty('uuid');
  });

  test('may be behind insteadOf', () => {
    const remote = only(read('friend:x', ['url.p2p-annex::sock:.insteadOf=friend:']));
    expect(remote).toMatchObject({ url: 'p2p-annex::sock:x', rungs: [{ kind: 'peer', url: 'p2p-annex::sock:x' }] });
  });

  test('is polled through git where the config asks for that', () => {
    expect(rungsOf('p2p-annex::sock:there', ['remote.o.remotedaemonNotify=poll'])).toEqual([
      { kind: 'poll', why: 'the config asks for polling', everyMs: 7_000 },
    ]);
  });

  test.each(['watch', 'annex-shell'])('cannot be pinned to %s', (value) => {
    const found = read('p2p-annex::sock:there', [`remote.o.remotedaemonNotify=${value}`]);
    expect(only(found).rungs).toMatchObject([{ kind: 'peer' }]);
    expect(found.warnings).toEqual([expect.stringMatching(/cannot have: auto is used$/)]);
  });

  test('is watched by a command of the user where there is one', () => {
    const rungs = rungsOf('p2p-annex::sock:there', ['remote.o.remotedaemonNotifyCommand=x']);
    expect(rungs).toEqual([{ kind: 'notify-command', command: 'x' }]);
  });

  test('is none where another helper is to reach it', () => {
    const rungs = rungsOf('p2p-annex::sock:there', ['remote.o.vcs=hg']);
    expect(rungs).toMatchObject([{ kind: 'poll', why: 'the remote helper hg tells of no changes' }]);
    expect(rungsOf('p2p-annex::sock:there', ['remote.o.vcs=p2p-annex'])).toMatchObject([{ kind: 'peer' }]);
  });

  test('has its keys as any other', () => {
    const at = (...keys: readonly string[]) => only(read('p2p-annex::sock:there', keys));
    expect(at('remote.o.annex-pull=false').fetches).toBe(false);
    expect(at('remote.o.remotedaemonPush=true').push).toEqual({ refspecs: [] });
    // No git-annex-shell is asked there.
    expect(at('remote.o.annex-ignore=true')).toEqual(at());
    expect(at('remote.o.tagOpt=--no-tags').refs.tags).toBe(false);
  });

  test('is prefetched where all are, and may be mirrored in a bare repository', () => {
    expect(only(read('p2p-annex::sock:there', [], { fetchMode: 'prefetch' }))).not.toHaveProperty('comparison');
    const mirror = ['remote.o.url=p2p-annex::sock:there', 'remote.o.fetch=+refs/*:refs/*', 'remote.o.mirror=true'];
    expect(only(readAll(mirror, { bare: true })).rungs).toMatchObject([{ kind: 'peer' }]);
  });

  test('may stand twice, each with an address, a uuid and refs of its own', () => {
    const { remotes } = readAll(
      ['a', 'b'].flatMap((name) => [
        `remote.${name}.url=p2p-annex::sock:there`,
        `remote.${name}.fetch=+refs/heads/*:refs/remotes/${name}/*`,
        ...(name === 'b' ? [`remote.b.annex-uuid=${UUID}`] : []),
      ]),
    );
    expect(remotes.map(({ name, rungs }) => [name, rungs[0]])).toEqual([
      ['a', { kind: 'peer', address: sock, url: 'p2p-annex::sock:there' }],
      ['b', { kind: 'peer', address: sock, url: 'p2p-annex::sock:there', uuid: UUID }],
    ]);
  });
});

describe('a peer that is skipped says why', () => {
  test.each([
    ['tor-annex::example.org:42', 'what follows tor-annex:: is no onion address, such as abc….onion:4242'],
    [`tor-annex::${ONION}`, 'behind the onion address there is no port, such as :4242'],
    [`tor-annex::${ONION}:99999`, 'behind the onion address there is no port, such as :4242'],
    ['p2p-annex::', 'what follows p2p-annex:: is no name of a network, such as hyper:'],
    ['p2p-annex::UP:x', 'what follows p2p-annex:: is no name of a network, such as hyper:'],
    ['p2p-annex::sock:', 'behind p2p-annex::sock: there is no address of that network'],
    ['p2p-annex::sock:-x', 'behind p2p-annex::sock: there is no address of that network'],
  ])('%s', (url, why) => {
    expect(read(url)).toMatchObject({ remotes: [], skipped: [{ name: 'o', why: `its URL: ${why}` }] });
  });

  test.each([
    `tor-annex::${ONION}:42:${TOKEN}`,
    `p2p-annex::sock:there:${TOKEN}`,
    `p2p-annex::sock:there:${TOKEN.toUpperCase()}`,
    `p2p-annex::sock:a:b:${TOKEN}`,
  ])('an invitation in place of a URL, whose token is not shown: %s', (url) => {
    const found = read(url);
    expect(found).toMatchObject({ remotes: [], skipped: [{ why: expect.stringContaining('it is an invitation') }] });
    expect(JSON.stringify(found).toLowerCase()).not.toContain(TOKEN.slice(0, 16));
  });

  test('a part of an invitation is not shown either', () => {
    const found = read(`tor-annex::${ONION}:42:${TOKEN.slice(0, 60)}`);
    expect(found.remotes).toEqual([]);
    expect(JSON.stringify(found)).not.toContain(TOKEN.slice(0, 16));
  });

  test('an address as long as a token is no invitation', () => {
    expect(rungsOf(`p2p-annex::sock:${TOKEN}`)).toMatchObject([{ kind: 'peer' }]);
  });

  test.each([
    ['git may not use the protocol', ['protocol.p2p-annex.allow=never'], {}],
    ['git may not use the protocol', [], { GIT_ALLOW_PROTOCOL: 'ssh:https' }],
    ['remote.o.annex-sync is false', ['remote.o.annex-sync=false'], {}],
  ])('%s', (why, keys, env) => {
    const found = read('p2p-annex::sock:there', keys, { env });
    expect(found).toMatchObject({ remotes: [], skipped: [{ why: expect.stringContaining(why) }] });
  });
});

describe('at RELOAD', () => {
  const at = (url: string, ...keys: readonly string[]) => read(url, keys).remotes;
  const named = (name: string) =>
    readAll([`remote.${name}.url=p2p-annex::sock:there`, FETCH.replace('.o.', `.${name}.`)]).remotes;
  const changes = (before: ReturnType<typeof at>, after: ReturnType<typeof at>) =>
    Object.entries(compareRemotes(before, after)).flatMap(([kind, { length }]) => Array(length).fill(kind));

  test.each<[string, ReturnType<typeof at>, ReturnType<typeof at>, readonly string[]]>([
    ['nothing', at('p2p-annex::sock:there'), at('p2p-annex::sock:there'), ['kept']],
    ['another address', at('p2p-annex::sock:there'), at('p2p-annex::sock:here'), ['changed']],
    ['another port', at(`tor-annex::${ONION}:1`), at(`tor-annex::${ONION}:2`), ['changed']],
    [
      'that it is known who it is',
      at('p2p-annex::sock:there'),
      at('p2p-annex::sock:there', `remote.o.annex-uuid=${UUID}`),
      ['kept'],
    ],
    ['another name', at('p2p-annex::sock:there'), named('n'), ['added', 'removed']],
    ['a server in its place', at('p2p-annex::sock:there'), at('h:d'), ['changed']],
    ['an invitation in its place', at('p2p-annex::sock:there'), at(`p2p-annex::sock:there:${TOKEN}`), ['removed']],
    [
      'polling',
      at('p2p-annex::sock:there'),
      at('p2p-annex::sock:there', 'remote.o.remotedaemonNotify=poll'),
      ['changed'],
    ],
  ])('%s', (_what, before, after, kinds) => {
    expect(changes(before, after)).toEqual(kinds);
  });
});

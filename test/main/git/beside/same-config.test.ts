// Owns: which config is the same beside a repository, and what of it keeps fetches from there.
// Leaves: what real git makes of it (seen-beside.test.ts, gives-way.test.ts).
import { expect, test } from 'vitest';
import { isSameConfig, sideConfig } from '../../../../src/main/git/beside/same-config.ts';

const listing = (...entries: readonly string[]): string => entries.map((entry) => `${entry}\0`).join('');
const PLAIN = ['user.name\nme', 'core.repositoryformatversion\n0', 'core.bare\nfalse', 'remote.o.url\n/x'];

test('its own files are included, by their full paths', () => {
  expect(sideConfig(listing(...PLAIN), '/a "b"\\c/.git')).toEqual({
    text: '[core] repositoryformatversion = "0"\n[core] bare = "true"\n[include] path = "/a \\"b\\"\\\\c/.git/config"\n',
    own: ['core.repositoryformatversion\n0', 'core.bare\ntrue', 'include.path\n/a "b"\\c/.git/config'],
    fsync: '-reference',
  });
  const of = listing(...PLAIN, 'extensions.objectformat\nsha256', 'extensions.worktreeconfig\ntrue', 'core.fsync\nall');
  expect(sideConfig(of, '/r')).toMatchObject({
    own: [
      'core.repositoryformatversion\n1',
      'core.bare\ntrue',
      'extensions.objectformat\nsha256',
      'include.path\n/r/config',
      'include.path\n/r/config.worktree',
    ],
    fsync: 'all,-reference',
  });
});

test.each([
  'includeif.onbranch:main.path\nx',
  'hook.h.command\nx',
  'fetch.followremotehead\nalways',
  'remote.a\nb.c.followremotehead\nwarn',
  'fetch.writecommitgraph\ntrue',
  'fetch.writecommitgraph',
  'fetch.bundleuri\nhttps://x',
  'core.partialclonefilter\nblob:none',
  'remote.o.promisor\ntrue',
  'remote.o.vcs\nhg',
  'core.fsync',
  'extensions.partialclone\no',
  'extensions.refstorage\nreftable',
  'extensions.objectformat\nsha1"x',
])('nothing is fetched beside with %j', (entry) => {
  expect(sideConfig(listing(...PLAIN, entry), '/r')).toBeUndefined();
});

test.each([
  'fetch.writecommitgraph\nfalse',
  'includeif.gitdir:/r/.path\nx',
  'fetch.fsckobjects\ntrue',
  'extensions.noop',
])('what is there with %j is compared', (entry) => {
  expect(sideConfig(listing(...PLAIN, entry), '/r')).toBeDefined();
});

test('it is the same if it differs by its own entries only, each once and in their order', () => {
  const own = ['core.bare\ntrue', 'include.path\n/r/config'];
  const here = listing(...PLAIN);
  const [first = '', ...others] = PLAIN;
  expect(isSameConfig(here, listing(first, ...own, ...others), own)).toBe(true);
  expect(isSameConfig(listing(), listing(...own), own)).toBe(true);
  for (const beside of [
    [first, ...own],
    [first, ...own, ...others, 'a.b\nc'],
    [first, ...own, ...[...others].reverse()],
    [first, ...[...own].reverse(), ...others],
    [first, own[0] ?? '', ...others],
    [first, ...own, ...own, ...others],
    [],
  ])
    expect(isSameConfig(here, listing(...beside), own)).toBe(false);
});

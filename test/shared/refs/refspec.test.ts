import { describe, expect, onTestFinished, test } from 'vitest';
import {
  mapPush,
  parseRefspec,
  reachesBranches,
  safePushRefspecs,
  storesRefs,
} from '../../../src/shared/refs/refspec.ts';
import { parseRefName, type RefName } from '../../../src/shared/remote.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';

const OBJECT = '0123456789abcdef0123456789abcdef01234567';

const refName = (text: string): RefName => {
  const name = parseRefName(text);
  if (name === undefined) throw new Error(`no ref name: ${text}`);
  return name;
};

const reaches = (text: string): boolean | undefined => {
  const refspec = parseRefspec(text, 'fetch');
  return refspec && reachesBranches(refspec);
};

describe('a fetch refspec', () => {
  test('is taken apart', () => {
    expect(parseRefspec('+refs/heads/*:refs/remotes/o/*', 'fetch')).toEqual({
      force: true,
      negative: false,
      source: 'refs/heads/*',
      destination: 'refs/remotes/o/*',
    });
    expect(parseRefspec('^refs/heads/wip/*', 'fetch')).toMatchObject({ negative: true, source: 'refs/heads/wip/*' });
    expect(parseRefspec('@:refs/x/y', 'fetch')).toMatchObject({ source: 'HEAD' });
    expect(parseRefspec('main', 'fetch')).toMatchObject({ source: 'main', destination: undefined });
  });

  test('is valid where git takes it for valid', async () => {
    const repo = await makeRepo(makeScratch(onTestFinished), 'r');
    for (const text of FETCH_REFSPECS) {
      const options = ['-c', 'remote.x.url=/nowhere', '-c', `remote.x.fetch=${text}`];
      const valid = await repo.git(...options, 'remote').then(
        () => true,
        () => false,
      );
      expect([text, parseRefspec(text, 'fetch') !== undefined]).toEqual([text, valid]);
    }
  });

  test.each([
    ['+refs/heads/*:refs/remotes/origin/*', false],
    ['+refs/heads/*:refs/heads/*', true],
    ['+refs/*:refs/*', true],
    ['refs/*/x:refs/*/x', true],
    ['refs/heads/a*:refs/he*', true],
    ['refs/heads/*:refs/heads/mirror/*', true],
    ['refs/heads/*:refs/headsman/*', false],
    ['*:*', true],
    ['main:copy', true],
    ['main:heads/copy', true],
    ['main:remotes/origin/main', false],
    ['main:refs/heads/copy', true],
    ['main:refs/remotes/origin/main', false],
    ['refs/tags/*:refs/tags/*', false],
    ['main:tags/x', false],
    [`${OBJECT}:refs/heads/x`, true],
    ['main', false],
    ['main:', false],
    ['^refs/heads/x', false],
  ])('%s reaches local branches: %j', (text, expected) => {
    expect(reaches(text)).toBe(expected);
  });

  test('that is said not to reach local branches moves none, and the other way round', async () => {
    const scratch = makeScratch(onTestFinished);
    const source = await makeRepo(scratch, 'source');
    await commit(source);
    const specs = ['main:copy', 'main:heads/copy', 'main:remotes/o/main', 'main:tags/x', 'main:refs/y/z', 'HEAD:H'];
    for (const [index, spec] of specs.entries()) {
      const target = await makeRepo(scratch, `target-${index}`);
      await target.git('fetch', source.directory, spec);
      const branches = await target.git('for-each-ref', '--format=%(refname)', 'refs/heads/');
      expect([spec, branches !== '']).toEqual([spec, reaches(spec)]);
    }
  });

  test('without a right side stores nothing', () => {
    const stores = (text: string) => storesRefs(parseRefspec(text, 'fetch') ?? expect.fail(text));
    expect(['main', 'main:', '^refs/heads/x', 'main:refs/x/y'].map(stores)).toEqual([false, false, false, true]);
  });
});

const FETCH_REFSPECS = [
  ...['+refs/heads/*:refs/remotes/o/*', 'refs/heads/*', 'refs/heads/*:', ':', '', 'HEAD', '@', '+main', 'main:x'],
  ...['^refs/heads/x', '^refs/heads/*', '^a:b', '^', `^${OBJECT}`, `${OBJECT}:refs/x/y`, 'a:b:c', '+^x', '^+x'],
  ...['refs/heads/*:refs/x', 'refs/x:refs/*', 'refs/*/*:refs/*/*', 'refs/h*d:refs/x*', 'a b:c', 'a..b', 'a.lock'],
  ...['refs//x:y', '/x', 'x/', 'x~1', 'x^', 'x:y~1', '.x', 'a/.b', 'refs/x:refs/y.', '*:*', 'ref[s', 'x@{1}'],
];

describe('a push', () => {
  test.each([
    [[], 'refs/heads/main', ['refs/heads/main']],
    [['refs/heads/*'], 'refs/heads/a/b', ['refs/heads/a/b']],
    [['refs/heads/*:refs/remotes/me/*'], 'refs/heads/a', ['refs/remotes/me/a']],
    [['+refs/heads/main:refs/heads/live'], 'refs/heads/main', ['refs/heads/live']],
    [['main'], 'refs/heads/main', ['refs/heads/main']],
    [['main:live'], 'refs/heads/main', ['refs/heads/live']],
    [['v1:v1-copy'], 'refs/tags/v1', ['refs/tags/v1-copy']],
    [['heads/main:refs/x/y'], 'refs/heads/main', ['refs/x/y']],
    [
      ['main:a', 'main:b', 'refs/heads/*:refs/heads/*'],
      'refs/heads/main',
      ['a', 'b', 'main'].map((n) => `refs/heads/${n}`),
    ],
    [['refs/heads/*', '^refs/heads/wip/*'], 'refs/heads/wip/x', []],
    [['refs/heads/*', '^refs/heads/wip/*'], 'refs/heads/x', ['refs/heads/x']],
    [['refs/heads/r*e:refs/heads/*'], 'refs/heads/release', ['refs/heads/eleas']],
    [['main'], 'refs/heads/other', []],
    [['refs/heads/*'], 'refs/tags/v1', []],
    [[':'], 'refs/heads/main', []],
    [['+:'], 'refs/heads/main', []],
    [[':refs/heads/main'], 'refs/heads/main', []],
    [['HEAD:refs/heads/main'], 'refs/heads/main', []],
    [['main~1:refs/heads/old'], 'refs/heads/main', []],
    [['not valid'], 'refs/heads/main', []],
  ])('by %j takes %s to %j', (refspecs, ref, expected) => {
    expect(mapPush(refspecs)(refName(ref))).toEqual(expected);
  });

  test('is never forced and never a deletion, whatever is configured', () => {
    const refspecs = ['+refs/heads/*:refs/heads/*', '+main:live', ':refs/heads/gone', '+:refs/heads/gone', ':', '^x'];
    for (const destination of mapPush(refspecs)(refName('refs/heads/main'))) {
      expect(destination).toMatch(/^refs\/heads\/(?:main|live)$/);
    }
  });

  test('goes by the refspecs that are safe to follow, and the others are told', () => {
    expect(safePushRefspecs(['+refs/heads/*:refs/heads/*', '^refs/heads/x', ':', ':gone', 'HEAD', 'a b'])).toEqual({
      safe: ['refs/heads/*:refs/heads/*', '^refs/heads/x'],
      passedOver: [':', ':gone', 'HEAD', 'a b'],
    });
  });
});

import { expect, onTestFinished, test } from 'vitest';
import { parseObjectName, parseRefName, remoteName } from '../../src/shared/remote.ts';
import { makeRepo, makeScratch } from '../support/temp-repo.ts';

const REF_NAMES = [
  ...['refs/heads/main', 'refs/heads/a/b', 'refs/heads/ünï', 'refs/heads/-x', 'refs/heads/x-', 'refs/tags/v1.0'],
  ...['refs/heads/@', 'refs/heads/a@b', "refs/heads/it's", 'refs/heads/a"b', 'refs/stash', 'refs/heads/{x}'],
  ...['refs/heads/', 'refs//heads', 'refs/heads/.x', 'refs/heads/x.', 'refs/heads/x.lock', 'refs/x.lock/y'],
  ...['refs/heads/a..b', 'refs/heads/a b', 'refs/heads/a~', 'refs/heads/a^', 'refs/heads/a:b', 'refs/heads/a?'],
  ...[
    'refs/heads/a*',
    'refs/heads/a[b',
    'refs/heads/a\\b',
    'refs/heads/a@{b',
    'refs/heads/a\u007f',
    'refs/heads/a\u0085',
    'refs/heads/\t',
  ],
  ...['refs/heads/a.b', 'refs/heads/lock', 'refs/heads/x.lock.y', 'refs/heads/]', 'refs/heads/a//b', 'refs/.x/y'],
];

test('a ref name is what git takes for one', async () => {
  const repo = await makeRepo(makeScratch(onTestFinished), 'r');
  for (const name of REF_NAMES) {
    const valid = await repo.git('check-ref-format', name).then(
      () => true,
      () => false,
    );
    expect([name, parseRefName(name) !== undefined]).toEqual([name, valid]);
  }
});

test('a short ref name, HEAD and an option are no ref names', () => {
  for (const text of ['main', 'HEAD', 'heads/main', '', '-x', 'refs', 'Refs/heads/x']) {
    expect(parseRefName(text)).toBeUndefined();
  }
});

test('an object name is 40 or 64 lower-case digits', () => {
  for (const length of [40, 64]) expect(parseObjectName('a'.repeat(length))).toBe('a'.repeat(length));
  for (const text of ['a'.repeat(39), 'a'.repeat(41), 'A'.repeat(40), 'g'.repeat(40), '', `${'a'.repeat(40)}\n`]) {
    expect(parseObjectName(text)).toBeUndefined();
  }
});

test("a remote's name is kept as it is", () => {
  expect(remoteName(' odd "name" ')).toBe(' odd "name" ');
});

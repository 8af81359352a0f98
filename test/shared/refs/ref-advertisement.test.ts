// Owns: that listings of refs are read and compared as a fetch would see them.
// Leaves: real servers (test/workers/refs).
import { describe, expect, it } from 'vitest';
import {
  MOST_REFS,
  movesBetween,
  parseRefLines,
  refPrefixes,
  surelyFetched,
  wantedRefs,
} from '../../../src/shared/refs/ref-advertisement.ts';
import { parseRefName, type RefName } from '../../../src/shared/remote.ts';

const one = '1'.repeat(40);
const two = '2'.repeat(64);

function ref(text: string): RefName {
  const name = parseRefName(text);
  if (name === undefined) throw new Error(`${text} is no ref name`);
  return name;
}

describe('a listing', () => {
  it('is read from what git ls-remote prints, without HEAD and peeled tags', () => {
    const text = `${one}\tHEAD\n${one}\trefs/heads/main\n${two}\trefs/tags/v1\n${one}\trefs/tags/v1^{}\nwarning: x\n`;
    expect([...parseRefLines(text)]).toEqual([
      ['refs/heads/main', one],
      ['refs/tags/v1', two],
    ]);
  });

  it('is read up to a number, however short the names are', () => {
    const text = Array.from({ length: MOST_REFS + 10 }, (_line, at) => `${one} refs/${at}`).join('\n');
    expect(parseRefLines(text).size).toBe(MOST_REFS);
  });

  it('tells moved, new and gone refs by name', () => {
    const before = parseRefLines(`${one} refs/heads/a\n${one} refs/heads/b\n${one} refs/heads/c\n`);
    const after = parseRefLines(`${one} refs/heads/a\n${two} refs/heads/b\n${one} refs/heads/d\n`);
    expect(movesBetween(before, after, () => true)).toEqual([
      { ref: 'refs/heads/b', tip: two },
      { ref: 'refs/heads/d', tip: one },
      { ref: 'refs/heads/c', tip: undefined },
    ]);
  });
});

describe('the wanted refs', () => {
  it.each([
    ['+refs/heads/*:refs/remotes/o/*', 'refs/heads/a/b', true],
    ['+refs/heads/*:refs/remotes/o/*', 'refs/pull/1/head', false],
    ['refs/heads/main:refs/remotes/o/main', 'refs/heads/main', true],
    ['refs/heads/main:refs/remotes/o/main', 'refs/heads/main2', false],
    ['main:refs/remotes/o/main', 'refs/heads/main', true],
    ['HEAD:refs/remotes/o/main', 'refs/heads/whichever', true],
    ['refs/heads/r-*-x:refs/remotes/o/*', 'refs/heads/r-x', false],
    ['refs/heads/r-*-x:refs/remotes/o/*', 'refs/heads/r-1-x', true],
  ])('by %s: %s is %s', (refspec, name, wanted) => {
    expect(wantedRefs({ refspecs: [refspec], tags: false })(ref(name))).toBe(wanted);
  });

  it('are without those that a negative refspec takes out', () => {
    const isWanted = wantedRefs({ refspecs: ['refs/heads/*:refs/remotes/o/*', '^refs/heads/wip/*'], tags: true });
    expect(isWanted(ref('refs/heads/wip/x'))).toBe(false);
    expect(isWanted(ref('refs/heads/x'))).toBe(true);
  });

  it('have tags among them unless tagOpt says none', () => {
    const refspecs = ['refs/heads/*:refs/remotes/o/*'];
    expect(wantedRefs({ refspecs, tags: true })(ref('refs/tags/v1'))).toBe(true);
    expect(wantedRefs({ refspecs, tags: false })(ref('refs/tags/v1'))).toBe(false);
  });

  it.each([
    ['a full name', ['refs/heads/main:refs/remotes/o/main'], true],
    ['a wildcard', ['refs/heads/*:refs/remotes/o/*'], true],
    ['a short name, which may mean a tag', ['main:refs/remotes/o/main'], false],
    ['HEAD, which may be another branch', ['HEAD:refs/remotes/o/main'], false],
    ['a wildcard and against a negative refspec', ['refs/heads/*:refs/remotes/o/*', '^refs/heads/main'], false],
  ])('are surely fetched or not by %s', (_by, refspecs, isFetched) => {
    expect(surelyFetched(refspecs)(ref('refs/heads/main'))).toBe(isFetched);
  });

  it('begin with these prefixes', () => {
    expect(refPrefixes({ refspecs: ['refs/heads/*:refs/remotes/o/*', '^refs/heads/x'], tags: true })).toEqual([
      'refs/heads/',
      'refs/tags/',
    ]);
    expect(refPrefixes({ refspecs: ['main:refs/remotes/o/main'], tags: true })).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { readComparison } from '../../../src/main/config/comparison.ts';
import { configOf } from './read-config.ts';

const BRANCHES = { mode: 'fetch', refspecs: ['+refs/heads/*:refs/remotes/o/*'], tags: true } as const;

test.each([
  ['nothing is pruned unless the config says so', [], { prunes: false, prunesTags: false }],
  ['what is gone is pruned for all remotes', ['fetch.prune=true'], { prunes: true, prunesTags: false }],
  ['or for this one', ['remote.o.prune=yes'], { prunes: true, prunesTags: false }],
  ['or for all but this one', ['fetch.prune=true', 'remote.o.prune=false'], { prunes: false, prunesTags: false }],
  ['tags as well', ['fetch.prune=true', 'remote.o.pruneTags=true'], { prunes: true, prunesTags: true }],
  ['all tags are wanted', ['remote.o.tagOpt=--tags'], { prunes: false, prunesTags: false, allTags: true }],
  ['where HEAD points is not looked at', ['remote.o.followRemoteHEAD=create'], { prunes: false, prunesTags: false }],
])('%s', (_what, entries, comparison) => {
  expect(readComparison(configOf(...entries), 'o', BRANCHES)).toEqual(comparison);
});

test.each([
  ['it cannot be known what is pruned', ['remote.o.prune=perhaps'], {}],
  ['HEAD is followed', ['remote.o.followRemoteHEAD=always'], {}],
  ['a change of HEAD is told of', ['remote.o.followRemoteHEAD=warn-if-not-main'], {}],
  ['the server is told something', ['remote.o.serverOption=x'], {}],
  ['tags are pruned and not followed', ['fetch.pruneTags=true'], { tags: false }],
  ['git prefetches', [], { mode: 'prefetch' }],
  ['a name is short', [], { refspecs: ['main:refs/remotes/o/main'] }],
] as const)('only a fetch can tell where %s', (_where, entries, options) => {
  expect(readComparison(configOf(...entries), 'o', { ...BRANCHES, ...options })).toBeUndefined();
});

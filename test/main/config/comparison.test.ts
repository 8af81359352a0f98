import { expect, test } from 'vitest';
import { readComparison } from '../../../src/main/config/comparison.ts';
import { configOf } from './read-config.ts';

const REFSPECS = ['+refs/heads/*:refs/remotes/o/*'];
const BRANCHES = { mode: 'fetch', refspecs: REFSPECS, tags: true, pruned: REFSPECS } as const;

test.each([
  ['nothing more is wanted unless the config says so', [], {}],
  ['all tags are wanted', ['remote.o.tagOpt=--tags'], { allTags: true }],
  ['all tags are wanted, too, where git would prune them', ['remote.o.pruneTags=true'], { allTags: true }],
  ['a remote is an exception', ['fetch.followRemoteHEAD=always', 'remote.o.followRemoteHEAD=never'], {}],
  ['it brings but a part of the objects', ['remote.o.promisor=true'], { isPartial: true }],
  ['where HEAD points is not looked at', ['remote.o.followRemoteHEAD=create'], {}],
])('%s', (_what, entries, more) => {
  expect(readComparison(configOf(...entries), 'o', BRANCHES)).toEqual({ pruned: BRANCHES.refspecs, ...more });
});

test.each([
  ['it cannot be known what is pruned', ['remote.o.prune=perhaps'], {}],
  ['HEAD is followed', ['remote.o.followRemoteHEAD=always'], {}],
  ['HEAD is followed of all remotes', ['fetch.followRemoteHEAD=always'], {}],
  ['a change of HEAD is told of', ['remote.o.followRemoteHEAD=warn-if-not-main'], {}],
  ['the server is told something', ['remote.o.serverOption=x'], {}],
  ['tags are pruned and not followed', ['fetch.pruneTags=true'], { tags: false }],
  ['git prefetches', [], { mode: 'prefetch' }],
  ['a name is short', [], { refspecs: ['main:refs/remotes/o/main'] }],
] as const)('only a fetch can tell where %s', (_where, entries, options) => {
  expect(readComparison(configOf(...entries), 'o', { ...BRANCHES, ...options })).toBeUndefined();
});

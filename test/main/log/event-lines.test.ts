import { expect, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { createConfigLog } from '../../../src/main/log/event-lines.ts';
import type { RemoteChanges, SkippedRemote } from '../../../src/shared/remote.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { configOf } from '../config/read-config.ts';

function makeLog() {
  const lines: string[] = [];
  return { lines, info: (scope: string, text: string) => void lines.push(`${scope}: ${text}`) };
}

const { remotes } = readRemotes(configOf('remote.a.url=h:d', 'remote.a.fetch=+refs/heads/*:refs/remotes/a/*'), {
  bare: false,
  env: {},
  pollMs: 1_000,
  fetchMode: 'fetch',
});
const NOTHING: RemoteChanges = { kept: remotes, added: [], changed: [], removed: [] };

test.each<[string, Partial<RemoteChanges>, boolean, readonly string[]]>([
  ['nothing', {}, false, []],
  ['nothing, but somebody asked', {}, true, ['daemon: read the config again: no remote is different']],
  ['one', { removed: remotes }, false, ['daemon: read the config again: 1 removed']],
  [
    'several',
    { added: remotes, changed: [...remotes, ...remotes], removed: remotes },
    true,
    ['daemon: read the config again: 1 added, 2 changed, 1 removed'],
  ],
])('of a config in which differs: %s', (_what, changes, isAsked, expected) => {
  const { lines, info } = makeLog();
  createConfigLog({ info }).readAgain({ ...NOTHING, ...changes }, isAsked);
  expect(lines).toEqual(expected);
});

test('why a remote is not watched is said once, and again when the reason is another', () => {
  const { lines, info } = makeLog();
  const { skipped } = createConfigLog({ info });
  const [a, b, c]: SkippedRemote[] = ['a', 'b', 'c'].map((name) => ({ name: remoteName(name), why: 'off' }));
  if (!a || !b || !c) throw new Error('there are three');
  skipped([a, b]);
  skipped([a, { ...b, why: 'no url' }, c]);
  skipped([]);
  skipped([a]);
  expect(lines).toEqual([
    ...['a: not watched: off', 'b: not watched: off', 'b: not watched: no url'],
    ...['c: not watched: off', 'a: not watched: off'],
  ]);
});

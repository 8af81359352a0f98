// Owns: that a git which reads on is alive, though it prints nothing.
// Leaves: how long one may be silent (git-lane.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { readsOn } from '../../../src/main/git/git-input.ts';
import { createLane, REAL_TIME } from '../../../src/main/git/git-lane.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { beforeEachPack, failureCode, placeOf } from './git-place.ts';

test.each<[string, [string, number][], [string, number][], boolean]>([
  ['one that reads on', [['1', 5]], [['1', 6]], true],
  ['one that waits', [['1', 5]], [['1', 5]], false],
  [
    'one that is new',
    [['1', 5]],
    [
      ['1', 5],
      ['2', 9],
    ],
    false,
  ],
  [
    'one that has ended',
    [
      ['1', 5],
      ['2', 9],
    ],
    [['1', 5]],
    false,
  ],
  ['nothing that can be seen', [], [], false],
])('of %s it is told whether it reads on', (_what, before, now, does) => {
  expect(readsOn(new Map(before), new Map(now))).toBe(does);
});

const hasProc = process.platform === 'linux';

test.skipIf(!hasProc)(
  'a server that packs for longer than a fetch may be silent, and sends its keepalives, is not given up',
  async () => {
    const scratch = makeScratch(onTestFinished);
    const server = await makeServerRepo(scratch);
    const repo = await cloneRepo(scratch, server.directory, 'repo');
    await server.git('config', 'uploadpack.keepAlive', '1');
    beforeEachPack(scratch, 'sleep 6');
    const tip = await server.pushCommit();
    const lane = createLane({ most: 1, ...REAL_TIME, quietMs: 60_000, timeoutMs: () => 4_000 });
    const code = await new Promise<string>((done) => {
      lane.request({
        key: 'fetch origin',
        start: () => startFetch(placeOf(scratch, repo), { remote: remoteName('origin'), mode: 'fetch' }),
        onStart: () => undefined,
        onDone: (outcome) => done(failureCode(outcome)),
      });
    });
    expect(code).toBe('ok');
    expect(await repo.git('rev-parse', 'refs/remotes/origin/main')).toBe(tip);
  },
);

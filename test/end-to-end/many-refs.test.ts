// Owns: that of a remote with many refs just what moved is fetched, and that nothing is missed for that.
// Leaves: which fetches are such (test/shared/refs/exact-fetch.test.ts, test/main/supervisor/remote/syncing.test.ts).
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../support/next-line.ts';
import { localScene, startConnected, untilQuiet, untilRef } from '../support/scene.ts';

const MANY = 1_500;
const here = (branch: string): string => `refs/remotes/origin/${branch}`;

test('of many refs those that move are fetched by their names, and all are where something is gone', async () => {
  const scene = await localScene(onTestFinished);
  const { server, clone } = scene;
  const first = await server.git('rev-parse', 'main');
  const lines = Array.from(
    { length: MANY },
    (_, at) => `create refs/heads/b/${String(at).padStart(6, '0')} ${first}\n`,
  );
  const [cwd, env] = [server.directory, scene.scratch.env];
  execFileSync('git', ['update-ref', '--stdin'], { cwd, env, input: lines.join('') });
  await server.git('pack-refs', '--all');
  await clone.git('config', 'remotedaemon.logLevel', 'debug');
  await clone.git('config', 'fetch.prune', 'true');
  await clone.git('fetch', '--quiet', 'origin');
  await clone.git('pack-refs', '--all');
  const daemon = await startConnected(onTestFinished, scene);
  await untilQuiet(daemon);
  const before = daemon.stderr().length;
  const fetches = (): string[] =>
    [
      ...daemon
        .stderr()
        .slice(before)
        .matchAll(/runs git .* fetch .* -- origin ?(.*) \(pid/g),
    ].map(([, refspecs = '']) => refspecs);

  const tip = await server.pushCommit();
  await untilRef(clone, here('main'), tip);
  await server.git('update-ref', 'refs/heads/b/000007', tip);
  await untilRef(clone, here('b/000007'), tip);
  await server.git('update-ref', 'refs/heads/b/000007', first);
  await untilRef(clone, here('b/000007'), first);
  expect(new Set(fetches())).toEqual(
    new Set(['+refs/heads/main:refs/remotes/origin/main', '+refs/heads/b/000007:refs/remotes/origin/b/000007']),
  );

  await server.git('tag', 'v1', 'main');
  await untilRef(clone, 'refs/tags/v1', tip);
  // A name that was that of a branch is that of a folder now.
  await server.git('update-ref', '-d', 'refs/heads/b/000007');
  await server.git('update-ref', 'refs/heads/b/000007/x', tip);
  await until('it is here', async () => (await clone.git('for-each-ref', here('b/000007/x'))) !== '');
  await untilRef(clone, here('b/000007/x'), tip);
  await untilQuiet(daemon);
  expect(fetches()).toContain('');
  const listed = await server.git('for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', 'refs/heads');
  const kept = await clone.git('for-each-ref', '--format=%(objectname) %(refname:lstrip=3)', 'refs/remotes/origin');
  expect(kept.split('\n').filter((line) => !line.endsWith(' HEAD'))).toEqual(listed.split('\n'));
});

// Owns: that of a remote with many refs just what moved is fetched, and that nothing is missed for that.
// Leaves: which fetches are such (test/shared/refs/exact-fetch.test.ts, test/main/supervisor/remote/syncing.test.ts).
import { execFileSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { localScene, plainScene, untilQuiet, untilRef } from '../support/scene.ts';

const MANY = 1_500;
const here = (branch: string): string => `refs/remotes/origin/${branch}`;

/** A server of many refs that are all here, the daemon, and its fetches by the refspecs that they were given. */
async function withMany(scene: Awaited<ReturnType<typeof localScene>>) {
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
  // Which tags there are is known by when their files were changed, and of just now nobody can tell.
  for (const place of ['packed-refs', 'refs/tags']) utimesSync(join(clone.directory, '.git', place), 1, 1);
  const daemon = startDaemon(onTestFinished, clone.directory, scene.scratch.env);
  await until('it has looked at all refs', async () => /\bfetch: .* → still\b/.test(daemon.stderr()));
  const before = daemon.stderr().length;
  const fetches = (): string[] =>
    [
      ...daemon
        .stderr()
        .slice(before)
        .matchAll(/runs git .* fetch .* -- origin ?(.*) \(pid/g),
    ].map(([, refspecs = '']) => refspecs);
  const listings = (): number =>
    daemon
      .stderr()
      .slice(before)
      .match(/runs git (?:ls-remote|for-each-ref) /g)?.length ?? 0;
  const besides = (): number => daemon.stderr().slice(before).split('core.hooksPath=/dev/null').length - 1;
  return { daemon, first, fetches, besides, listings };
}

test('of many refs those that move are fetched by their names, and all are where what is gone was in their way', async () => {
  const scene = await localScene(onTestFinished);
  const { server, clone } = scene;
  const { daemon, first, fetches } = await withMany(scene);
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

test('where all tags of the remote are here, git does not even look at the other refs', async () => {
  const scene = await plainScene(onTestFinished);
  const { server, clone } = scene;
  const { daemon, first, fetches, besides, listings } = await withMany(scene);
  const tip = await server.pushCommit();
  await untilRef(clone, here('main'), tip);
  for (const to of [tip, first]) {
    await server.git('update-ref', 'refs/heads/b/000007', to);
    await untilRef(clone, here('b/000007'), to);
  }
  await server.git('update-ref', 'refs/heads/new', tip);
  await untilRef(clone, here('new'), tip);
  expect(fetches()).toHaveLength(besides());
  const log = await clone.git('reflog', 'show', '--format=%gs', here('b/000007'));
  expect(log.split('\n').slice(0, 2)).toEqual(['remote-daemon: forced-update', 'remote-daemon: fast-forward']);

  await server.git('update-ref', '-d', 'refs/heads/b/000008');
  await untilRef(clone, here('b/000008'), undefined);
  await untilQuiet(daemon);
  // One that is gone is asked for by its name, after some that are to be there still.
  expect(fetches().at(-1)).toMatch(/^(?:refs\/heads\/b\/\d+ ){5,7}refs\/heads\/b\/000008$/);
  expect(listings()).toBe(0);

  await server.git('tag', 'v1', 'main');
  await untilRef(clone, 'refs/tags/v1', tip);
});

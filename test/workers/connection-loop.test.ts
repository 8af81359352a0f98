// Owns: what every link has in common: the order of its reports, and each way in which main can end it.
// Leaves: the ways to watch a remote (ssh/, polling/), and threads (test/main/supervisor/worker-pool.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import type { Rung } from '../../src/shared/rungs/rungs.ts';
import type { SshTarget } from '../../src/shared/ssh-target.ts';
import { until } from '../support/next-line.ts';
import { noAnnexShell, sayingOnly } from '../support/ssh-scripts.ts';
import { cloneRepo } from '../support/temp-repo.ts';
import { startLoop, type TestLoop, taskIn } from './loop.ts';
import { makeWorld, type World } from './ssh/link.ts';

async function connect(world: World): Promise<TestLoop> {
  const loop = startLoop(onTestFinished, taskOf(world));
  await loop.reports.next(/^connected /);
  return loop;
}

const taskOf = ({ scratch, repo, target }: World) => taskIn(scratch, repo, { kind: 'annex-shell', target });
const kinds = ({ reports }: TestLoop): string[] => reports.seen.map(({ text }) => text.split(' ')[0] ?? '');

test('it reports that it has started, what it hears, and last how it ended', async () => {
  const world = await makeWorld(onTestFinished);
  const loop = await connect(world);
  await world.repo.pushCommit();
  await loop.reports.next('moved');
  loop.order('kindly');
  await loop.reports.next('ended closed');
  await loop.over;
  expect([kinds(loop)[0], kinds(loop).at(-1)]).toEqual(['started', 'ended']);
  expect(loop.reports.count(/^ended/)).toBe(1);
});

test('a failure is reported with its code and what a person is told', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(noAnnexShell);
  const loop = startLoop(onTestFinished, taskOf(world));
  await loop.reports.next('ended shell-missing: the server says: "sh: 1: git-annex-shell: not found"');
  await loop.over;
});

test('one that is told to close before it has begun opens nothing', async () => {
  const world = await makeWorld(onTestFinished);
  const loop = startLoop(onTestFinished, taskOf(world));
  loop.order('kindly', 'kindly', 'now');
  await loop.reports.next('ended closed');
  await loop.over;
  await until('no connection is left', () => world.peer.connections() === 0);
  expect(kinds(loop)).toEqual(['started', 'ended']);
});

test('when main lets go of the port it ends', async () => {
  const world = await makeWorld(onTestFinished);
  const loop = await connect(world);
  loop.abandon();
  await loop.over;
  await until('no connection is left', () => world.peer.connections() === 0);
});

test('a server that says no goodbye is left when it has had its time', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(sayingOnly('READY\n'));
  const loop = await connect(world);
  world.peer.freeze();
  loop.order('kindly');
  await loop.reports.next('ended closed');
  await loop.over;
});

test.each<[string, (target: SshTarget) => Rung]>([
  ['a watcher on the server', (target) => ({ kind: 'server-watch', target })],
  ['git-annex-shell', (target) => ({ kind: 'annex-shell', target })],
  ['polling', (target) => ({ kind: 'poll', why: 'a test', everyMs: 3_600_000, target })],
])('a link by %s that may be dead has to show that it is not, or ends', async (_rung, rungFor) => {
  const world = await makeWorld(onTestFinished);
  const loop = startLoop(onTestFinished, taskIn(world.scratch, world.repo, rungFor(world.target)));
  await loop.reports.next(/^connected /);
  world.peer.freeze();
  loop.prove(200);
  await loop.reports.next(/^ended timed-out: nothing was heard from/);
});

test('a remote that git lists is listed at once where its link may be dead', async () => {
  const { scratch, repo } = await makeWorld(onTestFinished);
  const clone = await cloneRepo(scratch, repo.directory, 'clone', repo.directory);
  const rung: Rung = { kind: 'poll', why: 'a test', everyMs: 3_600_000 };
  const loop = startLoop(onTestFinished, taskIn(scratch, clone, rung));
  await loop.reports.next('polled');
  loop.prove(5_000);
  await loop.reports.next('polled');
});

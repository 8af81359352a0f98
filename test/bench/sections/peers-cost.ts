// Owns: what being a peer costs: being let in, memory with one peer and with fifty, and how fast a large fetch is.
// Leaves: how soon a commit is there (peers.ts).
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import type { Daemon } from '../../support/daemon.ts';
import { until } from '../../support/next-line.ts';
import {
  commitBytes,
  type Member,
  type Mesh,
  makeFriends,
  type Running,
  startFriends,
  startMesh,
} from '../../support/peer-mesh.ts';
import { friendAt } from '../../support/peer-mesh-stranger.ts';
import { untilStatus } from '../../support/scene.ts';
import { untilQuiet } from '../arrivals.ts';
import type { Size } from '../options.ts';
import { footprintOf } from '../process-tree.ts';
import { measured, type Row, type Unit, type Value } from '../report.ts';

const run = promisify(execFile);

const QUIET_MS = 1_500;
const MANY = 50;
const LARGE_MB = 100;
const LARGE_LIMIT_MS = 120_000;

export async function costOfPeers(atEnd: AtEnd, { rounds }: Size): Promise<Row[]> {
  const mesh = startMesh(atEnd);
  const [ada, bob] = await makeFriends(mesh, ['ada', 'bob']);
  if (!ada || !bob) throw new Error('two were made');
  const alone = await memoryWithoutNetwork(mesh, ada);
  const daemon = mesh.start(ada);
  await until('the network is served', () => existsSync(ada.socket));
  const memory = [...alone, ...(await memoryOfServing(atEnd, mesh, ada, daemon))];
  const dials = await costOfDial(mesh, ada, bob, rounds);
  daemon.send('STOP');
  await daemon.gone();
  return [...memory, ...dials, ...(await largeFetch(mesh, [ada, bob]))];
}

const row = (what: string, unit: Unit, values: Row['values'], against: Row['against'] = 'annex'): Row => ({
  section: 'peers',
  what,
  unit,
  values,
  against,
});

const pssOf = (daemon: Daemon): number => footprintOf(daemon.processes().map(({ pid }) => pid)).pssMb;

/** Of the same repository, while it serves nobody; its one remote is away either way. */
async function memoryWithoutNetwork(mesh: Mesh, { repo }: Member): Promise<Row[]> {
  await repo.git('config', '--unset-all', 'remotedaemon.serve');
  const daemon = mesh.start({ name: 'ada', repo, uuid: '', socket: '' });
  await untilStatus({ clone: repo, scratch: mesh.scratch }, 'bob');
  await untilQuiet(daemon, QUIET_MS);
  const pssMb = pssOf(daemon);
  daemon.send('STOP');
  await daemon.gone();
  await repo.git('config', 'remotedaemon.serve', mesh.network.name);
  return [row('memory (PSS), no network served', 'MB', { ours: measured([pssMb]) })];
}

async function memoryOfServing(atEnd: AtEnd, mesh: Mesh, ada: Member, daemon: Daemon): Promise<Row[]> {
  const { atEnd: afterwards, releaseAll } = createReleases();
  atEnd(releaseAll);
  const rows: Row[] = [];
  for (const [from, to] of [
    [0, 0],
    [0, 1],
    [1, MANY],
  ] as const) {
    for (let count = from; count < to; count += 1) {
      const friend = await friendAt(afterwards, ada.socket, mesh.admit(ada, 'read'));
      friend.say('NOTIFYCHANGE');
    }
    await untilQuiet(daemon, QUIET_MS);
    const what = `memory (PSS), a network served, with ${to} ${to === 1 ? 'peer' : 'peers'} that wait`;
    rows.push(row(what, 'MB', { ours: measured([pssOf(daemon)]) }));
  }
  await releaseAll();
  return rows;
}

/** Until one is let in, at a daemon that runs; and a whole `git ls-remote` without a daemon of one's own, beside a path. */
async function costOfDial(mesh: Mesh, ada: Member, bob: Member, rounds: number): Promise<Row[]> {
  const [letInMs, helperMs, pathMs]: [number[], number[], number[]] = [[], [], []];
  const list = async (...args: readonly string[]): Promise<number> => {
    const startedAtMs = performance.now();
    await run('git', ['ls-remote', ...args], { cwd: bob.repo.directory, env: mesh.env });
    return performance.now() - startedAtMs;
  };
  for (let round = 0; round <= rounds; round += 1) {
    const { atEnd, releaseAll } = createReleases();
    const token = mesh.admit(ada, 'read');
    const startedAtMs = performance.now();
    await friendAt(atEnd, ada.socket, token);
    const tookMs = performance.now() - startedAtMs;
    await releaseAll();
    const [byHelper, byPath] = [await list('ada'), await list(ada.repo.directory)];
    if (round === 0) continue;
    letInMs.push(tookMs);
    helperMs.push(byHelper);
    pathMs.push(byPath);
  }
  return [
    row('from the connection to AUTH-SUCCESS', 'ms', { ours: measured(letInMs) }),
    row(
      'git ls-remote by the helper, no daemon here; git: a path',
      'ms',
      { ours: measured(helperMs), git: measured(pathMs) },
      'git',
    ),
  ];
}

/** What nothing makes smaller, so that it is as much on the way as it is here. */
async function largeFetch(mesh: Mesh, members: readonly Member[]): Promise<Row[]> {
  for (const { repo } of members) {
    for (const key of ['core.compression', 'pack.compression']) await repo.git('config', key, '0');
  }
  const running = await startFriends(mesh, members);
  const [ada, bob] = running;
  if (!ada || !bob) throw new Error('two were started');
  await untilQuiet(bob.daemon, QUIET_MS);
  bob.daemon.lines.forget();
  const tip = await commitBytes(ada.repo, LARGE_MB * 1_000_000);
  const ours = await mbPerSecondOf(ada, bob, tip);
  const startedAtMs = performance.now();
  await bob.repo.git('clone', '--quiet', '--no-local', '--bare', ada.repo.directory, join(mesh.scratch.directory, 'c'));
  const git = measured([LARGE_MB / ((performance.now() - startedAtMs) / 1_000)]);
  for (const { daemon } of running) daemon.send('STOP');
  await Promise.all(running.map(({ daemon }) => daemon.gone()));
  return [row(`a fetch of ${LARGE_MB} MB; git: a clone of a path`, 'MB/s', { ours, git }, 'git')];
}

async function mbPerSecondOf(ada: Running, { repo, daemon }: Running, tip: string): Promise<Value> {
  const done = await daemon.line(`DONESYNCING ${ada.name} 1`, LARGE_LIMIT_MS);
  const syncing = daemon.lines.seen.findLast(({ text, atMs }) => text === `SYNCING ${ada.name}` && atMs <= done.atMs);
  const here = readFileSync(join(repo.directory, '.git/refs/remotes', ada.name, 'main'), 'utf8').trim();
  if (here !== tip || !syncing) return { missing: 'the first fetch did not bring it' };
  return measured([LARGE_MB / ((done.atMs - syncing.atMs) / 1_000)]);
}

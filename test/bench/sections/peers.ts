// Owns: the time from a commit here to its ref at peers, over unix sockets, of two daemons and of five; beside ssh's.
// Leaves: what being a peer costs (peers-cost.ts), and the repositories (test/support/peer-mesh.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { until } from '../../support/next-line.ts';
import { makeFriends, othersOf, type Running, startFriends, startMesh } from '../../support/peer-mesh.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { makeClient } from '../client.ts';
import { startCompetitor } from '../competitors.ts';
import type { Size } from '../options.ts';
import { createRefMover, type RefMover } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';
import { startServer } from '../server.ts';
import { costOfPeers } from './peers-cost.ts';

const QUIET_MS = 150;
const NAMES = ['ada', 'bob', 'cyd', 'dan', 'eve'];

export async function peers(atEnd: AtEnd, size: Size): Promise<Row[]> {
  const overSsh = await withRoom(atEnd, (room) => overOurWatcher(room, size.rounds));
  const rows: Row[] = [];
  for (const count of [2, NAMES.length]) {
    const { every, last } = await withRoom(atEnd, (room) => amongPeers(room, NAMES.slice(0, count), size.rounds));
    const what = `${count} daemons: commit here -> ref there`;
    rows.push(row(what, every), row(`${what}, the longest`, [Math.max(...every)]));
    if (count > 2) rows.push(row(`${count} daemons: commit here -> ref at the last of them`, last));
  }
  const beside = [
    row('over ssh, by our watcher: ref moved -> here', overSsh),
    row('over ssh, the longest', [Math.max(...overSsh)]),
  ];
  return [...rows, ...beside, ...(await withRoom(atEnd, (room) => costOfPeers(room, size)))];
}

const row = (what: string, samples: readonly number[]): Row => ({
  section: 'peers',
  what,
  unit: 'ms',
  values: { ours: measured(samples) },
  against: 'annex',
});

/** What it took is over before the next begins. */
async function withRoom<T>(atEnd: AtEnd, measure: (atEnd: AtEnd) => Promise<T>): Promise<T> {
  const { atEnd: afterwards, releaseAll } = createReleases();
  atEnd(releaseAll);
  const measured = await measure(afterwards);
  await releaseAll();
  return measured;
}

interface Spread {
  /** Of each of the others. */
  readonly every: readonly number[];
  /** Of whoever was the last, a round. */
  readonly last: readonly number[];
}

async function amongPeers(atEnd: AtEnd, names: readonly string[], rounds: number): Promise<Spread> {
  const mesh = startMesh(atEnd);
  const members = await makeFriends(mesh, names);
  // Arrivals are read off the refs' own files.
  const running = await startFriends(mesh, members);
  const movers = running.map(({ repo }) => createRefMover(atEnd, repo.directory, mesh.env));
  const [every, last]: [number[], number[]] = [[], []];
  // One round more, which only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const at = round % running.length;
    const [here, mover] = [running[at], movers[at]];
    if (!here || !mover) throw new Error('each member has a mover');
    const took = await moveToAll(here, mover, running);
    if (round === 0) continue;
    every.push(...took);
    last.push(Math.max(...took));
  }
  for (const { daemon } of running) daemon.send('STOP');
  await Promise.all(running.map(({ daemon }) => daemon.gone()));
  return { every, last };
}

/** What it took to each of the others, in ms. */
async function moveToAll(here: Running, mover: RefMover, running: readonly Running[]): Promise<number[]> {
  const others = othersOf(running, here);
  for (const { daemon } of running) await untilQuiet(daemon, QUIET_MS);
  const tip = await mover.prepare();
  for (const { daemon } of others) daemon.lines.forget();
  const movedAtMs = await mover.move(tip);
  const arrivals = others.map(({ repo, daemon }) => {
    const file = join(repo.directory, '.git/refs/remotes', here.name, 'main');
    return arrivalOf(daemon, { uri: here.name, tipHere: () => readFileSync(file, 'utf8').trim() }, tip);
  });
  return (await Promise.all(arrivals)).map(({ doneAtMs }) => doneAtMs - movedAtMs);
}

/** The same machine, in the same minute. */
async function overOurWatcher(atEnd: AtEnd, rounds: number): Promise<number[]> {
  const server = await startServer(atEnd, 1);
  const config = '\tremotedaemonNotify = watch\n';
  const client = await makeClient(atEnd, server, { name: 'client', repositories: server.repositories, config });
  const [remote] = client.remotes;
  if (!remote) throw new Error('a client without remotes');
  const daemon = startCompetitor(atEnd, 'ours', client);
  await daemon.connected(client.remotes);
  await until('all is compared', () => daemon.lines.seen.length > 0);
  const mover = createRefMover(atEnd, remote.repository.directory, client.env);
  const samples: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await untilQuiet(daemon, QUIET_MS);
    const tip = await mover.prepare();
    daemon.lines.forget();
    const movedAtMs = await mover.move(tip);
    const { doneAtMs } = await arrivalOf(daemon, remote, tip);
    if (round > 0) samples.push(doneAtMs - movedAtMs);
  }
  await daemon.stop();
  return samples;
}

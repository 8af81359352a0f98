// Owns: the time from a commit here to its ref at peers, over unix sockets, of two daemons and of five; beside ssh's.
// Leaves: what being a peer costs (peers-cost.ts), and the repositories (test/support/peer-mesh.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { makeFriends, othersOf, type Running, startFriends, startMesh } from '../../support/peer-mesh.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { makeClient } from '../client.ts';
import { startCompetitor } from '../competitors.ts';
import type { Size } from '../options.ts';
import { createRefMover, type RefMover } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';
import { startServer } from '../server.ts';
import { costOfPeers } from './peers-cost.ts';
import { peersOverHyper } from './peers-hyper.ts';
import { peersOverTelehash } from './peers-telehash.ts';

const QUIET_MS = 150;
const NAMES = ['ada', 'bob', 'cyd', 'dan', 'eve'];

export async function peers(atEnd: AtEnd, size: Size): Promise<Row[]> {
  const rows = await withRoom(atEnd, (room) => latencies(room, size.rounds));
  const costs = await withRoom(atEnd, (room) => costOfPeers(room, size));
  const hyper = await withRoom(atEnd, (room) => peersOverHyper(room, size));
  const telehash = await withRoom(atEnd, (room) => peersOverTelehash(room, size));
  return [...rows, ...costs, ...hyper, ...telehash];
}

/** In turn, so that what else the machine does is the same for all. */
async function latencies(atEnd: AtEnd, rounds: number): Promise<Row[]> {
  const ssh = await overOurWatcher(atEnd);
  const two = await amongPeers(atEnd, NAMES.slice(0, 2));
  const five = await amongPeers(atEnd, NAMES);
  const took: Record<'ssh' | 'two' | 'five' | 'last', number[]> = { ssh: [], two: [], five: [], last: [] };
  // One round more, which only warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const [overSsh, toOne, toFour] = [await ssh.move(round), await two.move(round), await five.move(round)];
    if (round === 0) continue;
    took.ssh.push(...overSsh);
    took.two.push(...toOne);
    took.five.push(...toFour);
    took.last.push(Math.max(...toFour));
  }
  for (const each of [ssh, two, five]) await each.stop();
  const each = (what: string, samples: readonly number[]): Row[] => [
    row(what, samples),
    row(`${what}, the longest`, [Math.max(...samples)]),
  ];
  return [
    ...each('2 daemons: commit here -> ref there', took.two),
    ...each('5 daemons: commit here -> ref there', took.five),
    row('5 daemons: commit here -> ref at the last of them', took.last),
    ...each('over ssh, by our watcher: ref moved -> here', took.ssh),
  ];
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

interface Runner {
  /** What a change took to each of those that it is for, in ms. */
  readonly move: (round: number) => Promise<number[]>;
  readonly stop: () => Promise<void>;
}

async function amongPeers(atEnd: AtEnd, names: readonly string[]): Promise<Runner> {
  const mesh = startMesh(atEnd);
  // Arrivals are read off the refs' own files.
  const running = await startFriends(mesh, await makeFriends(mesh, names));
  const movers = running.map(({ repo }) => createRefMover(atEnd, repo.directory, mesh.env));
  return {
    move: async (round) => {
      const [here, mover] = [running[round % running.length], movers[round % running.length]];
      if (!here || !mover) throw new Error('each member has a mover');
      return moveToAll(here, mover, running);
    },
    stop: async () => {
      for (const { daemon } of running) daemon.send('STOP');
      await Promise.all(running.map(({ daemon }) => daemon.gone()));
    },
  };
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

async function overOurWatcher(atEnd: AtEnd): Promise<Runner> {
  const server = await startServer(atEnd, 1);
  const config = '\tremotedaemonNotify = watch\n';
  const client = await makeClient(atEnd, server, { name: 'client', repositories: server.repositories, config });
  const [remote] = client.remotes;
  if (!remote) throw new Error('a client without remotes');
  const daemon = startCompetitor(atEnd, 'ours', client);
  await daemon.connected(client.remotes);
  const mover = createRefMover(atEnd, remote.repository.directory, client.env);
  return {
    move: async () => {
      await untilQuiet(daemon, QUIET_MS);
      const tip = await mover.prepare();
      daemon.lines.forget();
      const movedAtMs = await mover.move(tip);
      return [(await arrivalOf(daemon, remote, tip)).doneAtMs - movedAtMs];
    },
    stop: daemon.stop,
  };
}

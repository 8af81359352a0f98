// Owns: peers over hyper, by nodes on loopback: from a commit here to its ref there, and what being served costs while idle.
// Leaves: the same over unix sockets (peers.ts), and the network (test/support/hyper-testnet.ts).
import { setTimeout as wait } from 'node:timers/promises';
import type { AtEnd } from '../../support/at-end.ts';
import type { Daemon } from '../../support/daemon.ts';
import { startHyperTestnet } from '../../support/hyper-testnet.ts';
import { makePerson, type Person, pair, untilAmong } from '../../support/peer-people.ts';
import { untilStatus } from '../../support/scene.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { untilQuiet } from '../arrivals.ts';
import { makeClient } from '../client.ts';
import { startCompetitor } from '../competitors.ts';
import type { Size } from '../options.ts';
import { cpuMs, footprintOf } from '../process-tree.ts';
import { createRefMover } from '../ref-mover.ts';
import { measured, type Row, type Unit } from '../report.ts';
import { startServer } from '../server.ts';

const QUIET_MS = 1_500;

export async function peersOverHyper(atEnd: AtEnd, size: Size): Promise<Row[]> {
  const { bootstrap } = await startHyperTestnet(atEnd);
  return [...(await latency(atEnd, bootstrap, size)), ...(await idle(atEnd, bootstrap, size))];
}

const row = (what: string, unit: Unit, samples: readonly number[]): Row => ({
  section: 'peers',
  what,
  unit,
  values: { ours: measured(samples) },
  against: 'annex',
});

async function latency(atEnd: AtEnd, bootstrap: string, { rounds }: Size): Promise<Row[]> {
  const scratch = makeScratch(atEnd);
  const config = [`remotedaemon.hyperBootstrap=${bootstrap}`];
  const make = (name: string): Promise<Person> => makePerson(atEnd, name, { scratch, config });
  const [ada, bob] = [await make('ada'), await make('bob')];
  const daemons = [ada.start(), bob.start()];
  await pair(ada, bob, 'hyper');
  const people = [ada, bob];
  for (const each of people) await untilAmong(each, people, await each.repo.git('rev-parse', 'main'));
  const movers = people.map(({ repo, env }) => createRefMover(atEnd, repo.directory, env));
  const tookMs: number[] = [];
  // One round more each way, which only warms up.
  for (let round = 0; round < 2 * (rounds + 1); round += 1) {
    const [here, mover] = [people[round % 2], movers[round % 2]];
    if (!here || !mover) throw new Error('each has a mover');
    for (const daemon of daemons) await untilQuiet(daemon, QUIET_MS / 10);
    const tip = await mover.prepare();
    const movedAtMs = await mover.move(tip);
    await untilAmong(here, people, tip);
    if (round >= 2) tookMs.push(performance.now() - movedAtMs);
  }
  await Promise.all(daemons.map(stop));
  return [row('2 daemons over hyper: commit here -> ref there', 'ms', tookMs)];
}

async function stop(daemon: Daemon): Promise<void> {
  daemon.send('STOP');
  await daemon.gone();
}

/** Of a daemon with one remote over ssh, with and without hyper served beside that. */
async function idle(atEnd: AtEnd, bootstrap: string, { idleMs }: Size): Promise<Row[]> {
  const server = await startServer(atEnd, 1);
  const rows: Row[] = [];
  for (const [what, lines] of [
    ['one remote over ssh', ''],
    ['one remote over ssh, and hyper served', `[remotedaemon]\n\tserve = hyper\n\thyperBootstrap = ${bootstrap}\n`],
  ] as const) {
    const name = lines === '' ? 'alone' : 'served';
    const config = `\tremotedaemonNotify = watch\n${lines}`;
    const client = await makeClient(atEnd, server, { name, repositories: server.repositories, config });
    const daemon = startCompetitor(atEnd, 'ours', client);
    await daemon.connected(client.remotes);
    if (lines !== '') await untilStatus({ clone: client.repo, scratch: server.scratch }, 'the network hyper');
    await untilQuiet(daemon, QUIET_MS);
    const pids = daemon.pids();
    const before = cpuMs(pids);
    await wait(idleMs);
    rows.push(row(`memory (PSS), ${what}`, 'MB', [footprintOf(pids).pssMb]));
    rows.push(row(`idle CPU in ${idleMs / 1_000} s, ${what}`, 'ms', [cpuMs(pids) - before]));
    await daemon.stop();
  }
  return rows;
}

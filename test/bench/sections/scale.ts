// Owns: what many remotes cost: memory, processes, CPU and bytes while idle, and the time until all are connected.
// Leaves: that time where it is measured again and again (start.ts), and what happens when something moves (latency.ts, burst.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { untilQuiet } from '../arrivals.ts';
import { startBackgrounded } from '../backgrounded.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { type DaemonName, type RunningDaemon, startCompetitor } from '../competitors.ts';
import { inotifyRoom, makeInotifyRoom } from '../inotify.ts';
import type { Size } from '../options.ts';
import { cpuMs, type Footprint, footprintOf } from '../process-tree.ts';
import type { Row } from '../report.ts';
import { type BenchServer, startServer } from '../server.ts';
import { rowOfMissing, rowsOf, type SideFigures } from './scale-rows.ts';
import { rowsOfWaiting } from './waiting-upload-pack.ts';
import { rowsOfWatching } from './waiting-watchers.ts';

/** After the catch-up. */
const QUIET_MS = 1_500;
/** Of so many rounds, one is a start with all remotes. */
const CONNECTS_EVERY = 8;

export async function scale(atEnd: AtEnd, size: Size): Promise<Row[]> {
  const most = Math.max(...size.remotes);
  makeInotifyRoom(atEnd, most);
  const server = await startServer(atEnd, most);
  const rows = [...(await rowsOfWatching(atEnd, server)), ...(await rowsOfWaiting(atEnd, server))];
  for (const remotes of size.remotes) {
    const { atEnd: afterwards, releaseAll } = createReleases();
    atEnd(releaseAll);
    rows.push(...(await withRemotes(afterwards, { server, remotes, size })));
    await releaseAll();
    process.stderr.write(`scale: ${remotes} done\n`);
  }
  return rows;
}

interface Side extends SideFigures {
  readonly name: DaemonName;
  readonly client: BenchClient;
}

interface Setting {
  readonly server: BenchServer;
  readonly remotes: number;
  readonly size: Size;
}

async function withRemotes(atEnd: AtEnd, setting: Setting): Promise<Row[]> {
  const { remotes, size } = setting;
  const room = inotifyRoom();
  if (remotes > room) return [rowOfMissing(remotes, whyNoRoom(room))];
  const ours = await makeSide(atEnd, setting, 'ours');
  const annex = await makeSide(atEnd, setting, 'annex');
  const sides = [ours, annex];
  await keepCompiledCode(atEnd, ours);
  const isStarted = size.startRemotes.includes(remotes);
  for (let pass = 1; !isStarted && pass < Math.ceil(size.rounds / CONNECTS_EVERY); pass += 1) {
    for (const side of sides) await (await connect(atEnd, side)).stop();
  }
  const atATime = Math.floor(room / remotes);
  for (let first = 0; first < sides.length; first += atATime) {
    await watchIdle(atEnd, sides.slice(first, first + atATime), size.idleMs);
  }
  const background = await footprintInBackground(atEnd, setting);
  return rowsOf({ remotes, idleMs: size.idleMs, isStarted, ours, annex, background });
}

/** Of the only competitor that has such a thing. */
async function footprintInBackground(atEnd: AtEnd, { server, remotes }: Setting): Promise<Footprint> {
  const client = await makeClient(atEnd, server, {
    name: `background-${remotes}`,
    repositories: server.repositories.slice(0, remotes),
  });
  const daemon = await startBackgrounded(atEnd, client);
  await daemon.connected(client.remotes);
  await untilQuiet(daemon, QUIET_MS);
  const footprint = footprintOf(daemon.pids());
  await daemon.stop();
  return footprint;
}

async function makeSide(atEnd: AtEnd, { server, remotes }: Setting, name: DaemonName): Promise<Side> {
  const client = await makeClient(atEnd, server, {
    name: `${name}-${remotes}`,
    repositories: server.repositories.slice(0, remotes),
  });
  return { name, client, allConnectedMs: [], connectCpuMs: [], footprints: [], idleCpuMs: [], idleBytes: [] };
}

async function connect(atEnd: AtEnd, side: Side): Promise<RunningDaemon> {
  const daemon = startCompetitor(atEnd, side.name, side.client);
  side.allConnectedMs.push((await daemon.connected(side.client.remotes)).allMs);
  side.connectCpuMs.push(cpuMs(daemon.pids()));
  return daemon;
}

/** What the first daemon ever in a repository leaves to all later ones. */
async function keepCompiledCode(atEnd: AtEnd, { name, client }: Side): Promise<void> {
  const daemon = startCompetitor(atEnd, name, client);
  await daemon.connected(client.remotes);
  await untilQuiet(daemon, QUIET_MS);
  await daemon.stop();
}

/** Several at the same time: the idle do not disturb each other, and each one's memory is measured when it is up. */
async function watchIdle(atEnd: AtEnd, sides: readonly Side[], idleMs: number): Promise<void> {
  const daemons: RunningDaemon[] = [];
  for (const side of sides) {
    const daemon = await connect(atEnd, side);
    await untilQuiet(daemon, QUIET_MS);
    side.footprints.push(footprintOf(daemon.pids()));
    daemons.push(daemon);
  }
  const used = (): { cpuMs: number; bytes: number }[] =>
    sides.map(({ client }, index) => ({ cpuMs: cpuMs(daemons[index]?.pids() ?? []), bytes: client.wireBytes() }));
  const before = used();
  await wait(idleMs);
  const after = used();
  for (const [index, side] of sides.entries()) {
    side.idleCpuMs.push((after[index]?.cpuMs ?? 0) - (before[index]?.cpuMs ?? 0));
    side.idleBytes.push((after[index]?.bytes ?? 0) - (before[index]?.bytes ?? 0));
  }
  for (const daemon of daemons) await daemon.stop();
}

const whyNoRoom = (room: number): string =>
  `what watches a remote takes an inotify instance of its user on the server, and ${room} are to be had here ` +
  '(sysctl fs.inotify.max_user_instances, which only root may raise)';

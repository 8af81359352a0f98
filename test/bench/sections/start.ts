// Owns: the time from exec until all remotes are CONNECTED, and the processor time that it takes.
// Leaves: how many remotes no more than once are started with (scale.ts), and the refs that are compared then (refs.ts).
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { untilQuiet } from '../arrivals.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { type DaemonName, startCompetitor } from '../competitors.ts';
import { makeInotifyRoom } from '../inotify.ts';
import type { Size } from '../options.ts';
import { cpuMs } from '../process-tree.ts';
import { measured, type Row } from '../report.ts';
import { type BenchServer, startServer } from '../server.ts';

const QUIET_MS = 200;
/** Of so many rounds one is a start, by how many remotes there are. */
const EVERY: Readonly<Record<number, number>> = { 10: 2, 100: 8 };
const TARGETS: Readonly<Record<number, Row['target']>> = { 1: { times: 1.2 }, 10: { times: 0.9 }, 100: { times: 0.6 } };

export async function start(atEnd: AtEnd, { rounds, startRemotes }: Size): Promise<Row[]> {
  const most = Math.max(...startRemotes);
  makeInotifyRoom(atEnd, most);
  const server = await startServer(atEnd, most);
  const rows: Row[] = [];
  for (const remotes of startRemotes) {
    const { atEnd: afterwards, releaseAll } = createReleases();
    atEnd(releaseAll);
    const starts = Math.ceil(rounds / (EVERY[remotes] ?? 1));
    rows.push(...(await withRemotes(afterwards, { server, remotes, starts })));
    await releaseAll();
  }
  return rows;
}

interface Setting {
  readonly server: BenchServer;
  readonly remotes: number;
  readonly starts: number;
}

interface Side {
  readonly name: DaemonName;
  readonly client: BenchClient;
  readonly allMs: number[];
  readonly cpuMs: number[];
}

async function withRemotes(atEnd: AtEnd, { server, remotes, starts }: Setting): Promise<Row[]> {
  const repositories = server.repositories.slice(0, remotes);
  const sideOf = async (name: DaemonName): Promise<Side> => {
    const client = await makeClient(atEnd, server, { name: `${name}-${remotes}`, repositories });
    return { name, client, allMs: [], cpuMs: [] };
  };
  const [ours, annex] = [await sideOf('ours'), await sideOf('annex')];
  // One more, which warms the page cache, and leaves what a first daemon leaves to all later ones.
  for (let round = 0; round <= starts; round += 1) {
    for (const side of [ours, annex]) await startOnce(atEnd, round === 0 ? { ...side, allMs: [], cpuMs: [] } : side);
  }
  const target = TARGETS[remotes];
  const row = (what: string, figure: (side: Side) => readonly number[]): Row => ({
    section: 'start',
    what: `${remotes} remote${remotes === 1 ? '' : 's'}: ${what}`,
    unit: 'ms',
    values: { ours: measured(figure(ours)), annex: measured(figure(annex)) },
    against: 'annex',
  });
  return [
    { ...row('exec -> all CONNECTED', ({ allMs }) => allMs), ...(target && { target }) },
    row('processor time until then', (side) => side.cpuMs),
  ];
}

async function startOnce(atEnd: AtEnd, { name, client, ...figures }: Side): Promise<void> {
  const daemon = startCompetitor(atEnd, name, client);
  figures.allMs.push((await daemon.connected(client.remotes)).allMs);
  figures.cpuMs.push(cpuMs(daemon.pids()));
  await untilQuiet(daemon, QUIET_MS);
  await daemon.stop();
}

// Owns: the time from a ref that moved on the server to its DONESYNCING here, near and far.
// Leaves: what git alone takes (fetch-floor.ts), many remotes and many changes at once (burst.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { type Arrival, arrivalOf, untilQuiet } from '../arrivals.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { type DaemonName, type RunningDaemon, startCompetitor } from '../competitors.ts';
import { makeInotifyRoom } from '../inotify.ts';
import type { Size } from '../options.ts';
import { createRefMover, type RefMover } from '../ref-mover.ts';
import { measured, type Row, type Value } from '../report.ts';
import { type BenchServer, type ServerRepository, startServer } from '../server.ts';
import { type FetchFloor, startFetchFloor } from './fetch-floor.ts';

const ROUND_TRIPS_MS = [0, 50] as const;
/** What follows a fetch, here and in git-annex-shell, is over by then. */
const QUIET_MS = 150;
const CONNECT_LIMIT_MS = 15_000;

export async function latency(atEnd: AtEnd, { rounds }: Size): Promise<Row[]> {
  makeInotifyRoom(atEnd, ROUND_TRIPS_MS.length * 4);
  const server = await startServer(atEnd, ROUND_TRIPS_MS.length * 4);
  const rows: Row[] = [];
  for (const [index, roundTripMs] of ROUND_TRIPS_MS.entries()) {
    const repositories = server.repositories.slice(index * 4, index * 4 + 4);
    rows.push(...(await atDistance(atEnd, { server, repositories, roundTripMs, rounds })));
  }
  return rows;
}

interface Distance {
  readonly server: BenchServer;
  readonly repositories: readonly ServerRepository[];
  readonly roundTripMs: number;
  readonly rounds: number;
}

async function atDistance(atEnd: AtEnd, distance: Distance): Promise<Row[]> {
  const { server, repositories, rounds, roundTripMs } = distance;
  const shell = await startRunner(atEnd, distance, { index: 0, name: 'ours', config: ANNEX_SHELL });
  const annex = await startRunner(atEnd, distance, { index: 1, name: 'annex', config: '' });
  const watch = await startRunner(atEnd, distance, { index: 2, name: 'ours', config: WATCH });
  const client = await makeClient(atEnd, server, {
    name: `git-${roundTripMs}`,
    repositories: repositories.slice(3, 4),
    roundTripMs,
  });
  const git = await startFetchFloor(atEnd, client);
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of [shell, annex, watch]) await sample(runner);
    await git.sample();
  }
  for (const { daemon } of [shell, annex, watch]) await daemon.stop();
  return rowsOf(roundTripMs === 0 ? 'loopback' : `${roundTripMs} ms`, { shell, annex, watch, git });
}

/** By our own watcher on the server, which asks for no git-annex there; and as git-annex's daemon has to do it. */
const WATCH = '\tremotedaemonNotify = watch\n';
const ANNEX_SHELL = '\tremotedaemonNotify = annex-shell\n';

interface Runner {
  readonly client: BenchClient;
  readonly daemon: RunningDaemon;
  readonly mover: RefMover;
  readonly totalMs: number[];
  readonly fetchMs: number[];
  /** Changes that did not come within the limit. */
  lost: number;
  /** Set where it cannot be measured at all. */
  missing?: string;
}

async function startRunner(
  atEnd: AtEnd,
  { server, repositories, roundTripMs }: Distance,
  { index, name, config }: { readonly index: number; readonly name: DaemonName; readonly config: string },
): Promise<Runner> {
  const repository = repositories.slice(index, index + 1);
  const client = await makeClient(atEnd, server, {
    name: `client-${index}-${roundTripMs}`,
    repositories: repository,
    roundTripMs,
    config,
  });
  const daemon = startCompetitor(atEnd, name, client);
  const mover = createRefMover(atEnd, client.remotes[0]?.repository.directory ?? '', client.env);
  const runner: Runner = { client, daemon, mover, totalMs: [], fetchMs: [], lost: 0 };
  try {
    await daemon.connected(client.remotes, CONNECT_LIMIT_MS);
    await untilQuiet(daemon, QUIET_MS);
    await move(runner);
  } catch (failure) {
    if (config !== WATCH) throw failure;
    runner.missing = `the first change was not here in time: ${firstLine(failure)}`;
  }
  return runner;
}

const firstLine = (failure: unknown): string => String(failure).split('\n')[0] ?? '';

async function move({ client, daemon, mover }: Runner): Promise<Arrival & { readonly movedAtMs: number }> {
  const [remote] = client.remotes;
  if (!remote) throw new Error('a client without remotes');
  const tip = await mover.prepare();
  daemon.lines.forget();
  const movedAtMs = await mover.move(tip);
  const arrival = await arrivalOf(daemon, remote, tip);
  await untilQuiet(daemon, QUIET_MS);
  return { movedAtMs, ...arrival };
}

async function sample(runner: Runner): Promise<void> {
  if (runner.missing !== undefined) return;
  try {
    const { movedAtMs, syncingAtMs, doneAtMs } = await move(runner);
    runner.totalMs.push(doneAtMs - movedAtMs);
    runner.fetchMs.push(doneAtMs - syncingAtMs);
  } catch {
    // It did not come within the limit.
    runner.lost += 1;
  }
}

interface Measured {
  /** Ours, by git-annex-shell. */
  readonly shell: Runner;
  readonly annex: Runner;
  readonly watch: Runner;
  readonly git: FetchFloor;
}

function rowsOf(where: string, { shell, annex, watch, git }: Measured): Row[] {
  const isNear = where === 'loopback';
  const row = (what: string, values: Row['values'], more: Partial<Row> = {}): Row => ({
    section: 'latency',
    what: `${where}: ${what}`,
    unit: 'ms',
    values,
    against: 'annex',
    ...more,
  });
  const total = { ours: resultOf(shell, shell.totalMs), annex: resultOf(annex, annex.totalMs) };
  const byWatcher = { ours: resultOf(watch, watch.totalMs), annex: total.annex };
  const fetches = { ours: resultOf(shell, shell.fetchMs), annex: resultOf(annex, annex.fetchMs) };
  return [
    row('ref moved -> here, by git-annex-shell', total, { target: { times: isNear ? 0.7 : 0.5 } }),
    isNear
      ? row('of that the fetch alone; git: local path', { ...fetches, git: measured(git.localMs) }, FLOOR)
      : row('of that the fetch alone', fetches),
    row('ref moved -> here, by our watcher', byWatcher, { target: { times: isNear ? 0.45 : 0.4 } }),
    row('git fetch, new login', { git: measured(git.loginMs) }),
    row('git fetch, ControlMaster', { git: measured(git.masterMs) }),
    row('git fetch, local path', { git: measured(git.localMs) }),
    row(
      'changes that did not come',
      { ours: measured([shell.lost + watch.lost]), annex: measured([annex.lost]) },
      COUNT,
    ),
  ];
}

const FLOOR: Partial<Row> = { against: 'git', target: { times: 1.3 } };
const COUNT: Partial<Row> = { unit: 'count' };

const resultOf = ({ missing }: Runner, samples: readonly number[]): Value =>
  missing === undefined ? measured(samples) : { missing };

// Owns: many changes at once: all remotes of a repository together, and many pushes in a row to one.
// Leaves: one change at a time (latency.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { type DaemonName, type RunningDaemon, startCompetitor } from '../competitors.ts';
import type { Size } from '../options.ts';
import { plainGit } from '../plain-git.ts';
import { createRefMover, type RefMover } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';
import { type BenchServer, type ServerRepository, startServer } from '../server.ts';

const QUIET_MS = 300;
const PUSHES = 50;
/** As one who pushes as fast as git can: fifty in 1.9 s. */
const PUSH_EVERY_MS = 38;
const JOBS = 8;
/** Of so many rounds, one is a burst. */
const BURSTS_EVERY = 4;

export async function burst(atEnd: AtEnd, { rounds, burstRemotes }: Size): Promise<Row[]> {
  const server = await startServer(atEnd, Math.max(...burstRemotes) * 3);
  const rows: Row[] = [];
  for (const [index, remotes] of burstRemotes.entries()) {
    const { atEnd: afterwards, releaseAll } = createReleases();
    atEnd(releaseAll);
    rows.push(...(await withRemotes(afterwards, { server, remotes, rounds, pushesToo: index === 0 })));
    await releaseAll();
  }
  return rows;
}

interface Setting {
  readonly server: BenchServer;
  readonly remotes: number;
  readonly rounds: number;
  /** Whether many pushes in a row are measured, too: how many other remotes there are makes no difference to them. */
  readonly pushesToo: boolean;
}

async function withRemotes(atEnd: AtEnd, { server, remotes, rounds, pushesToo }: Setting): Promise<Row[]> {
  const part = (index: number): ServerRepository[] => server.repositories.slice(index * remotes, (index + 1) * remotes);
  const ours = await startSide(atEnd, server, { name: 'ours', repositories: part(0) });
  const annex = await startSide(atEnd, server, { name: 'annex', repositories: part(1) });
  const byHand = await makeHand(atEnd, server, part(2));
  const gitMs: number[] = [];
  for (let round = 0; round < Math.ceil(rounds / BURSTS_EVERY); round += 1) {
    for (const side of [ours, annex]) await changeAll(side);
    gitMs.push(await fetchAll(byHand));
    if (!pushesToo) continue;
    for (const side of [ours, annex]) await pushInARow(side);
  }
  for (const { daemon } of [ours, annex]) await daemon.stop();
  const sides = { ours, annex };
  return [
    rowOfAll(remotes, sides, gitMs),
    ...(pushesToo ? rowsOfPushes(sides) : []),
    rowOf(`${remotes} remotes: changes that did not come`, sides, ({ lost }) => [lost], COUNT),
  ];
}

interface Hand {
  readonly client: BenchClient;
  /** One for each remote. */
  readonly movers: readonly RefMover[];
}

interface Side extends Hand {
  readonly daemon: RunningDaemon;
  readonly allMs: number[];
  readonly lastMs: number[];
  readonly fetches: number[];
  /** Changes that did not come. */
  lost: number;
}

async function makeHand(
  atEnd: AtEnd,
  server: BenchServer,
  repositories: readonly ServerRepository[],
  name = 'git',
): Promise<Hand> {
  const client = await makeClient(atEnd, server, { name: `${name}-${repositories.length}`, repositories });
  return { client, movers: repositories.map(({ directory }) => createRefMover(atEnd, directory, client.env)) };
}

async function startSide(
  atEnd: AtEnd,
  server: BenchServer,
  { name, repositories }: { readonly name: DaemonName; readonly repositories: readonly ServerRepository[] },
): Promise<Side> {
  const hand = await makeHand(atEnd, server, repositories, name);
  const daemon = startCompetitor(atEnd, name, hand.client);
  await daemon.connected(hand.client.remotes);
  await untilQuiet(daemon, QUIET_MS);
  const side = { ...hand, daemon, allMs: [], lastMs: [], fetches: [], lost: 0 };
  // The first change of each link tells of all its refs, and is none of the figures.
  await changeAll(side);
  return { ...side, allMs: [] };
}

/** Moves a ref on every remote; gives the tips, and when the last had moved. */
async function moveAll({ movers }: Hand): Promise<{ readonly tips: readonly string[]; readonly movedAtMs: number }> {
  const tips = await Promise.all(movers.map((mover) => mover.prepare()));
  const times = await Promise.all(movers.map((mover, index) => mover.move(tips[index] ?? '')));
  return { tips, movedAtMs: Math.max(...times) };
}

async function changeAll(side: Side): Promise<void> {
  const { client, daemon } = side;
  daemon.lines.forget();
  const { tips, movedAtMs } = await moveAll(side);
  const waits = client.remotes.map((remote, index) => arrivalOf(daemon, remote, tips[index] ?? ''));
  const arrivals = (await Promise.allSettled(waits)).flatMap((wait) =>
    wait.status === 'fulfilled' ? [wait.value.doneAtMs] : [],
  );
  side.lost += waits.length - arrivals.length;
  if (arrivals.length === waits.length) side.allMs.push(Math.max(...arrivals) - movedAtMs);
  await untilQuiet(daemon, QUIET_MS);
}

/** What one does without a daemon. */
async function fetchAll(hand: Hand): Promise<number> {
  await moveAll(hand);
  const names = hand.client.remotes.map(({ name }) => name);
  return plainGit(hand.client)('fetch', '--quiet', '--multiple', `--jobs=${JOBS}`, ...names);
}

async function pushInARow(side: Side): Promise<void> {
  const { client, daemon, movers } = side;
  const [remote, mover] = [client.remotes[0], movers[0]];
  if (!remote || !mover) throw new Error('a client without remotes');
  const fetchesBefore = daemon.lines.count(`SYNCING ${remote.uri}`);
  const tips: string[] = [];
  while (tips.length < PUSHES) tips.push(await mover.prepare());
  const firstAtMs = performance.now();
  let lastAtMs = firstAtMs;
  for (const [index, tip] of tips.entries()) {
    await wait(Math.max(0, firstAtMs + index * PUSH_EVERY_MS - performance.now()));
    daemon.lines.forget();
    lastAtMs = await mover.move(tip);
  }
  try {
    const { doneAtMs } = await arrivalOf(daemon, remote, tips.at(-1) ?? '');
    side.lastMs.push(doneAtMs - lastAtMs);
  } catch {
    // It did not come within the limit.
    side.lost += 1;
  }
  await untilQuiet(daemon, QUIET_MS);
  side.fetches.push(daemon.lines.count(`SYNCING ${remote.uri}`) - fetchesBefore);
}

/** For so many remotes at once. */
const TARGETS: Readonly<Record<number, Row['target']>> = { 20: { times: 0.7 } };
const COUNT: Partial<Row> = { unit: 'count' };

interface Sides {
  readonly ours: Side;
  readonly annex: Side;
}

function rowOfAll(remotes: number, sides: Sides, gitMs: readonly number[]): Row {
  const target = TARGETS[remotes];
  const row = rowOf(`${remotes} remotes at once -> all here; git: --jobs=${JOBS}`, sides, ({ allMs }) => allMs);
  return { ...row, values: { ...row.values, git: measured(gitMs) }, ...(target && { target }) };
}

function rowsOfPushes(sides: Sides): Row[] {
  const what = `${PUSHES} pushes, one every ${PUSH_EVERY_MS} ms`;
  const target = { times: 1 };
  return [
    rowOf(`${what}: last -> here`, sides, ({ lastMs }) => lastMs, { target }),
    rowOf(`${what}: fetches`, sides, ({ fetches }) => fetches, { ...COUNT, target }),
  ];
}

const rowOf = (
  what: string,
  { ours, annex }: Sides,
  figure: (side: Side) => readonly number[],
  more: Partial<Row> = {},
): Row => ({
  section: 'burst',
  what,
  unit: 'ms',
  values: { ours: measured(figure(ours)), annex: measured(figure(annex)) },
  against: 'annex',
  ...more,
});

// Owns: one competitor among many remotes that change at once: its client, its daemon, and whether all has come.
// Leaves: what is measured of it (burst.ts, burst-mirrors.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { type Competitor, type DaemonName, startCompetitor } from '../competitors.ts';
import { plainGit } from '../plain-git.ts';
import { createRefMover, type NextCommit, type RefMover } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';
import type { BenchServer, ServerRepository } from '../server.ts';

export const QUIET_MS = 300;
export const JOBS = 8;

export interface Hand {
  readonly client: BenchClient;
  /** One for each remote. */
  readonly movers: readonly RefMover[];
}

export interface Side extends Hand {
  readonly daemon: Competitor;
  readonly allMs: number[];
  readonly lastMs: number[];
  readonly fetches: number[];
  /** Changes that did not come. */
  lost: number;
}

export async function makeHand(
  atEnd: AtEnd,
  server: BenchServer,
  repositories: readonly ServerRepository[],
  name = 'git',
): Promise<Hand> {
  const client = await makeClient(atEnd, server, { name: `${name}-${repositories.length}`, repositories });
  return { client, movers: repositories.map(({ directory }) => createRefMover(atEnd, directory, client.env)) };
}

export async function startSide(
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

/** Moves a ref on every remote, to `one` or each to another; gives the tips, and when the last had moved. */
export async function moveAll(
  { movers }: Hand,
  one?: NextCommit,
): Promise<{ readonly tips: readonly string[]; readonly movedAtMs: number }> {
  const tips = await Promise.all(movers.map((mover) => mover.prepare(one)));
  const times = await Promise.all(movers.map((mover, index) => mover.move(tips[index] ?? '')));
  return { tips, movedAtMs: Math.max(...times) };
}

export async function changeAll(side: Side): Promise<void> {
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
export async function fetchByHand(hand: Hand, one?: NextCommit): Promise<number> {
  await moveAll(hand, one);
  const names = hand.client.remotes.map(({ name }) => name);
  return plainGit(hand.client)('fetch', '--quiet', '--multiple', `--jobs=${JOBS}`, ...names);
}

export const row = (
  what: string,
  ours: readonly number[],
  annex: readonly number[],
  unit: Row['unit'] = 'ms',
): Row => ({
  section: 'burst',
  what,
  unit,
  values: { ours: measured(ours), annex: measured(annex) },
  against: 'annex',
});

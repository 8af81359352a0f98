// Owns: many changes at once: all remotes of a repository together, and many pushes in a row to one.
// Leaves: one change at a time (latency.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import { makeInotifyRoom } from '../inotify.ts';
import type { Size } from '../options.ts';
import { measured, type Row } from '../report.ts';
import { type BenchServer, type ServerRepository, startServer } from '../server.ts';
import { measureMirrors } from './burst-mirrors.ts';
import { changeAll, fetchByHand, JOBS, makeHand, QUIET_MS, row, type Side, startSide } from './burst-side.ts';

const PUSHES = 50;
/** As one who pushes as fast as git can: fifty in 1.9 s. */
const PUSH_EVERY_MS = 38;
/** Of so many rounds, one is a burst. */
const BURSTS_EVERY = 4;

export async function burst(atEnd: AtEnd, { rounds, burstRemotes }: Size): Promise<Row[]> {
  const most = Math.max(...burstRemotes);
  makeInotifyRoom(atEnd, most * 2);
  const server = await startServer(atEnd, most * 3);
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
  const bursts = Math.ceil(rounds / BURSTS_EVERY);
  const gitMs: number[] = [];
  for (let round = 0; round < bursts; round += 1) {
    for (const side of [ours, annex]) await changeAll(side);
    gitMs.push(await fetchByHand(byHand));
    if (!pushesToo) continue;
    for (const side of [ours, annex]) await pushInARow(side);
  }
  const mirrors = await measureMirrors({ ours, annex, byHand, rounds: bursts, tip: server.tip });
  for (const { daemon } of [ours, annex]) await daemon.stop();
  const sides = { ours, annex };
  return [
    rowOfAll(remotes, sides, gitMs),
    row(`${remotes} remotes: changes that did not come`, [ours.lost], [annex.lost], 'count'),
    ...mirrors,
    ...(pushesToo ? rowsOfPushes(sides) : []),
  ];
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

interface Sides {
  readonly ours: Side;
  readonly annex: Side;
}

function rowOfAll(remotes: number, { ours, annex }: Sides, gitMs: readonly number[]): Row {
  const target = TARGETS[remotes];
  const all = row(`${remotes} remotes at once -> all here; git: --jobs=${JOBS}`, ours.allMs, annex.allMs);
  return { ...all, values: { ...all.values, git: measured(gitMs) }, ...(target && { target }) };
}

function rowsOfPushes({ ours, annex }: Sides): Row[] {
  const what = `${PUSHES} pushes, one every ${PUSH_EVERY_MS} ms`;
  const target = { times: 1 };
  return [
    { ...row(`${what}: last -> here`, ours.lastMs, annex.lastMs), target },
    { ...row(`${what}: fetches`, ours.fetches, annex.fetches, 'count'), target },
  ];
}

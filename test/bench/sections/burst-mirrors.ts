// Owns: one commit that comes to all of a repository's remotes at once, as to mirrors of one repository.
// Leaves: the same with a commit of its own for each (burst.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { untilQuiet } from '../arrivals.ts';
import { type NextCommit, nextCommit } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';
import { fetchByHand, type Hand, JOBS, moveAll, QUIET_MS, row, type Side } from './burst-side.ts';

export interface Mirrors {
  readonly ours: Side;
  readonly annex: Side;
  readonly byHand: Hand;
  readonly rounds: number;
  /** A commit that all of them have. */
  readonly tip: string;
}

interface Figures {
  readonly allMs: number[];
  /** Refs that were not here in time, of each round. */
  readonly lost: number[];
}

/** git-annex's daemon leaves out remotes whose commit it has from another: what has not come then does not. */
const LIMIT_MS = 5_000;
/** A file for each remote is read so often. */
const LOOK_EVERY_MS = 4;
const TARGETS: Readonly<Record<number, Row['target']>> = { 20: { times: 0.5 } };

export async function measureMirrors({ ours, annex, byHand, rounds, tip }: Mirrors): Promise<Row[]> {
  let parent = tip;
  const turn = async (toOurs: Figures, toAnnex: Figures, toGit: number[]): Promise<void> => {
    const next = { ...nextCommit(), parent };
    parent = await change(ours, next, toOurs);
    await change(annex, next, toAnnex);
    toGit.push(await fetchByHand(byHand, next));
  };
  // In the first they become mirrors.
  await turn(noFigures(), noFigures(), []);
  const [ofOurs, ofAnnex, gitMs] = [noFigures(), noFigures(), []];
  for (let round = 0; round < rounds; round += 1) await turn(ofOurs, ofAnnex, gitMs);
  await beTalkative(ours);
  const fetches = { ours: () => ours.daemon.logged.count(FETCH), annex: () => annex.daemon.lines.count(/^SYNCING /) };
  const before = { ours: fetches.ours(), annex: fetches.annex() };
  await turn(noFigures(), noFigures(), []);
  const what = `${ours.client.remotes.length} remotes, one commit`;
  const target = TARGETS[ours.client.remotes.length];
  return [
    {
      ...row(`${what}: last push -> all here; git: --jobs=${JOBS}`, [], []),
      values: { ours: measured(ofOurs.allMs), annex: measured(ofAnnex.allMs), git: measured(gitMs) },
      ...(target && { target }),
    },
    row(`${what}: fetches that git runs`, [fetches.ours() - before.ours], [fetches.annex() - before.annex], 'count'),
    row(`${what}: refs that did not come in time`, ofOurs.lost, ofAnnex.lost, 'count'),
  ];
}

const noFigures = (): Figures => ({ allMs: [], lost: [] });

/** Gives the commit. By the refs' own files: who finds a commit here may say nothing of a fetch. */
async function change(side: Side, next: NextCommit, { allMs, lost }: Figures): Promise<string> {
  const { tips, movedAtMs } = await moveAll(side, next);
  const [tip = ''] = tips;
  const isMissing = ({ tipHere }: Side['client']['remotes'][number]): boolean => tipHere() !== tip;
  let missing = side.client.remotes.filter(isMissing);
  while (missing.length > 0 && performance.now() < movedAtMs + LIMIT_MS) {
    await wait(LOOK_EVERY_MS);
    missing = missing.filter(isMissing);
  }
  if (missing.length === 0) allMs.push(performance.now() - movedAtMs);
  lost.push(missing.length);
  await untilQuiet(side.daemon, QUIET_MS);
  return tip;
}

const FETCH = /\bruns git .*\bfetch\b/;

/** Its log tells from here on what git runs. */
async function beTalkative({ client, daemon }: Side): Promise<void> {
  await client.repo.git('config', 'remotedaemon.logLevel', 'debug');
  daemon.send('RELOAD');
  await daemon.logged.next(/logLevel is debug/);
  await untilQuiet(daemon, QUIET_MS);
}

// Owns: peers over telehash: how soon a commit is at the other, and how fast a large fetch is. Part of the section `peers`.
// Leaves: peers over unix sockets (peers.ts), and the repositories (test/support/telehash-people.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AtEnd } from '../../support/at-end.ts';
import type { Daemon } from '../../support/daemon.ts';
import { commitBytes } from '../../support/peer-mesh.ts';
import { type Person, pair, untilAmong } from '../../support/peer-people.ts';
import { telehashPerson } from '../../support/telehash-people.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { arrivalOf, untilQuiet } from '../arrivals.ts';
import type { Size } from '../options.ts';
import { createRefMover } from '../ref-mover.ts';
import { measured, type Row } from '../report.ts';

const QUIET_MS = 150;
const LARGE_MB = 100;
const LARGE_LIMIT_MS = 300_000;

export async function peersOverTelehash(atEnd: AtEnd, { rounds }: Size): Promise<Row[]> {
  const scratch = makeScratch(atEnd);
  const people = [await telehashPerson(atEnd, scratch, 'ada'), await telehashPerson(atEnd, scratch, 'bob')];
  const daemons = people.map((person) => person.start());
  const [ada, bob] = people;
  const [ofAda, ofBob] = daemons;
  if (!ada || !bob || !ofAda || !ofBob) throw new Error('two were made');
  await pair(ada, bob, 'telehash');
  for (const each of people) await untilAmong(each, people, await each.repo.git('rev-parse', 'main'));
  const there = { from: ada, to: bob, daemon: ofBob };
  const back = { from: bob, to: ada, daemon: ofAda };
  const [took, mbPerS] = [await latencies(atEnd, [there, back], rounds), await largeFetch(there)];
  for (const daemon of daemons) {
    daemon.send('STOP');
    await daemon.gone();
  }
  const row = (what: string, unit: Row['unit'], samples: readonly number[]): Row => ({
    ...{ section: 'peers', what: `telehash: ${what}`, unit, values: { ours: measured(samples) }, against: 'annex' },
  });
  return [
    row('commit here -> ref there', 'ms', took),
    row('commit here -> ref there, the longest', 'ms', [Math.max(...took)]),
    row(`a fetch of ${LARGE_MB} MB`, 'MB/s', [mbPerS]),
  ];
}

interface Way {
  readonly from: Person;
  readonly to: Person;
  /** Of whom it comes to. */
  readonly daemon: Daemon;
}

const arrivalBy = ({ from, to, daemon }: Way, tip: string, limitMs?: number) => {
  const file = join(to.repo.directory, '.git/refs/remotes', from.name, 'main');
  return arrivalOf(daemon, { uri: from.name, tipHere: () => readFileSync(file, 'utf8').trim() }, tip, limitMs);
};

/** Each way in turn. */
async function latencies(atEnd: AtEnd, ways: readonly Way[], rounds: number): Promise<number[]> {
  const all = ways.map((way) => ({ way, mover: createRefMover(atEnd, way.from.repo.directory, way.from.env) }));
  const took: number[] = [];
  // A round more, which only warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const { way, mover } of all) {
      await untilQuiet(way.daemon, QUIET_MS);
      const tip = await mover.prepare();
      way.daemon.lines.forget();
      const movedAtMs = await mover.move(tip);
      const { doneAtMs } = await arrivalBy(way, tip);
      if (round > 0) took.push(doneAtMs - movedAtMs);
    }
  return took;
}

/** Of what nothing makes smaller, so that it is as much on the way as it is here. */
async function largeFetch(way: Way): Promise<number> {
  await untilQuiet(way.daemon, QUIET_MS);
  way.daemon.lines.forget();
  const tip = await commitBytes(way.from.repo, LARGE_MB * 1_000_000);
  const { syncingAtMs, doneAtMs } = await arrivalBy(way, tip, LARGE_LIMIT_MS);
  return (LARGE_MB * 1_000) / (doneAtMs - syncingAtMs);
}

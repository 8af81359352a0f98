// Owns: what remotes with very many refs cost: one change of them, a start, and memory.
// Leaves: each of these (refs-change.ts, refs-start.ts, refs-memory.ts), and the rows (refs-rows.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import type { DaemonName } from '../competitors.ts';
import { makeInotifyRoom } from '../inotify.ts';
import type { RefStock } from '../many-refs.ts';
import type { Size } from '../options.ts';
import { usualMix } from '../ref-names.ts';
import type { Row } from '../report.ts';
import { type ChangeRunner, startChangeRunner } from './refs-change.ts';
import { measureMemory } from './refs-memory.ts';
import { type BothFigures, rowsOfChanges, rowsOfMemory, rowsOfStarts } from './refs-rows.ts';
import { makeRefsScene, makeStock } from './refs-scene.ts';
import { measureStarts, TALKATIVE } from './refs-start.ts';

/** What all others are held against. */
const FEW = 10;
const TAGS = 10_000;
const MIRRORS = 3;
/** At most, at the same time. */
const WATCHED = 6;
/** Linux tells what ended processes have used in steps of 10 ms: of fewer changes that is too coarse. */
const COUNTED = 16;
/** Of so many rounds, one is a start. */
const STARTS_EVERY = 2;
/** What is done late, on either side, is done then: a server's watcher may put something off for a second. */
const SETTLED_MS = 3_000;

export async function refs(atEnd: AtEnd, { refs, mirrorRefs, rounds }: Size): Promise<Row[]> {
  makeInotifyRoom(atEnd, WATCHED);
  const rows: Row[] = [];
  for (const [index, count] of refs.entries()) {
    rows.push(...(await inTurn(atEnd, (afterwards) => withRefs(afterwards, { count, rounds, isFirst: index === 0 }))));
  }
  if (mirrorRefs !== undefined)
    rows.push(...(await inTurn(atEnd, (afterwards) => withMirrors(afterwards, mirrorRefs))));
  return rows;
}

async function inTurn(atEnd: AtEnd, measure: (atEnd: AtEnd) => Promise<Row[]>): Promise<Row[]> {
  const { atEnd: afterwards, releaseAll } = createReleases();
  atEnd(releaseAll);
  const rows = await measure(afterwards);
  await releaseAll();
  return rows;
}

interface Setting {
  readonly count: number;
  readonly rounds: number;
  /** Then few refs are told of by themselves, and a remote with many tags is measured, too. */
  readonly isFirst: boolean;
}

async function withRefs(atEnd: AtEnd, { count, rounds, isFirst }: Setting): Promise<Row[]> {
  const stock = await makeStock(atEnd, usualMix(count));
  const few = await startPair(atEnd, await makeStock(atEnd, usualMix(FEW)));
  const many = await startPair(atEnd, stock);
  const tagged = isFirst
    ? await startPair(atEnd, await makeStock(atEnd, { branches: FEW, pulls: 0, tags: TAGS }))
    : undefined;
  await moveInTurn([few, many, ...(tagged ? [tagged] : [])], rounds);
  const rows = rowsOfChanges({
    count,
    few: FEW,
    base: await figuresOf(few),
    figures: await figuresOf(many),
    isFirst,
    ...(tagged && { tags: { count: TAGS, ...(await figuresOf(tagged)) } }),
  });
  const quiet = await makeRefsScene(atEnd, { stock, config: TALKATIVE });
  return [...rows, ...rowsOfStarts(count, await measureStarts(atEnd, quiet, Math.ceil(rounds / STARTS_EVERY)))];
}

/** Each with a server of its own. */
interface Pair {
  readonly ours: ChangeRunner;
  readonly annex: ChangeRunner;
}

async function startPair(atEnd: AtEnd, stock: RefStock): Promise<Pair> {
  const run = async (name: DaemonName): Promise<ChangeRunner> =>
    startChangeRunner(atEnd, await makeRefsScene(atEnd, { stock }), name);
  return { ours: await run('ours'), annex: await run('annex') };
}

async function moveInTurn(pairs: readonly Pair[], rounds: number): Promise<void> {
  const [ours, annex] = [pairs.map((pair) => pair.ours), pairs.map((pair) => pair.annex)];
  await wait(SETTLED_MS);
  for (const runner of [...ours, ...annex]) runner.begin();
  for (let round = 0; round < Math.max(rounds, COUNTED); round += 1) {
    for (const runner of round < rounds ? [...ours, ...annex] : ours) await runner.sample();
  }
  await wait(SETTLED_MS);
}

const figuresOf = async ({ ours, annex }: Pair): Promise<BothFigures> => ({
  ours: await ours.figures(),
  annex: await annex.figures(),
});

async function withMirrors(atEnd: AtEnd, count: number): Promise<Row[]> {
  const stock = await makeStock(atEnd, usualMix(count));
  const scene = await makeRefsScene(atEnd, { stock, remotes: MIRRORS, config: TALKATIVE });
  return rowsOfMemory(MIRRORS, count, await measureMemory(atEnd, scene));
}

// Owns: what remotes with very many refs cost: one change of them, a start, and memory.
// Leaves: each of these (refs-change.ts, refs-start.ts, refs-memory.ts), and the rows (refs-rows.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { type AtEnd, createReleases } from '../../support/at-end.ts';
import type { DaemonName } from '../competitors.ts';
import type { RefStock } from '../many-refs.ts';
import type { Size } from '../options.ts';
import { usualMix } from '../ref-names.ts';
import type { Row } from '../report.ts';
import { type ChangeRunner, startChangeRunner } from './refs-change.ts';
import { measureMemory } from './refs-memory.ts';
import { rowsOfChanges, rowsOfMemory, rowsOfStarts } from './refs-rows.ts';
import { makeRefsScene, makeStock } from './refs-scene.ts';
import { measureStarts, TALKATIVE } from './refs-start.ts';

/** What all others are held against. */
const FEW = 10;
const TAGS = 10_000;
const MIRRORS = 3;
/** Of so many rounds, one is a start. */
const STARTS_EVERY = 2;
/** What is done late, on either side, is done then: a server's watcher may put something off for a second. */
const SETTLED_MS = 3_000;

export async function refs(atEnd: AtEnd, { refs, mirrorRefs, rounds }: Size): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [index, count] of refs.entries()) {
    rows.push(...(await inTurn(atEnd, (afterwards) => withRefs(afterwards, { count, rounds, tagsToo: index === 0 }))));
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
  /** Whether a remote with many tags is measured, too. */
  readonly tagsToo: boolean;
}

async function withRefs(atEnd: AtEnd, { count, rounds, tagsToo }: Setting): Promise<Row[]> {
  const [few, many] = [await makeStock(atEnd, usualMix(FEW)), await makeStock(atEnd, usualMix(count))];
  const run = async (name: DaemonName, stock: RefStock): Promise<ChangeRunner> =>
    startChangeRunner(atEnd, await makeRefsScene(atEnd, { stock }), name);
  const [oursFew, annexFew] = [await run('ours', few), await run('annex', few)];
  const [oursMany, annexMany] = [await run('ours', many), await run('annex', many)];
  const tagged = tagsToo ? await makeStock(atEnd, { branches: FEW, pulls: 0, tags: TAGS }) : undefined;
  const oursTagged = tagged && (await run('ours', tagged));
  const annexTagged = tagged && (await run('annex', tagged));
  const runners = [oursFew, annexFew, oursMany, annexMany, oursTagged, annexTagged];
  await wait(SETTLED_MS);
  for (const runner of runners) runner?.begin();
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of runners) await runner?.sample();
  }
  await wait(SETTLED_MS);
  const base = { ours: await oursFew.figures(), annex: await annexFew.figures() };
  const figures = { ours: await oursMany.figures(), annex: await annexMany.figures() };
  const withTags = oursTagged &&
    annexTagged && { ours: await oursTagged.figures(), annex: await annexTagged.figures() };
  const quiet = await makeRefsScene(atEnd, { stock: many, config: TALKATIVE });
  const starts = await measureStarts(atEnd, quiet, Math.ceil(rounds / STARTS_EVERY));
  return [
    ...rowsOfChanges({ count, few: FEW, base, figures, ...(withTags && { tags: { count: TAGS, ...withTags } }) }),
    ...rowsOfStarts(count, starts),
  ];
}

async function withMirrors(atEnd: AtEnd, count: number): Promise<Row[]> {
  const stock = await makeStock(atEnd, usualMix(count));
  const scene = await makeRefsScene(atEnd, { stock, remotes: MIRRORS, config: TALKATIVE });
  return rowsOfMemory(MIRRORS, count, await measureMemory(atEnd, scene));
}

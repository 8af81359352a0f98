// Owns: that a fetch beside the repository leaves refs and reflogs as git's own fetch of everything.
// Leaves: made-up configs (../fetch-exactly.test.ts), where it gives way to a fetch here (gives-way.test.ts), and when it is tried (end-to-end/many-refs.test.ts).
//
// Made-up histories, by real git. What goes wrong is told with its seed:
//   EXACT_SEED=…     the histories of that seed
//   EXACT_SECONDS=…  for about so many seconds (4; with HOSTILE_LONG=1 60)
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { logsOf, refsOf, stageBeside } from './stage.ts';

const SECONDS = Number(process.env.EXACT_SECONDS ?? (process.env.HOSTILE_LONG ? 60 : 4));
const SEED = process.env.EXACT_SEED;

const BRANCHES = ['main', 'side', 'new', 'new/er', 'other'] as const;

/** `to`: how a branch moves; of a commit that there is, which. */
const step = fc.record({
  changes: fc.uniqueArray(
    fc.record({
      branch: fc.constantFrom(...BRANCHES),
      to: fc.oneof(fc.constantFrom('forward', 'forward', 'merge', 'orphan'), fc.nat(20)),
    }),
    { selector: ({ branch }) => branch, minLength: 1, maxLength: 3 },
  ),
  remotes: fc.constantFrom<readonly ('o' | 'p')[]>(['o'], ['p'], ['o', 'p']),
  packs: fc.boolean(),
});

test('whatever moves, refs and reflogs are as after a fetch of everything by git', {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const { scratch, ours, gits, commit, first, fetch, move, ways, parent } = await stageBeside(onTestFinished);
  const seed = SEED ? Number(SEED) : Math.trunc(Math.random() * 2 ** 31);
  const begun = join(scratch.directory, 'begun');
  for (const name of ['server.git', 'ours', 'gits'])
    cpSync(join(scratch.directory, name), join(begun, name), { recursive: true });
  const told = { histories: 0, beside: 0, others: new Map<string, number>() };
  const tryOne = async (
    steps: readonly (typeof step extends fc.Arbitrary<infer Made> ? Made : never)[],
  ): Promise<void> => {
    for (const name of ['server.git', 'ours', 'gits']) {
      rmSync(join(scratch.directory, name), { recursive: true });
      cpSync(join(begun, name), join(scratch.directory, name), { recursive: true });
    }
    const there = new Map<string, string>([
      ['main', first],
      ['side', first],
    ]);
    const commits = [first];
    const news = { o: new Set<string>(), p: new Set<string>() };
    for (const { changes, remotes, packs } of steps) {
      for (const { branch, to } of changes) {
        if ([...there.keys()].some((name) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`))) continue;
        const tip = there.get(branch) ?? first;
        const next =
          typeof to === 'number'
            ? (commits[to % commits.length] ?? first)
            : commit(...(to === 'orphan' ? [] : to === 'merge' ? new Set([tip, ...there.values()]) : [tip]));
        if (!commits.includes(next)) commits.push(next);
        there.set(branch, next);
        for (const told of Object.values(news)) told.add(branch);
        await move(branch, next);
      }
      for (const repo of packs ? [ours, gits] : []) await repo.git('pack-refs', '--all');
      for (const remote of remotes) {
        expect(await fetch([...news[remote]], remote)).toMatchObject({ ok: true });
        news[remote].clear();
        const way = ways().join();
        if (way === 'beside') told.beside += 1;
        else told.others.set(way, (told.others.get(way) ?? 0) + 1);
        // Where it may not move one it says so by its status.
        await gits.git('fetch', '--quiet', '--no-write-fetch-head', remote).catch(() => undefined);
      }
      expect(await refsOf(ours)).toBe(await refsOf(gits));
      expect(logsOf(ours)).toEqual(logsOf(gits));
    }
    expect(readdirSync(join(parent, 'beside'))).toEqual([]);
    told.histories += 1;
  };
  let last: Promise<void> | undefined;
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
    last = tryOne(steps);
    return last;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: 1_000_000,
    plugins: [fc.interruptAfterTimeLimit(SECONDS * 1_000, { failOnInterrupt: false })],
  });
  // When the time is over, one is still being tried.
  await Promise.allSettled([last]);
  process.stderr.write(`EXACT_SEED=${seed}: ${JSON.stringify({ ...told, others: Object.fromEntries(told.others) })}\n`);
  if (details.counterexample !== null)
    throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
});

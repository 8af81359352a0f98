// Owns: that no server, no path and no command can stop the daemon, or keep it from a good remote beside them.
// Leaves: the cases (cases.ts) and their trial (laboratory.ts).
//
// A few are tried together by `npm test`; all of them, in about a quarter of an hour, by `npm run test:hostile`:
//   HOSTILE_CASE=…       only those whose names match this, one by one: HOSTILE_CASE='watcher: never ready'
//   HOSTILE_FACTOR=…     how much slower than a quiet machine this one may be (1)
//   HOSTILE_FIGURES=…    a file to which what was measured is added, as JSON
//   HOSTILE_SHOW=1       what the daemon said, and its log
import { expect, test } from 'vitest';
import { CASES } from './cases.ts';
import { tryCases } from './laboratory.ts';
import { SHORT_NAMES } from './short-form.ts';

const { HOSTILE_LONG, HOSTILE_CASE } = process.env;
/** Other tests run beside it, so that only what does not come at all is a fault here: the long form holds the figures. */
const SHORT = { factor: 9, mostSeconds: 3 };
const LIMIT_MS = 240_000;
/** So many calm ones are tried together. */
const TOGETHER = 8;

const all = [...CASES].map(([name, { how }]) => ({ name, how }));
const namesOf = (cases: typeof all): string[] => cases.map(({ name }) => name);

test.skipIf(HOSTILE_CASE !== undefined)(
  'strangers of all kinds beside one daemon keep it from nothing',
  { timeout: LIMIT_MS },
  async () => {
    expect(await tryCases(SHORT_NAMES, SHORT)).toEqual([]);
  },
);

if (HOSTILE_LONG === '1') {
  const chosen = all.filter(({ name }) => HOSTILE_CASE === undefined || new RegExp(HOSTILE_CASE).test(name));
  const calm = HOSTILE_CASE === undefined ? chosen.filter(({ how }) => how.calm) : [];
  const alone = chosen.filter((one) => !calm.includes(one));

  test.each(groupsOf(namesOf(calm)))('calm ones: %s', { timeout: TOGETHER * LIMIT_MS }, async (_names, names) => {
    const faults = await tryCases(names);
    // Which of them it was.
    for (const name of faults.length > 0 ? names : []) faults.push(...(await tryCases([name])));
    expect(faults).toEqual([]);
  });

  test.each(namesOf(alone))('%s', { timeout: LIMIT_MS }, async (name) => {
    expect(await tryCases([name])).toEqual([]);
  });
}

function groupsOf(names: readonly string[]): [string, string[]][] {
  const count = Math.ceil(names.length / TOGETHER);
  return Array.from({ length: count }, (_none, index) => {
    const group = names.slice(index * TOGETHER, (index + 1) * TOGETHER);
    return [group.join(', '), group];
  });
}

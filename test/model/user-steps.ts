// Owns: what a user or a controlling program does: lines of the control protocol, and fetches of his own.
// Leaves: the config (config-steps.ts).
import * as fc from 'fast-check';
import { findProgram } from '../support/peers.ts';
import { order } from './model.ts';
import { KINDS, NAMES } from './model-remote.ts';
import { type Step, step } from './step.ts';

/** No message, or one that means little: a branch that never moves, or has no name. */
const ODD_LINES = [
  'CHANGED',
  'CHANGED refs/heads/mine',
  'CHANGED refs/heads/..odd  HEAD',
  'PAUSE now',
  'resume',
  '\u0000PAUSE',
  `CHANGED refs/heads/${'x'.repeat(40_000)}`,
] as const;

const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('PAUSE', 'LOSTNET', 'RESUME', 'RESUME', 'RELOAD') },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_LINES) },
);

const say = (lines: readonly string[]): Step =>
  step(`say ${lines.map((text) => JSON.stringify(text.slice(0, 40))).join(', ')}`, (model, { daemon }) => {
    for (const each of lines) order(model, each);
    daemon.send(...lines);
  });

const orders = fc.array(line, { minLength: 1, maxLength: 4 }).map(say);

/** It is held, and mostly no longer than a moment. */
export const hiccup = fc.constantFrom(['PAUSE', 'RESUME'], ['LOSTNET', 'RESUME'], ['RELOAD'], ['PAUSE']).map(say);

export const resume = fc.constant(
  step(
    'say "RESUME"',
    (model, { daemon }) => {
      order(model, 'RESUME');
      daemon.send('RESUME');
    },
    ({ held }) => held !== 'no',
  ),
);

const fetch = fc.tuple(fc.constantFrom(...NAMES), fc.boolean()).map(([name, prunes]) =>
  step(
    `the user fetches${prunes ? ' and prunes' : ''} from ${name}`,
    (model, { clone, errands }) => {
      model.remotes[name].frozen = undefined;
      const args = ['fetch', '--quiet', ...(prunes ? ['--prune'] : []), name];
      // It may fail, as where the server does not listen, or where the daemon was just as fast.
      errands.push(clone.git(...args).then(noMatter, noMatter));
    },
    ({ remotes }) => remotes[name].isThere && (KINDS[name] === 'local' || findProgram('ssh') !== undefined),
  ),
);

const packRefs = fc.constant(
  step('the user packs his refs', (_model, { clone, errands }) => {
    errands.push(clone.git('pack-refs', '--all').then(noMatter, noMatter));
  }),
);

export const userSteps: readonly fc.Arbitrary<Step>[] = [
  orders,
  orders,
  orders,
  resume,
  resume,
  fetch,
  fetch,
  packRefs,
];

const noMatter = (): void => undefined;

// Owns: what stories are made of, and how often each thing comes in them.
// Leaves: the steps (*-steps.ts), and telling the stories (daemon-model.test.ts).
import * as fc from 'fast-check';
import { configSteps } from './config-steps.ts';
import { drop, linkSteps, moment, quiet } from './link-steps.ts';
import type { Manner, Model } from './model.ts';
import { pushesTo, server, serverSteps } from './server-steps.ts';
import { inARow, type Step } from './step.ts';
import { orders, resume, userSteps } from './user-steps.ts';
import type { World } from './world.ts';

const MOST_STEPS = 60;

export const manners: fc.Arbitrary<Manner> = fc.record({
  startsWithAll: fc.boolean(),
  slowRefs: fc.boolean(),
  shortChecks: fc.boolean(),
  impatient: fc.boolean(),
  endsQuiet: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  ending: fc.constantFrom<Manner['ending'][]>('STOP', 'STOP', 'end of input', 'SIGTERM'),
});

/** Most of what can be lost is lost when it comes just while git runs, and nothing comes after it. */
const inTheMidst: fc.Arbitrary<Step> = server.chain((name) => {
  const where = fc.constant(name);
  const push = pushesTo(where, false);
  const others = fc.array(fc.oneof(push, push, orders, orders, resume, moment, drop), { minLength: 1, maxLength: 5 });
  const end = fc.oneof(quiet, moment);
  return fc.tuple(pushesTo(where, true), others, end).map(([first, midst, last]) => inARow([first, ...midst, last]));
});

/** `replayPath`: as a failure told it. */
export const storiesOf = (replayPath: string | undefined): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, World>>> =>
  fc.commands([...serverSteps, ...linkSteps, ...userSteps, ...configSteps, inTheMidst, inTheMidst, inTheMidst], {
    maxCommands: MOST_STEPS,
    size: 'max',
    ...(replayPath && { replayPath }),
  });

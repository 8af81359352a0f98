// Owns: what stories are made of, and how often each thing comes in them.
// Leaves: the steps (*-steps.ts), and telling the stories (daemon-model.test.ts).
import * as fc from 'fast-check';
import { configSteps } from './config-steps.ts';
import { drop, linkSteps, moment, quiet } from './link-steps.ts';
import type { Manner, Model } from './model.ts';
import { offering, pushSteps } from './push-steps.ts';
import { pushesTo, server, serverSteps } from './server-steps.ts';
import { settingSteps } from './setting-steps.ts';
import { inARow, type Step } from './step.ts';
import { hiccup, resume, userSteps } from './user-steps.ts';
import type { World } from './world.ts';

const MOST_STEPS = 60;

const mostly = (usual: boolean): fc.Arbitrary<boolean> => fc.constantFrom(usual, usual, usual, !usual);

export const manners: fc.Arbitrary<Manner> = fc.record({
  startsWithAll: fc.boolean(),
  slowRefs: mostly(true),
  manyRefs: fc.boolean(),
  shortChecks: mostly(false),
  startsPushing: mostly(true),
  impatient: fc.boolean(),
  endsQuiet: mostly(true),
  ending: fc.constantFrom<Manner['ending'][]>('STOP', 'STOP', 'end of input', 'SIGTERM'),
});

/** Most of what can be lost is lost when it comes just while git runs, and nothing comes after it. */
const inTheMidst: fc.Arbitrary<Step> = server.chain((name) => {
  const where = fc.constant(name);
  const push = pushesTo(where, false);
  const begin = fc.tuple(resume, pushesTo(where, true), fc.oneof(push, moment), moment);
  const trouble = fc.array(fc.oneof(hiccup, hiccup, resume, drop, push), { minLength: 1, maxLength: 3 });
  return fc.tuple(begin, trouble, fc.oneof(quiet, moment)).map(([first, midst, last]) => {
    return inARow([...first, ...midst, last]);
  });
});
/** As that, while git pushes. */
const inThePush: fc.Arbitrary<Step> = fc
  .tuple(
    resume,
    offering,
    fc.array(fc.oneof(hiccup, drop, resume, moment, offering), { minLength: 1, maxLength: 3 }),
    fc.oneof(quiet, moment),
  )
  .map(([first, offered, midst, last]) => inARow([first, offered, ...midst, last]));
const OFTEN = [...Array.from({ length: 6 }, () => inTheMidst), inThePush, inThePush];

/** `replayPath`: as a failure told it. */
export const storiesOf = (replayPath: string | undefined): fc.Arbitrary<Iterable<fc.AsyncCommand<Model, World>>> =>
  fc.commands([...serverSteps, ...linkSteps, ...userSteps, ...configSteps, ...pushSteps, ...settingSteps, ...OFTEN], {
    maxCommands: MOST_STEPS,
    size: 'max',
    ...(replayPath && { replayPath }),
  });

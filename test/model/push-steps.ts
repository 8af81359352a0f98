// Owns: commits of the user's on branches of his own, what he says of them, and servers that take no push for a while.
// Leaves: which remotes want them (setting-steps.ts), and what must come of it (offers.ts).
import * as fc from 'fast-check';
import { excuse, type Model, order } from './model.ts';
import { release } from './offers.ts';
import { throwForOddPushes } from './pushes-kept.ts';
import { refusePushes } from './server-hooks.ts';
import { makeCommit, server } from './server-steps.ts';
import { lineSoon, type Step, step } from './step.ts';
import { OWN, type World } from './world.ts';

/** No server step moves branches of these names. */
const BRANCHES = [`${OWN}1`, `${OWN}2`, `${OWN}deep/3`] as const;

const branch = fc.constantFrom(...BRANCHES);

async function commitTo(ref: string, { branches, offers }: Model, { clone, mine, unique }: World): Promise<string> {
  const tips = branches.get(ref) ?? [];
  const tip = await makeCommit(clone, tips.at(-1) ?? mine.tip, unique());
  // Known before it is there: a push that waits may take it at once. What was offered by its object is there no more.
  for (const each of Object.values(offers)) each.byObject.delete(ref);
  branches.set(ref, [...tips, tip]);
  await clone.git('update-ref', ref, tip);
  return tip;
}

async function say(model: Model, world: World, words: readonly string[]): Promise<void> {
  // Before this excuses what was sent without it.
  await throwForOddPushes(model, world);
  const line = ['CHANGED', ...words].join(' ');
  order(model, line);
  world.daemon.send(line);
}

/** `isAwaited`: until that is noticed, so that what comes next comes while git pushes. */
export const offering: fc.Arbitrary<Step> = fc
  .tuple(branch, fc.constantFrom('its name', 'its name', 'its object'), fc.boolean())
  .map(([ref, how, isAwaited]) =>
    step(
      `the user commits to ${ref} and says ${how}${isAwaited ? ', and waits a little' : ''}`,
      async (model, world) => {
        const tip = await commitTo(ref, model, world);
        const synced = isAwaited && lineSoon(world, /^SYNCING /);
        await say(model, world, [how === 'its name' ? ref : tip]);
        await synced;
      },
    ),
  );

const commitOnly = branch.map((ref) =>
  step(`the user commits to ${ref} and says nothing`, async (model, world) => {
    await commitTo(ref, model, world);
  }),
);

const severalAtOnce = fc.tuple(fc.uniqueArray(branch, { minLength: 2 }), fc.boolean()).map(([refs, isOneLine]) =>
  step(`the user commits to ${refs.join(', ')} and says ${isOneLine ? 'all' : 'each'}`, async (model, world) => {
    for (const ref of refs) await commitTo(ref, model, world);
    for (const words of isOneLine ? [refs] : refs.map((ref) => [ref])) await say(model, world, words);
  }),
);

const sayAgain = fc
  .uniqueArray(branch, { minLength: 1 })
  .map((refs) => step(`the user says CHANGED ${refs.join(' ')}`, (model, world) => say(model, world, refs)));

const refuse = fc.tuple(server, fc.constantFrom(true, false, false)).map(([name, refuses]) =>
  step(
    `${name} takes ${refuses ? 'no pushes' : 'pushes again'}`,
    async (model, { servers }) => {
      model.remotes[name].refusesPushes = refuses;
      excuse(model, [name], 'FAILED', 'WARNING');
      // What is refused is not offered again.
      if (refuses) release(model.offers[name]);
      await refusePushes(servers[name].directory, refuses);
    },
    ({ remotes }) => remotes[name].refusesPushes !== refuses,
  ),
);

export const pushSteps: readonly fc.Arbitrary<Step>[] = [
  offering,
  offering,
  severalAtOnce,
  sayAgain,
  commitOnly,
  refuse,
];

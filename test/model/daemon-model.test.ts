// Owns: long made-up stories of pushes, trouble, orders and edits, told to the real daemon, which must be right in the end.
// Leaves: what happens in them (*-steps.ts), what must be true (quiet.ts, aftermath.ts), and faults that have a test.
//
// It plays as many stories as it has time for, each time others. A story that goes wrong is told with the seed, the path and
// the replay path that play it again, as far as chance in the machine allows:
//   MODEL_SEED=…     the stories of that seed
//   MODEL_PATH=…     of these, the one with that path
//   MODEL_REPLAY=…   and of its steps those of that replay path
//   MODEL_RUNS=…     at most so many stories
//   MODEL_SECONDS=…  for at most about so many seconds (45)
import * as fc from 'fast-check';
import { onTestFinished, test } from 'vitest';
import { endRun } from './aftermath.ts';
import { createModel, type Manner, type Model } from './model.ts';
import { createStage, type Stage } from './stage.ts';
import type { Step } from './step.ts';
import { manners, storiesOf } from './story.ts';

const { MODEL_SEED, MODEL_PATH, MODEL_REPLAY, MODEL_RUNS, MODEL_SECONDS } = process.env;
const SECONDS = Number(MODEL_SECONDS ?? 45);
/** The story that is being told when the time is over is told to its end. */
const LONGEST_STORY_MS = 200_000;

test('whatever happens, in the end all is as it must be', { timeout: SECONDS * 1_000 + LONGEST_STORY_MS }, async () => {
  const stage = await createStage(onTestFinished);
  const seed = MODEL_SEED ? Number(MODEL_SEED) : Math.trunc(Math.random() * 2 ** 31);
  process.stderr.write(`stories of MODEL_SEED=${seed}\n`);
  const told = { stories: 0, steps: 0, pushes: 0 };
  let last: Promise<void> | undefined;
  const property = fc.asyncProperty(manners, storiesOf(MODEL_REPLAY), (manner, steps) => {
    told.stories += 1;
    last = tell(stage, manner, steps).then(({ steps: count, received }) => {
      told.steps += count;
      told.pushes += received.a + received.b + received.c;
    });
    return last;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: Number(MODEL_RUNS ?? 100_000),
    ...(MODEL_PATH && { path: MODEL_PATH }),
    plugins: [fc.interruptAfterTimeLimit(SECONDS * 1_000, { failOnInterrupt: false })],
  });
  const ending = await Promise.allSettled([last]);
  process.stderr.write(
    `${told.stories} stories of ${told.steps} steps were told, and ${told.pushes} refs were pushed\n`,
  );
  if (details.failed) throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
  // The last one was not waited for.
  for (const how of ending) if (how.status === 'rejected') throw how.reason;
});

/** Tells one story; gives what is known at its end. */
async function tell(stage: Stage, manner: Manner, steps: Iterable<Step>): Promise<Model> {
  const world = await stage.enter(manner);
  const model = createModel(manner);
  model.branches.set(world.mine.ref, [world.mine.tip]);
  try {
    await fc.asyncModelRun(() => ({ model, real: world }), steps);
    await endRun(model, world);
    return model;
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    throw new Error(`${why}\n${world.journal.all()}`, { cause: failure });
  } finally {
    if (model.isRefusing) await world.peer.start();
    await world.leave();
  }
}

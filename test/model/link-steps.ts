// Owns: what happens to the links, and the pauses between all that happens.
// Leaves: when all is quiet (quiet.ts).
import * as fc from 'fast-check';
import { until } from '../support/next-line.ts';
import { hurt, mayHurt } from './model.ts';
import { allowLinks, untilQuiet } from './quiet.ts';
import { lineSoon, type Step, step } from './step.ts';

export const drop = fc.constant(
  step(
    'cut all connections',
    (model, { peer }) => {
      hurt(model, 'ssh');
      peer.dropConnections();
    },
    mayHurt,
  ),
);

const refuse = fc.constant(
  step(
    'the server listens no more',
    async (model, { peer }) => {
      hurt(model, 'ssh');
      model.isRefusing = true;
      await peer.stop();
    },
    (model) => mayHurt(model) && !model.isRefusing,
  ),
);

const listenAgain = fc.constant(step('let it listen', allowLinks, ({ isRefusing }) => isRefusing));

const endWorker = fc.constant(
  step(
    'end a worker thread',
    async (model, { daemon }) => {
      // Before that nobody hears the signal, and it would end the daemon.
      await until('it runs', () => daemon.stderr().includes(' runs in '));
      hurt(model, 'any');
      daemon.signal('SIGUSR2');
    },
    mayHurt,
  ),
);

const nextLine = fc
  .constantFrom('CONNECTED', 'DISCONNECTED', 'SYNCING', 'DONESYNCING')
  .map((word) =>
    step(`the next ${word}, if there is one soon`, (_model, world) => lineSoon(world, new RegExp(`^${word} `))),
  );

/** What comes next comes neither at once nor when all is quiet; nothing is waited for. */
export const moment = fc
  .constantFrom(20, 60, 150)
  .map((ms) => step(`${ms} ms pass`, () => new Promise((resolve) => setTimeout(resolve, ms))));

export const quiet = fc.constant(step('wait until all is quiet', untilQuiet));

export const linkSteps: readonly fc.Arbitrary<Step>[] = [
  drop,
  refuse,
  listenAgain,
  endWorker,
  nextLine,
  nextLine,
  moment,
  quiet,
  quiet,
];

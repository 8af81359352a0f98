// Owns: what a command of a run is: named, noted when it is done, and done only where it may be.
// Leaves: the commands, each beside those that act on the same.
import type { AsyncCommand } from 'fast-check';
import type { Model } from './model.ts';
import type { World } from './world.ts';

export type Step = AsyncCommand<Model, World>;

/** `act` also notes in the model what follows from it. `may`: without it, always. */
export function step(
  name: string,
  act: (model: Model, world: World) => void | Promise<void>,
  may: (model: Readonly<Model>) => boolean = () => true,
): Step {
  return {
    check: may,
    run: async (model, world) => {
      world.journal.note(name);
      model.steps += 1;
      await act(model, world);
    },
    toString: () => name,
  };
}

// Owns: what a command of a run is: named, noted when it is done, and done only where it may be; and a wait that is short.
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

/** Several at once, as one: those of them that may be done when their turn comes. */
export function inARow(steps: readonly Step[]): Step {
  return {
    check: () => true,
    run: async (model, world) => {
      for (const each of steps) if (each.check(model)) await each.run(model, world);
    },
    toString: () => `(${steps.join('; ')})`,
  };
}

/** So long something is waited for that may never come. */
const SOON_MS = 300;

/** Waits for a line of the daemon's still to come; it does not matter if none does. */
export async function lineSoon({ daemon }: World, match: string | RegExp): Promise<void> {
  daemon.lines.forget();
  await daemon.lines.next(match, SOON_MS).catch(() => undefined);
}

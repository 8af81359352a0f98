// Owns: finding out that the daemon goes by the config as it is now: it tells what it goes by at SIGUSR1.
// Leaves: the edits (config-steps.ts, setting-steps.ts), and what follows once they are known (model.ts, offers.ts).
import { until } from '../support/next-line.ts';
import { type Model, NOTICED_MS } from './model.ts';
import { isWatched, NAMES, type Name } from './model-remote.ts';
import type { World } from './world.ts';

/** Waits until what is in the config of these watched remotes is known; of what went to and fro only time can tell. */
export async function untilKnown(model: Model, world: World, names: readonly Name[] = NAMES): Promise<void> {
  const now = performance.now();
  for (const name of names.filter((each) => isWatched(model.remotes[each]))) {
    const { edits } = model.remotes[name];
    if (edits.kind === 'known' || (edits.kind === 'several' && now < edits.atMs + NOTICED_MS)) continue;
    await until(`the config of ${name} is known`, async () => isAsWanted(model, name, await tellsOf(world, name)));
    world.journal.note(`the config of ${name} is known`);
    model.remotes[name].edits = { kind: 'known' };
  }
}

const TELLING_MS = 50;

type Told = Readonly<Record<string, unknown>>;

/** Of a remote that it does not know of yet, nothing. */
async function tellsOf({ daemon }: World, name: Name): Promise<Told> {
  // Before that nobody hears the signal.
  await until('it runs', () => daemon.stderr().includes(' runs in '));
  const from = daemon.stderr().length;
  daemon.signal('SIGUSR1');
  const told = (): string => daemon.stderr().slice(from);
  await until('it tells what it knows', () => /daemon: held: .*\n/.test(told()));
  // The rest of it; and if it is not what is waited for, it need not be asked all the time.
  await new Promise((resolve) => setTimeout(resolve, TELLING_MS));
  const [, json] = new RegExp(` ${name}: config (\\{.*\\})\n`).exec(told()) ?? [];
  return json === undefined ? {} : JSON.parse(json);
}

function isAsWanted({ remotes, fetchMode }: Model, name: Name, { fetches, push, rungs, comparison }: Told): boolean {
  const { pulls, pushes, command } = remotes[name];
  const isByCommand = Array.isArray(rungs) && rungs.includes('notify-command');
  return (
    fetches === pulls &&
    (push !== undefined) === pushes &&
    isByCommand === (command !== 'none') &&
    // Of prefetched refs it compares none.
    (comparison !== undefined) === (fetchMode === 'fetch')
  );
}

// Owns: edits of what the daemon is to do with a remote: push, fetch, by whose word; and how all is fetched.
// Leaves: which remotes there are, and all of git's own keys (config-steps.ts).
import { join } from 'node:path';
import * as fc from 'fast-check';
import { untilKnown } from './known-config.ts';
import { edited, excuse } from './model.ts';
import { type Command, type FetchMode, isWatched, NAMES } from './model-remote.ts';
import { MOVES } from './server-hooks.ts';
import { server } from './server-steps.ts';
import { type Step, step } from './step.ts';

/** `isAwaited`: until the daemon surely goes by it. */
const pushes = fc.tuple(server, fc.constantFrom(true, true, false), fc.boolean()).map(([name, isOn, isAwaited]) =>
  step(
    `push to ${name}: ${isOn}${isAwaited ? ', and wait until that is known' : ''}`,
    async (model, world) => {
      excuse(model, [name], 'FAILED');
      if (model.remotes[name].pushes !== isOn) edited(model, name, { pushes: isOn });
      await world.clone.git('config', `remote.${name}.remotedaemonPush`, String(isOn));
      if (isAwaited) await untilKnown(model, world, [name]);
    },
    ({ remotes }) => remotes[name].isThere,
  ),
);

const pulls = fc.tuple(server, fc.constantFrom(true, true, false)).map(([name, isOn]) =>
  step(
    `fetch from ${name}: ${isOn}`,
    async (model, { clone }) => {
      excuse(model, [name], 'FAILED');
      if (model.remotes[name].pulls !== isOn) edited(model, name, { pulls: isOn });
      await clone.git('config', `remote.${name}.annex-pull`, String(isOn));
    },
    ({ remotes }) => remotes[name].isThere,
  ),
);

const USUAL: readonly Command[] = ['none', 'none', 'names refs', 'names nothing', 'ends'];

/** Each says of all that has moved from the beginning, so that nothing is missed while it starts. */
const COMMANDS: Readonly<Record<Command, string>> = {
  none: '',
  'names refs': 'exec tail -n +1 -F MOVES',
  'names nothing': 'tail -n +1 -F MOVES | while read -r _; do echo moved; done',
  'is silent': 'exec sleep 1000',
  ends: 'sleep 0.3; echo "it has enough" >&2; exit 3',
};

const notifyCommand = fc.tuple(server, fc.constantFrom(...USUAL, 'is silent' as const)).map(([name, command]) =>
  step(
    `a command for ${name}: ${command}`,
    async (model, { clone, servers }) => {
      excuse(model, [name], 'FAILED', ...(command === 'ends' ? (['WARNING'] as const) : []));
      edited(model, name, { command });
      const text = COMMANDS[command].replace('MOVES', join(servers[name].directory, MOVES));
      await clone.git('config', `remote.${name}.remotedaemonNotifyCommand`, text);
    },
    ({ remotes, shortChecks }) => remotes[name].isThere && (command !== 'is silent' || shortChecks),
  ),
);

const fetchMode = fc.constantFrom<FetchMode[]>('prefetch', 'fetch', 'fetch').map((mode) =>
  step(
    `fetch mode ${mode}`,
    async (model, { clone }) => {
      model.fetchMode = mode;
      for (const name of NAMES) if (isWatched(model.remotes[name])) edited(model, name, {});
      await clone.git('config', 'remotedaemon.fetchMode', mode);
    },
    (model) => model.fetchMode !== mode && !model.manyRefs,
  ),
);

export const settingSteps: readonly fc.Arbitrary<Step>[] = [pushes, pushes, pulls, notifyCommand, fetchMode];

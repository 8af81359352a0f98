// Owns: edits of the clone's config, as a user makes them; the daemon notices them by itself.
// Leaves: telling it to read the config (user-steps.ts).
import * as fc from 'fast-check';
import { edited, excuse, type Model, silenced, unsilenced } from './model.ts';
import { freshRemote, KINDS, NAMES, type Name, type Notify, refspecsFor, type TagOpt } from './model-remote.ts';
import { type Step, step } from './step.ts';
import { addRemote } from './world.ts';

const remote = fc.constantFrom(...NAMES);
const isThere =
  (name: Name) =>
  ({ remotes }: Readonly<Model>): boolean =>
    remotes[name].isThere;

const add = remote.map((name) =>
  step(
    `add ${name}`,
    async (model, { clone, urlOf }) => {
      unsilenced(model, name);
      const { edits, refusesPushes } = model.remotes[name];
      edited(model, name, { ...freshRemote(name, true), edits, refusesPushes });
      await addRemote(clone, name, urlOf(name));
    },
    (model) => !isThere(name)(model),
  ),
);

const remove = remote.map((name) =>
  step(
    `remove ${name}`,
    async (model, { clone }) => {
      // git may be asked to fetch from it before it is known to be gone.
      excuse(model, [name], 'FAILED', 'WARNING');
      edited(model, name, { isThere: false });
      await clone.git('config', '--remove-section', `remote.${name}`);
      silenced(model, name);
    },
    isThere(name),
  ),
);

const switchOnOff = fc.tuple(remote, fc.boolean()).map(([name, isOn]) =>
  step(
    `switch ${name} ${isOn ? 'on' : 'off'}`,
    async (model, { clone }) => {
      if (isOn) unsilenced(model, name);
      else excuse(model, [name], 'FAILED');
      edited(model, name, { isOn });
      await clone.git('config', `remote.${name}.remotedaemon`, String(isOn));
      if (!isOn) silenced(model, name);
    },
    isThere(name),
  ),
);

const refspecs = fc.tuple(remote, fc.nat({ max: refspecsFor('a').length - 1 })).map(([name, which]) => {
  const [first = '', ...others] = refspecsFor(name)[which] ?? [];
  return step(
    `fetch ${[first, ...others].join(' ')}`,
    async (model, { clone }) => {
      // The link is made anew, and what goes over it is cut short.
      excuse(model, [name], 'FAILED');
      Object.assign(model.remotes[name], { refspecs: [first, ...others], frozen: undefined });
      await clone.git('config', '--replace-all', `remote.${name}.fetch`, first);
      for (const other of others) await clone.git('config', '--add', `remote.${name}.fetch`, other);
    },
    // Many refs that are to be elsewhere take git longer than anybody here waits.
    (model) => isThere(name)(model) && (!model.manyRefs || !first.includes('-else/')),
  );
});

const prune = fc.tuple(remote, fc.boolean()).map(([name, prunes]) =>
  step(
    `prune ${name}: ${prunes}`,
    async (model, { clone }) => {
      model.remotes[name].prunes = prunes;
      await clone.git('config', `remote.${name}.prune`, String(prunes));
    },
    isThere(name),
  ),
);

const tags = fc.tuple(remote, fc.constantFrom<TagOpt[]>('default', '--tags', '--no-tags')).map(([name, tagOpt]) =>
  step(
    `tags of ${name}: ${tagOpt}`,
    async (model, { clone }) => {
      excuse(model, [name], 'FAILED');
      model.remotes[name].tagOpt = tagOpt;
      await clone.git('config', `remote.${name}.tagOpt`, tagOpt === 'default' ? '' : tagOpt);
    },
    isThere(name),
  ),
);

const notify = fc.tuple(remote, fc.constantFrom<Notify[]>('auto', 'watch', 'annex-shell', 'poll')).map(([name, way]) =>
  step(
    `watch ${name} by ${way}`,
    async (model, { clone }) => {
      excuse(model, [name], 'FAILED');
      model.remotes[name].notify = way;
      if (way === 'annex-shell') model.remotes[name].mayMiss = true;
      await clone.git('config', `remote.${name}.remotedaemonNotify`, way);
    },
    (model) =>
      isThere(name)(model) &&
      // The next poll is a minute away, or ten seconds at least.
      (way !== 'poll' || model.shortChecks) &&
      (way !== 'annex-shell' || KINDS[name] === 'ssh'),
  ),
);

export const configSteps: readonly fc.Arbitrary<Step>[] = [
  add,
  remove,
  switchOnOff,
  switchOnOff,
  refspecs,
  prune,
  prune,
  tags,
  notify,
];

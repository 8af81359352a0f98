// Owns: what happens to the refs of a server: all kinds of moves that a fetch brings, and some that it does not.
// Leaves: the connection to it (link-steps.ts).
import * as fc from 'fast-check';
import type { TestRepo } from '../support/temp-repo.ts';
import { isWatched, NAMES, type Name } from './model-remote.ts';
import { lineSoon, type Step, step } from './step.ts';

/** `main` is there from the beginning and stays: a refspec may name it. */
const BRANCHES = ['main', 'one', 'two/deep', 'three'] as const;

export const server = fc.constantFrom(...NAMES);
const branch = fc.constantFrom(...BRANCHES);
const sideBranch = fc.constantFrom(...BRANCHES.slice(1));

/** Pushes; `isAwaited`: and waits until that is noticed, so that what comes next comes while git fetches. */
export const pushesTo = (where: fc.Arbitrary<Name>, isAwaited: boolean): fc.Arbitrary<Step> =>
  fc.tuple(where, branch).map(([name, to]) =>
    step(`push to ${to} of ${name}${isAwaited ? ', and wait until it is noticed' : ''}`, async (model, world) => {
      const { servers, unique } = world;
      const parent = (await tipOf(servers[name], to)) ?? (await tipOf(servers[name], 'main')) ?? '';
      const commit = await makeCommit(servers[name], parent, unique());
      const noticed = isAwaited && model.held === 'no' && isWatched(model.remotes[name]);
      await Promise.all([noticed && lineSoon(world, `SYNCING ${name}`), setBranch(servers[name], to, commit)]);
    }),
  );

const push = pushesTo(server, false);
const noticedPush = pushesTo(server, true);

const rewind = fc.tuple(server, branch, fc.boolean()).map(([name, back, isRewritten]) =>
  step(`${isRewritten ? 'rewrite' : 'rewind'} ${back} of ${name}`, async (_model, { servers, unique }) => {
    const older = await find(servers[name], `refs/heads/${back}~1`);
    if (older === undefined) return;
    await setBranch(
      servers[name],
      back,
      isRewritten ? await makeCommit(servers[name], older, `${unique()}, anew`) : older,
    );
  }),
);

const deleteBranch = fc.tuple(server, sideBranch).map(([name, gone]) =>
  step(`delete ${gone} of ${name}`, async (_model, { servers }) => {
    await servers[name].git('update-ref', '-d', `refs/heads/${gone}`);
  }),
);

/** A tag's name is used once: git keeps a tag that is here as it is, and would complain. */
const makeTag = fc.tuple(server, branch, fc.boolean(), fc.boolean()).map(([name, on, isAnnotated, isOlder]) =>
  step(
    `tag ${on}${isOlder ? '~1' : ''} of ${name}${isAnnotated ? ' with a note' : ''}`,
    async (_model, { servers, unique }) => {
      const object = await find(servers[name], `refs/heads/${on}${isOlder ? '~1' : ''}`);
      if (object === undefined) return;
      const note = isAnnotated ? ['-m', 'A note'] : [];
      await servers[name].git('tag', ...note, `${name}-${unique()}`, object);
    },
  ),
);

const deleteTag = server.map((name) =>
  step(`delete a tag of ${name}`, async (_model, { servers }) => {
    const [ref] = (await servers[name].git('for-each-ref', '--format=%(refname)', 'refs/tags')).split('\n');
    if (ref) await servers[name].git('update-ref', '-d', ref);
  }),
);

const packRefs = server.map((name) =>
  step(`pack the refs of ${name}`, async (_model, { servers }) => {
    await servers[name].git('pack-refs', '--all');
  }),
);

/** They are mirrors of one repository for a moment. */
const sameEverywhere = fc.tuple(server, branch, fc.boolean()).map(([name, to, moves]) =>
  step(`${moves ? 'a push' : 'what it is'} to ${to} of ${name} comes to all`, async (_model, { servers, unique }) => {
    const parent = (await tipOf(servers[name], to)) ?? (await tipOf(servers[name], 'main')) ?? '';
    const tip = moves ? await makeCommit(servers[name], parent, unique()) : parent;
    const others = NAMES.filter((other) => other !== name).map((other) => servers[other]);
    const pack = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', servers[name].directory, tip];
    for (const other of others) await other.git(...pack);
    await Promise.all(NAMES.map((each) => setBranch(servers[each], to, tip)));
  }),
);

const otherRef = server.map((name) =>
  step(`a ref of ${name} that nobody fetches`, async (_model, { servers, unique }) => {
    const tip = await makeCommit(servers[name], (await tipOf(servers[name], 'main')) ?? '', unique());
    await servers[name].git('update-ref', 'refs/pull/1/head', tip);
  }),
);

/** What is there more than once comes as much more often. */
export const serverSteps: readonly fc.Arbitrary<Step>[] = [
  push,
  push,
  noticedPush,
  sameEverywhere,
  sameEverywhere,
  rewind,
  deleteBranch,
  deleteBranch,
  makeTag,
  deleteTag,
  packRefs,
  otherRef,
];

const tipOf = (repo: TestRepo, name: string): Promise<string | undefined> => find(repo, `refs/heads/${name}`);

const find = (repo: TestRepo, what: string): Promise<string | undefined> =>
  repo.git('rev-parse', '--verify', '--quiet', what).catch(() => undefined);

export const makeCommit = (repo: TestRepo, parent: string, message: string): Promise<string> =>
  repo.git('commit-tree', `${parent}^{tree}`, '-p', parent, '-m', message);

const setBranch = async (repo: TestRepo, name: string, tip: string): Promise<void> => {
  await repo.git('update-ref', `refs/heads/${name}`, tip);
};

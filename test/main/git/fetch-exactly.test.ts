// Owns: that a fetch of just what moved leaves the same refs here as git's own fetch of everything, whatever moved and whatever the config says.
// Leaves: which refspecs it is made of (test/shared/refs/exact-fetch.test.ts), and when it is tried (supervisor/remote/syncing.test.ts).
//
// Made-up configs and changes, by real git. What goes wrong is told with its seed:
//   EXACT_SEED=…     the cases of that seed
//   EXACT_SECONDS=…  for about so many seconds (6; with HOSTILE_LONG=1 120)
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { type Beside, createBeside } from '../../../src/main/git/beside/beside.ts';
import { mayBeBeside } from '../../../src/main/git/beside/fetch-beside.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import type { Outcome } from '../../../src/main/git/operation.ts';
import { type ExactFetch, exactFetch } from '../../../src/shared/refs/exact-fetch.ts';
import { movesBetween, parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import {
  cloneRepo,
  makeRepo,
  makeScratch,
  makeServerRepo,
  type Scratch,
  type TestRepo,
} from '../../support/temp-repo.ts';
import { configIn } from '../config/read-config.ts';
import { placeOf } from './git-place.ts';

const SECONDS = Number(process.env.EXACT_SECONDS ?? (process.env.HOSTILE_LONG ? 120 : 6));
const SEED = process.env.EXACT_SEED;
const ORIGIN = remoteName('o');

/** A ← B ← C and A ← D are commits, E is one of its own; S, T and U are tags of A, B and E. */
const COMMITS = ['A', 'B', 'C', 'D', 'E'] as const;
const OBJECTS = [...COMMITS, 'S', 'T', 'U'] as const;
type Letter = (typeof OBJECTS)[number];
/** Some are parts of others' names. */
const REFS = ['heads/main', 'heads/a', 'heads/a/b', 'heads/w.1', 'tags/v1', 'tags/v2', 'tags/a', 'notes/n', 'x/c'];
/** Stay, so that a few that are gone are not most. */
const LASTING: Refs = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`refs/heads/k/${at}`, 'A' as const]));

type Refs = Readonly<Record<string, Letter>>;

const refsThere: fc.Arbitrary<Refs> = fc
  .tuple(
    ...REFS.map((name) =>
      fc.option(fc.constantFrom<Letter>(...(name.startsWith('heads') ? COMMITS : OBJECTS)), { freq: 3 }),
    ),
  )
  .map((letters) => {
    const refs: Record<string, Letter> = {};
    for (const [index, name] of REFS.entries()) {
      const letter = letters[index];
      if (letter && !Object.keys(refs).some((ref) => `refs/${name}/`.startsWith(`${ref}/`)))
        refs[`refs/${name}`] = letter;
    }
    return refs;
  });

/** Of one in so many it is that it is gone. */
const changeOf = (names: readonly string[], freq: number) =>
  fc.array(fc.tuple(fc.constantFrom(...names), fc.option(fc.constantFrom<Letter>(...COMMITS), { freq })), {
    minLength: 1,
    maxLength: 3,
  });

/** A change of a few refs is what there is news of, mostly. */
const change: fc.Arbitrary<Readonly<Record<string, Letter | undefined>>> = fc
  .oneof(changeOf(REFS, 4), changeOf(['heads/main', 'heads/a', 'heads/a/b'], 2))
  .map((changes) => Object.fromEntries(changes.map(([name, letter]) => [`refs/${name}`, letter ?? undefined])));

const REFSPECS = [
  '+refs/heads/*:refs/remotes/o/*',
  'refs/heads/*:refs/remotes/o/*',
  '+refs/heads/a/*:refs/remotes/o/*',
  '+refs/heads/main:refs/remotes/o/main',
  '+refs/heads/w*:refs/remotes/w*x',
  '+refs/x/*:refs/remotes/x/*',
  '+refs/tags/*:refs/remotes/tags/*',
  'refs/tags/*:refs/tags/*',
  '+refs/notes/*:refs/notes/*',
  '^refs/heads/a',
  '^refs/heads/w*',
];
const SETTINGS = [
  ['fetch.prune=true', 'remote.o.prune=true', 'remote.o.prune=false'],
  ['fetch.pruneTags=true', 'remote.o.pruneTags=false'],
  ['remote.o.tagOpt=--tags', 'remote.o.tagOpt=--no-tags'],
  ['remote.p.fetch=+refs/heads/*:refs/remotes/o/*', 'fetch.showForcedUpdates=false'],
  ['protocol.version=0', 'fetch.negotiationAlgorithm=skipping'],
  ['fetch.unpackLimit=1', 'transfer.fsckObjects=true', 'core.logAllRefUpdates=always'],
] as const;
/** What the server hides from who fetches, and is told of all the same. */
const HIDDEN = ['refs/heads/a', 'refs/heads/w.1', 'refs/tags', 'refs/heads'] as const;

const cases = fc.record({
  first: refsThere,
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  refspecs: fc.oneof(
    { weight: 2, arbitrary: fc.constant<string[]>(['+refs/heads/*:refs/remotes/o/*']) },
    fc.uniqueArray(fc.constantFrom<string>(...REFSPECS), { minLength: 1, maxLength: 3 }),
  ),
  settings: fc.oneof(
    fc.constant<(string | null)[]>(['fetch.prune=true']),
    fc
      .tuple(...SETTINGS.map((choices) => fc.option(fc.constantFrom<string>(...choices), { freq: 2 })))
      .map((chosen): (string | null)[] => chosen),
  ),
  hidden: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, fc.constantFrom(...HIDDEN)),
  packs: fc.boolean(),
  hasHead: fc.boolean(),
});
type Case = typeof cases extends fc.Arbitrary<infer Made> ? Made : never;
type Exact = Extract<ExactFetch, { kind: 'exact' }>;

test('whatever moves and whatever the config says, a fetch of just that leaves the refs as a fetch of everything', {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const scratch = makeScratch(onTestFinished);
  const { server, one, other, side, objects, empty } = await setUp(scratch);
  const seed = SEED ? Number(SEED) : Math.trunc(Math.random() * 2 ** 31);
  const told = {
    cases: 0,
    exact: 0,
    beside: 0,
    deleted: 0,
    doubted: 0,
    wholeAfterExact: 0,
    whole: new Map<string, number>(),
  };
  const tryOne = async ({ first: some, changes, refspecs, settings, hidden, packs, hasHead }: Case): Promise<void> => {
    const first = { ...LASTING, ...some };
    setRefs(server, scratch, objects, first);
    writeConfig(server, hidden === null ? [] : [`transfer.hideRefs=${hidden}`]);
    for (const repo of [one, other, side]) {
      rmSync(repo.directory, { recursive: true });
      cpSync(empty.directory, repo.directory, { recursive: true });
      if (hasHead) await repo.git('symbolic-ref', 'refs/remotes/o/HEAD', 'refs/remotes/o/main');
    }
    const entries = [...refspecs.map((text) => `remote.o.fetch=${text}`), ...settings.flatMap((each) => each ?? [])];
    for (const repo of [one, other, side]) writeConfig(repo, [`remote.o.url=${server.directory}`, ...entries]);
    const read = readRemotes(await configIn(one.directory, scratch.env), {
      ...{ bare: true, env: scratch.env, pollMs: 60_000, fetchMode: 'fetch' },
    });
    const remote = read.remotes.find(({ name }) => name === ORIGIN);
    if (remote === undefined) return;
    const { plan, refs, comparison, pruning } = remote;
    const fetch = (repo: TestRepo, exact?: Exact, aside?: Beside): Promise<Outcome> =>
      startFetch(placeOf(scratch, repo), {
        ...{ remote: ORIGIN, mode: 'fetch', refspecs: refs.refspecs },
        ...(comparison && { tags: !refs.tags ? 'none' : comparison.allTags ? 'all' : 'followed' }),
        ...(plan && { plan }),
        ...(exact && { exact: exact.refspecs }),
        ...(exact?.gone.length && { deletions: { ...exact, refspecs: refs.refspecs, since: () => [] } }),
        ...(exact && pruning && { prune: { pruning, isDue: true } }),
        ...(aside && { beside: aside }),
      }).finished;
    const prune = async (repo: TestRepo): Promise<void> => {
      if (pruning === undefined || plan !== undefined) return;
      await repo.git('remote', 'prune', 'o');
      // What was in the way is not any more.
      await fetch(repo);
    };
    for (const repo of [one, other, side]) await fetch(repo);
    const beside = createBeside(join(side.directory, 'beside'), side.directory);
    let there: Refs = first;
    for (const next of changes) {
      const before = listed(server, scratch);
      there = changed(there, next);
      setRefs(server, scratch, objects, there);
      const moves = movesBetween(before, listed(server, scratch), () => true);
      const exact = exactFetch(moves, remote);
      if (exact.kind === 'whole') {
        told.whole.set(exact.why, (told.whole.get(exact.why) ?? 0) + 1);
        for (const repo of [one, other, side]) await fetch(repo);
        for (const repo of [one, other, side]) await prune(repo);
      } else {
        const hasAllTags = hasTagsOf(before, listed(side, scratch));
        const isBeside = mayBeBeside(remote, { moves, areMany: true, hasAllTags, mayBeOld: false });
        if (packs) for (const repo of [one, side]) await repo.git('pack-refs', '--all');
        const kept = listed(one, scratch);
        const outcome = await fetch(one, exact);
        const aside = await fetch(side, exact, isBeside ? beside : undefined);
        if (isBeside) told.beside += 1;
        // What it only seems to have lost goes later.
        for (const [repo, { doubt }] of [[one, outcome] as const, [side, aside] as const]) if (doubt) await prune(repo);
        if (outcome.doubt) told.doubted += 1;
        if (outcome.ok && outcome.isPart && exact.gone.some(({ place }) => kept.has(place))) told.deleted += 1;
        expect(Object.fromEntries(listed(side, scratch))).toEqual(Object.fromEntries(listed(one, scratch)));
        expect(logsOf(side)).toEqual(logsOf(one));
        const isWell = await other.git('fetch', '--quiet', '--no-write-fetch-head', 'o').then(
          () => true,
          () => false,
        );
        if (outcome.ok && outcome.isPart) told.exact += 1;
        else told.wholeAfterExact += 1;
        // One that fails may have brought nothing, or follow no tags: ours brings what it can.
        if (!isWell) {
          await fetch(other);
          for (const repo of [one, other]) await prune(repo);
          expect(Object.fromEntries(listed(one, scratch))).toMatchObject(Object.fromEntries(listed(other, scratch)));
          break;
        }
      }
      expect(Object.fromEntries(listed(one, scratch))).toEqual(Object.fromEntries(listed(other, scratch)));
    }
    told.cases += 1;
  };
  let last: Promise<void> | undefined;
  const property = fc.asyncProperty(cases, (made) => {
    last = tryOne(made);
    return last;
  });
  const details = await fc.check(property, {
    seed,
    numRuns: 1_000_000,
    plugins: [fc.interruptAfterTimeLimit(SECONDS * 1_000, { failOnInterrupt: false })],
  });
  // When the time is over, one is still being tried.
  await Promise.allSettled([last]);
  process.stderr.write(`EXACT_SEED=${seed}: ${JSON.stringify({ ...told, whole: Object.fromEntries(told.whole) })}\n`);
  if (details.counterexample !== null)
    throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
});

describe('all is fetched at once', () => {
  const NAMED = ['+refs/heads/main:refs/remotes/origin/main', '+refs/heads/gone:refs/remotes/origin/gone'];
  const stage = async () => {
    const scratch = makeScratch(onTestFinished);
    const source = await makeServerRepo(scratch);
    await source.pushCommit();
    const repo = await cloneRepo(scratch, source.directory, 'repo');
    const fetch = (exact: readonly string[]): Promise<Outcome> =>
      startFetch(placeOf(scratch, repo), { remote: remoteName('origin'), mode: 'fetch', exact }).finished;
    const tip = await source.pushCommit();
    await source.git('branch', 'other', 'main');
    return { repo, fetch, tip, source };
  };

  test('where one that is named is not there any more, and nothing is told of that', async () => {
    const { repo, fetch, tip } = await stage();
    expect(await fetch(NAMED.slice(0, 1))).toEqual({ ok: true, isPart: true });
    expect(await fetch(NAMED)).toEqual({ ok: true });
    expect(await repo.git('rev-parse', 'origin/other', 'origin/main')).toBe(`${tip}\n${tip}`);
  });

  test('in a shallow clone', async () => {
    const { repo, fetch, tip } = await stage();
    await repo.git('fetch', '--quiet', '--depth=1', `file://${await repo.git('config', 'remote.origin.url')}`, 'main');
    expect(await fetch(NAMED.slice(0, 1))).toEqual({ ok: true });
    expect(await repo.git('rev-parse', 'origin/other')).toBe(tip);
  });
});

test('what is named is all that is looked at', async () => {
  const scratch = makeScratch(onTestFinished);
  const source = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, source.directory, 'repo');
  await source.git('branch', 'other', 'main');
  const exact = ['+refs/heads/main:refs/remotes/origin/main'];
  const request = { remote: remoteName('origin'), mode: 'fetch', exact } as const;
  expect(await startFetch(placeOf(scratch, repo), request).finished).toEqual({
    ok: true,
    isPart: true,
    nothingNew: true,
  });
  expect(await repo.git('branch', '--remotes')).not.toContain('other');
});

async function setUp(scratch: Scratch) {
  const server = await makeRepo(scratch, 'server.git', '--bare');
  const tree = run(server, scratch, '', 'mktree');
  const commit = (name: string, ...parents: readonly string[]): string =>
    run(server, scratch, '', 'commit-tree', '-m', name, ...parents.flatMap((each) => ['-p', each]), tree);
  const tagOf = (name: string, target: string): string =>
    run(server, scratch, `object ${target}\ntype commit\ntag ${name}\ntagger T <t@t> 0 +0000\n\n${name}\n`, 'mktag');
  const A = commit('A');
  const B = commit('B', A);
  const E = commit('E');
  const objects = {
    A,
    B,
    C: commit('C', B),
    D: commit('D', A),
    E,
    S: tagOf('s', A),
    T: tagOf('t', B),
    U: tagOf('u', E),
  };
  const [empty, one, other, side] = [
    await makeRepo(scratch, 'empty.git', '--bare'),
    await makeRepo(scratch, 'one.git', '--bare'),
    await makeRepo(scratch, 'other.git', '--bare'),
    await makeRepo(scratch, 'side.git', '--bare'),
  ];
  await empty.git('symbolic-ref', 'HEAD', 'refs/heads/nobody');
  return { server, empty, one, other, side, objects };
}

function run(repo: TestRepo, { env }: Scratch, input: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repo.directory, env, input, encoding: 'utf8' }).trimEnd();
}

const listed = (repo: TestRepo, scratch: Scratch): RefAdvertisement =>
  parseRefLines(run(repo, scratch, '', 'for-each-ref', '--format=%(objectname) %(refname)'));

const hasTagsOf = (there: RefAdvertisement, here: RefAdvertisement): boolean =>
  [...there].every(([ref, tip]) => !ref.startsWith('refs/tags/') || here.get(ref) === tip);

/** Without times. */
function logsOf({ directory }: TestRepo): Readonly<Record<string, string>> {
  const logs = join(directory, 'logs');
  const files = existsSync(logs) ? readdirSync(logs, { recursive: true, encoding: 'utf8' }) : [];
  const isLog = (file: string): boolean => statSync(join(logs, file)).isFile();
  return Object.fromEntries(
    files.filter(isLog).map((file) => [file, readFileSync(join(logs, file), 'utf8').replace(/> \d+ /g, '> ')]),
  );
}

/** What stands in the way of a new name there goes. */
function changed(refs: Refs, next: Readonly<Record<string, Letter | undefined>>): Refs {
  const now: Record<string, Letter> = { ...refs };
  for (const [ref, letter] of Object.entries(next)) {
    for (const name of Object.keys(now)) {
      const isInTheWay = `${name}/`.startsWith(`${ref}/`) || `${ref}/`.startsWith(`${name}/`);
      if (isInTheWay && (letter !== undefined || name === ref)) delete now[name];
    }
    if (letter !== undefined) now[ref] = letter;
  }
  return now;
}

function setRefs(repo: TestRepo, scratch: Scratch, objects: Readonly<Record<Letter, string>>, refs: Refs): void {
  const gone = [...listed(repo, scratch).keys()].filter((ref) => refs[ref] === undefined);
  const orders = (lines: readonly string[]): void => {
    if (lines.length > 0) run(repo, scratch, `${lines.join('\n')}\n`, 'update-ref', '--stdin');
  };
  orders(gone.map((ref) => `delete ${ref}`));
  orders(Object.entries(refs).map(([ref, letter]) => `update ${ref} ${objects[letter]}`));
}

function writeConfig(repo: TestRepo, entries: readonly string[]): void {
  const lines = entries.map((entry) => {
    const [key = '', value] = entry.split(/=(.*)/s);
    const [section = '', ...rest] = key.split('.');
    const name = rest.pop();
    return `[${section}${rest.length > 0 ? ` "${rest.join('.')}"` : ''}] ${name} = ${JSON.stringify(value)}`;
  });
  const core =
    '[core] repositoryformatversion = 0\n[core] bare = true\n[core] logAllRefUpdates = true\n[gc] auto = 0\n';
  writeFileSync(join(repo.directory, 'config'), `${core}${lines.join('\n')}\n`);
}

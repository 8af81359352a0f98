// Owns: that a fetch of ours loses nothing that is only here, whatever refs there are and whatever the config says.
// Leaves: what git is told (test/shared/refs/fetch-plan.test.ts), and what a person is told (test/end-to-end).
//
// Made-up refs on both sides and made-up configs, fetched by real git. What goes wrong is told with its seed:
//   NOTHING_LOST_SEED=…     the cases of that seed
//   NOTHING_LOST_SECONDS=…  for about so many seconds (2; with HOSTILE_LONG=1 120)
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { configIn } from '../config/read-config.ts';
import { placeOf } from './git-place.ts';

const SECONDS = Number(process.env.NOTHING_LOST_SECONDS ?? (process.env.HOSTILE_LONG ? 120 : 2));
const SEED = process.env.NOTHING_LOST_SEED;

/** Objects by a letter; A ← B ← C and A ← D are commits, S and T tags of A and B, X and Y blobs. */
type Objects = Readonly<Record<Letter, string>>;
type Letter = 'A' | 'B' | 'C' | 'D' | 'S' | 'T' | 'X' | 'Y';
const COMMITS = ['A', 'B', 'C', 'D'] as const;
const ALL = [...COMMITS, 'S', 'T', 'X', 'Y'] as const;
const FORWARD = ['AB', 'AC', 'BC', 'AD'];

type Refs = Readonly<Record<string, Letter>>;

/** Some are parts of others' names. */
const OTHERS = ['tags/v1', 'tags/v1/x', 'tags/v2', 'notes/commits', 'notes/n', 'x/a', 'x/a/b', 'x/c', 'stash'];
const HEADS = ['heads/main', 'heads/a', 'heads/a/b'];
const TRACKED = ['remotes/o/main', 'remotes/o/gone', 'remotes/p/main', 'prefetch/x/c'];
const OWN_COPIES = ['rtags/o/v1', 'copies/main/c', 'replace/x'];

const refsAmong = (names: readonly string[]): fc.Arbitrary<Refs> =>
  fc
    .tuple(...names.map((name) => fc.option(fc.constantFrom(...(/^(?:heads|remotes)/.test(name) ? COMMITS : ALL)))))
    .map((letters) => {
      const refs: Record<string, Letter> = {};
      for (const [index, name] of names.entries()) {
        const letter = letters[index];
        const isInTheWay = Object.keys(refs).some(
          (ref) => `${ref}/`.startsWith(`refs/${name}/`) || `refs/${name}/`.startsWith(`${ref}/`),
        );
        if (letter && !isInTheWay) refs[`refs/${name}`] = letter;
      }
      return refs;
    });

const REFSPECS = [
  '+refs/heads/*:refs/remotes/o/*',
  'refs/heads/*:refs/remotes/o/*',
  '+refs/tags/*:refs/tags/*',
  'refs/tags/*:refs/tags/*',
  '+refs/tags/v*:refs/tags/v*',
  '+refs/notes/*:refs/notes/*',
  '+refs/x/*:refs/x/*',
  '+refs/*:refs/copies/*/c',
  '+refs/tags/*:refs/rtags/o/*',
  '+refs/x/*:refs/prefetch/x/*',
  '+refs/heads/*:refs/remotes/*',
  '+refs/x/c:refs/tags/v1',
  '+refs/heads/main:tags/v2',
  '+refs/s*:refs/s*',
  '^refs/x/c',
  '^refs/tags/v2',
];
const IN_BARE = ['+refs/heads/*:refs/heads/*', 'refs/*:refs/*', '+refs/heads/*:refs/*'];

const SETTINGS = [
  ['fetch.prune=true', 'remote.o.prune=true', 'remote.o.prune=false'],
  ['fetch.pruneTags=true', 'remote.o.pruneTags=true'],
  ['remote.o.tagOpt=--tags', 'remote.o.tagOpt=--no-tags'],
  ['fetch.showForcedUpdates=false', 'fetch.output=compact'],
  ['remote.p.fetch=+refs/heads/*:refs/remotes/o/*', 'remote.p.fetch=+refs/x/*:refs/x/*'],
  ['remote.o.mirror=true', 'remote.o.partialclonefilter=blob:none'],
] as const;

/** Symbolic refs to nothing; and what HEAD names, whether it is there or not. */
const TO_NOTHING = ['refs/x/a', 'refs/x/c', 'refs/notes/n', 'refs/heads/a'];
/** How a work tree can be on a branch: its file, and what is in that. */
const ON = {
  HEAD: (name: string) => `ref: refs/heads/${name}`,
  'rebase-merge/head-name': (name: string) => `refs/heads/${name}`,
  'rebase-apply/head-name': (name: string) => `refs/heads/${name}`,
  BISECT_START: (name: string) => name,
};
const BRANCHES = ['main', 'a', 'a/b'];

const cases = fc
  .record({
    bare: fc.boolean(),
    head: fc.constantFrom('nobody', ...BRANCHES),
    linked: fc.option(
      fc.record({
        name: fc.constantFrom(...BRANCHES),
        file: fc.constantFrom(...(Object.keys(ON) as (keyof typeof ON)[])),
      }),
    ),
    toNothing: fc.option(fc.constantFrom(...TO_NOTHING)),
    there: refsAmong([...HEADS, ...OTHERS]),
    here: refsAmong([...HEADS, ...OTHERS, ...TRACKED, ...OWN_COPIES]),
    refspecs: fc.uniqueArray(fc.constantFrom(...REFSPECS), { minLength: 1, maxLength: 4 }),
    inBare: fc.option(fc.constantFrom(...IN_BARE)),
    settings: fc.tuple(...SETTINGS.map((choices) => fc.option(fc.constantFrom(...choices)))),
    mode: fc.constantFrom('fetch', 'fetch', 'fetch', 'prefetch'),
  })
  .map(({ inBare, settings, ...made }) => ({
    ...made,
    refspecs: [...made.refspecs, ...(made.bare && inBare ? [inBare] : [])],
    settings: settings.flatMap((setting) => setting ?? []),
  }));

type Case = typeof cases extends fc.Arbitrary<infer Made> ? Made : never;

test('whatever the config, a fetch loses nothing that is only here', {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const scratch = makeScratch(onTestFinished);
  const { server, repo, objects } = await setUp(scratch);
  const seed = SEED ? Number(SEED) : Math.trunc(Math.random() * 2 ** 31);
  const told = { cases: 0, worked: 0, kept: 0, moved: 0 };
  const tryOne = async (made: Case): Promise<void> => {
    const { bare, there, here, refspecs, settings, mode } = made;
    const nothing = freeFor(made.toNothing, here);
    letGo(repo);
    setRefs(server, scratch, objects, there);
    setRefs(repo, scratch, objects, here);
    setHeld(repo, scratch, { ...made, toNothing: nothing });
    writeConfig(repo, bare, [
      `remote.o.url=${server.directory}`,
      ...refspecs.map((text) => `remote.o.fetch=${text}`),
      ...settings,
    ]);
    const config = await configIn(repo.directory, scratch.env);
    const read = readRemotes(config, { bare, env: scratch.env, pollMs: 60_000, fetchMode: 'fetch' });
    const remote = read.remotes.find(({ name }) => name === 'o');
    if (remote === undefined) return;
    const { plan } = remote;
    const request = { remote: remoteName('o'), mode: mode === 'fetch' ? ('fetch' as const) : ('prefetch' as const) };
    const outcome = await startFetch(placeOf(scratch, repo), { ...request, ...(plan && { plan }) }).finished;
    const after = refsOf(repo, scratch, objects);
    const own = Object.entries(here).filter(([ref]) => !/^refs\/(?:remotes|prefetch)\//.test(ref));
    // Called a mirror, with every ref under its own name: its refs are the remote's.
    const stored = refspecs.filter((text) => !text.startsWith('^'));
    const isSame = (text: string): boolean => /^\+?(.*):\1$/.test(text);
    if (bare && settings.includes('remote.o.mirror=true') && stored.every(isSame)) return;
    if (nothing !== undefined) expect(readFileSync(join(repo.directory, nothing), 'utf8')).toBe('ref: refs/nothing\n');
    for (const held of heldBranches(made))
      if (after[held] !== here[held])
        throw new Error(`${held}, which a work tree is on, was ${here[held] ?? 'not there'}`);
    for (const [ref, was] of own) {
      const now = after[ref];
      if (now !== was && !FORWARD.includes(`${was}${now}`))
        throw new Error(`${ref} was ${was} and is ${now ?? 'gone'}`);
      if (now !== was) told.moved += 1;
    }
    told.cases += 1;
    if (!outcome.ok) return;
    told.worked += 1;
    told.kept += outcome.leftOut?.length ?? 0;
    if (mode === 'prefetch' || refspecs.some((text) => text.startsWith('^'))) return;
    // What it may bring it has brought.
    const isForced = !refspecs.includes('refs/heads/*:refs/remotes/o/*');
    if (isForced && refspecs.includes('+refs/heads/*:refs/remotes/o/*'))
      for (const ref of Object.keys(there).filter((name) => name.startsWith('refs/heads/')))
        expect(after[ref.replace('refs/heads/', 'refs/remotes/o/')]).toBe(there[ref]);
    if (refspecs.includes('+refs/x/*:refs/x/*') || refspecs.includes('+refs/notes/*:refs/notes/*')) {
      const place = refspecs.includes('+refs/x/*:refs/x/*') ? 'refs/x/' : 'refs/notes/';
      for (const ref of Object.keys(there).filter((name) => name.startsWith(place))) {
        const isOut = outcome.leftOut?.some((left) => left.ref === ref);
        if (!isOut) expect({ [ref]: after[ref] }).toEqual({ [ref]: there[ref] });
      }
    }
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
  process.stderr.write(`NOTHING_LOST_SEED=${seed}: ${JSON.stringify(told)}\n`);
  // With time for none at all, too, it calls itself failed.
  if (details.counterexample !== null)
    throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
});

async function setUp(scratch: Scratch) {
  const server = await makeRepo(scratch, 'server.git', '--bare');
  const commit = (...parents: readonly string[]): string => {
    const tree = run(server, scratch, '', 'mktree');
    return run(
      server,
      scratch,
      '',
      'commit-tree',
      '-m',
      `${parents.length}${Math.random()}`,
      ...parents.flatMap((each) => ['-p', each]),
      tree,
    );
  };
  const [A, X, Y] = [
    commit(),
    run(server, scratch, 'x', 'hash-object', '-w', '--stdin'),
    run(server, scratch, 'y', 'hash-object', '-w', '--stdin'),
  ];
  const B = commit(A);
  const tagOf = (name: string, target: string): string =>
    run(server, scratch, `object ${target}\ntype commit\ntag ${name}\ntagger T <t@t> 0 +0000\n\n${name}\n`, 'mktag');
  const objects: Objects = { A, B, C: commit(B), D: commit(A), S: tagOf('s', A), T: tagOf('t', B), X, Y };
  // What is only here is to be lost by its ref alone: all objects are on both sides.
  const repo = await makeRepo(scratch, 'repo.git', '--bare');
  writeFileSync(join(repo.directory, 'objects', 'info', 'alternates'), `${join(server.directory, 'objects')}\n`);
  await repo.git('symbolic-ref', 'HEAD', 'refs/heads/nobody');
  return { server, repo, objects };
}

function run(repo: TestRepo, scratch: Scratch, input: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repo.directory, env: scratch.env, input, encoding: 'utf8' }).trimEnd();
}

function refsOf(repo: TestRepo, scratch: Scratch, objects: Objects): Record<string, Letter | undefined> {
  const letters = new Map(Object.entries(objects).map(([letter, object]) => [object, letter as Letter]));
  const lines = run(repo, scratch, '', 'for-each-ref', '--format=%(objectname) %(refname)').split('\n').filter(Boolean);
  return Object.fromEntries(lines.map((line) => [line.slice(41), letters.get(line.slice(0, 40))]));
}

function setRefs(repo: TestRepo, scratch: Scratch, objects: Objects, refs: Refs): void {
  const old = Object.keys(refsOf(repo, scratch, objects)).map((ref) => `delete ${ref}`);
  if (old.length > 0) run(repo, scratch, `${old.join('\n')}\n`, 'update-ref', '--stdin');
  const made = Object.entries(refs).map(([ref, letter]) => `create ${ref} ${objects[letter]}`);
  run(repo, scratch, `${made.join('\n')}\n`, 'update-ref', '--stdin');
}

/** Where no name here is a part of it, or the reverse. */
const freeFor = (ref: string | null, here: Refs): string | undefined =>
  Object.keys(here).some((other) => `${other}/`.startsWith(`${ref}/`) || `${ref}/`.startsWith(`${other}/`))
    ? undefined
    : (ref ?? undefined);

const heldBranches = ({ bare, head, linked }: Case): string[] =>
  [...(bare ? [] : [head]), ...(linked ? [linked.name] : [])].map((name) => `refs/heads/${name}`);

/** What no listing tells of, of the case before. */
function letGo({ directory }: TestRepo): void {
  rmSync(join(directory, 'worktrees'), { recursive: true, force: true });
  for (const ref of TO_NOTHING) {
    const file = join(directory, ref);
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() && readFileSync(file, 'utf8').startsWith('ref:'))
      rmSync(file);
  }
}

function setHeld(
  repo: TestRepo,
  scratch: Scratch,
  { head, linked, toNothing }: Omit<Case, 'toNothing'> & { toNothing: string | undefined },
): void {
  const write = (file: string, content: string): void => {
    const whole = join(repo.directory, file);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, `${content}\n`);
  };
  write('HEAD', `ref: refs/heads/${head}`);
  if (toNothing !== undefined) run(repo, scratch, '', 'symbolic-ref', toNothing, 'refs/nothing');
  if (linked === null) return;
  write('worktrees/w/commondir', '../..');
  write('worktrees/w/gitdir', join(scratch.directory, 'w', '.git'));
  write('worktrees/w/HEAD', 'ref: refs/heads/elsewhere');
  write(`worktrees/w/${linked.file}`, ON[linked.file](linked.name));
}

function writeConfig(repo: TestRepo, bare: boolean, entries: readonly string[]): void {
  const lines = entries.map((entry) => {
    const [key = '', value] = entry.split(/=(.*)/s);
    const [section = '', ...rest] = key.split('.');
    const name = rest.pop();
    return `[${section}${rest.length > 0 ? ` "${rest.join('.')}"` : ''}] ${name} = ${JSON.stringify(value)}`;
  });
  const core = `[core] repositoryformatversion = 0\n[core] bare = ${bare}\n`;
  writeFileSync(join(repo.directory, 'config'), `${core}${lines.join('\n')}\n`);
}

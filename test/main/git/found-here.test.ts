// Owns: that what a remote has and another has just brought is moved to here as git's own fetch would move it: refs, their logs, what hooks are told.
// Leaves: which moves these are (test/shared/refs/moves-here.test.ts), many by one git (move-together.test.ts), and a whole burst (test/end-to-end/burst.test.ts).
//
// Made-up mirrors and changes, by real git. What goes wrong is told with its seed:
//   FOUND_SEED=…     the cases of that seed
//   FOUND_SECONDS=…  for about so many seconds (6; with HOSTILE_LONG=1 120)
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { createFetchRequests, type FetchRequests } from '../../../src/main/git/fetch-requests.ts';
import type { Outcome, RunningOperation, Work } from '../../../src/main/git/operation.ts';
import { movesBetween, parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { parseObjectName, parseRefName, type Remote } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { configIn } from '../config/read-config.ts';
import { placeOf } from './git-place.ts';

const SECONDS = Number(process.env.FOUND_SECONDS ?? (process.env.HOSTILE_LONG ? 120 : 6));
const SEED = process.env.FOUND_SEED;

/** A ← B ← C and A ← D are commits, T is a tag of B. */
const COMMITS = ['A', 'B', 'C', 'D'] as const;
type Letter = (typeof COMMITS)[number] | 'T';
const NAMES = ['r1', 'r2', 'r3'] as const;

/** Of all mirrors, or of one that has its own way. */
const change = fc.record({
  who: fc.oneof({ weight: 5, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) }),
  refs: fc.dictionary(
    fc.constantFrom('refs/heads/main', 'refs/heads/w', 'refs/heads/w/x', 'refs/x/c', 'refs/tags/v1'),
    fc.option(fc.constantFrom<Letter>('A', 'B', 'C', 'C', 'D', 'T'), { freq: 8, nil: undefined }),
    { minKeys: 1, maxKeys: 2 },
  ),
  packs: fc.boolean(),
});
const cases = fc.record({
  changes: fc.array(change, { minLength: 2, maxLength: 5 }),
  refspec: fc.constantFrom(
    '+refs/heads/*:refs/remotes/%/*',
    '+refs/heads/*:refs/remotes/%/*',
    'refs/heads/*:refs/remotes/%/*',
    '+refs/*:refs/remotes/%/*',
  ),
  settings: fc.subarray(['fetch.showForcedUpdates=false', 'fetch.prune=true', 'core.logAllRefUpdates=always']),
  tagOpt: fc.option(fc.constantFrom('--no-tags', '--tags'), { freq: 2 }),
});
type Case = typeof cases extends fc.Arbitrary<infer Made> ? Made : never;

test('whatever moves on mirrors of one repository, it is moved here as fetches from each would move it', {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const scratch = makeScratch(onTestFinished);
  const { servers, one, other, objects, empty } = await setUp(scratch);
  const seed = SEED ? Number(SEED) : Math.trunc(Math.random() * 2 ** 31);
  const told = { cases: 0, fetches: 0, found: 0 };
  const tryOne = async ({ changes, refspec, settings, tagOpt }: Case): Promise<void> => {
    for (const server of servers) setRefs(server, scratch, { 'refs/heads/main': objects.A }, true);
    const entries = NAMES.flatMap((name, index) => [
      `remote.${name}.url=${servers[index]?.directory}`,
      `remote.${name}.fetch=${refspec.replaceAll('%', name)}`,
      ...(tagOpt ? [`remote.${name}.tagOpt=${tagOpt}`] : []),
    ]);
    for (const repo of [one, other]) {
      rmSync(repo.directory, { recursive: true });
      cpSync(empty.directory, repo.directory, { recursive: true });
      writeConfig(repo, [...entries, ...settings]);
      for (const name of NAMES) await repo.git('fetch', '--quiet', name);
      hookInto(repo);
    }
    const remotes = await remotesOf(one, scratch);
    const daemon = createDaemon(scratch, one);
    for (const { who, refs, packs } of changes) {
      const meant = servers.filter((_, index) => who === -1 || who === index);
      const before = servers.map((server) => listed(server, scratch));
      for (const server of meant) moveRefs(server, scratch, refs, objects);
      if (packs) for (const repo of [one, other]) run(repo, scratch, '', 'pack-refs', '--all');
      for (const [index, server] of servers.entries()) {
        const remote = remotes[index];
        if (remote === undefined) continue;
        const moves = movesBetween(before[index] ?? expect.unreachable(), listed(server, scratch), () => true);
        // That is another's affair: what is gone is never moved to.
        if (moves.some(({ tip }) => tip === undefined)) {
          const areWell = await Promise.all([one, other].map((repo) => plainFetch(repo, scratch, remote, true)));
          if (areWell.includes(false)) return;
          continue;
        }
        const tags = [...listed(server, scratch)].filter(([ref]) => ref.startsWith('refs/tags/'));
        const here = listed(one, scratch);
        const hasAllTags = !remote.refs.tags || tags.every(([ref, tip]) => here.get(ref) === tip);
        const { outcome, gits } = await daemon.fetch(remote, { moves, hasAllTags });
        told.fetches += 1;
        if (gits.some((args) => args.includes(' update-ref ')) && !gits.some((args) => args.includes(' fetch '))) {
          told.found += 1;
        }
        const isWell = await plainFetch(other, scratch, remote, false);
        // Of one that git does only in part it is not said here what is left.
        if (!isWell || !outcome.ok || outcome.leftOut) return;
        expect(allOf(one, scratch)).toEqual(allOf(other, scratch));
      }
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
  process.stderr.write(`FOUND_SEED=${seed}: ${JSON.stringify(told)}\n`);
  if (details.counterexample !== null)
    throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
});

/** The same in two clones of three mirrors, which have got B beside A. */
async function stage() {
  const scratch = makeScratch(onTestFinished);
  const { servers, one, objects } = await setUp(scratch);
  for (const server of servers) setRefs(server, scratch, { 'refs/heads/main': objects.A }, true);
  writeConfig(
    one,
    NAMES.flatMap((name, index) => [
      `remote.${name}.url=${servers[index]?.directory}`,
      `remote.${name}.fetch=+refs/heads/*:refs/remotes/${name}/*`,
    ]),
  );
  for (const name of NAMES) await one.git('fetch', '--quiet', name);
  for (const server of servers) setRefs(server, scratch, { 'refs/heads/main': objects.B }, false);
  const remotes = await remotesOf(one, scratch);
  const daemon = createDaemon(scratch, one);
  const [r1, r2, r3] = remotes;
  if (!r1 || !r2 || !r3) throw new Error('there are three');
  const moves = movesBetween(
    parseRefLines(`${objects.A} refs/heads/main`),
    parseRefLines(`${objects.B} refs/heads/main`),
    () => true,
  );
  const named = { moves, hasAllTags: true };
  const at = (name: string): string => run(one, scratch, '', 'rev-parse', `refs/remotes/${name}/main`);
  return { scratch, one, objects, daemon, r1, r2, r3, named, at, servers };
}

test('the first is fetched, and the others find it here, with what they moved told', async () => {
  const { daemon, r1, r2, named, objects, at } = await stage();
  const first = await daemon.fetch(r1, named);
  expect(first.gits.some((args) => args.includes(' fetch '))).toBe(true);
  const second = await daemon.fetch(r2, named);
  expect(second.gits.map((args) => / (fetch|update-ref) /.exec(args)?.[1])).toEqual(['update-ref']);
  expect(second.outcome).toEqual({ ok: true, isPart: true });
  const move = { ref: 'refs/remotes/r2/main', old: objects.A, new: objects.B, how: 'forwarded' };
  expect(second.work).toEqual({ moved: [move], tookMs: expect.any(Number) });
  expect(at('r2')).toBe(objects.B);
});

test('what is here at its place already asks for no git at all', async () => {
  const { daemon, r1, named } = await stage();
  await daemon.fetch(r1, named);
  const again = await daemon.fetch(r1, named);
  expect(again).toMatchObject({ gits: [], outcome: { ok: true, isPart: true, nothingNew: true }, work: { moved: [] } });
});

test.each([
  ['a tag of its may not be here', { hasAllTags: false }],
  ['others may have moved since it was told', { mayBeOld: true }],
])('it is fetched where %s', async (_why, part) => {
  const { daemon, r1, r2, named } = await stage();
  await daemon.fetch(r1, named);
  const { gits } = await daemon.fetch(r2, { ...named, ...part });
  expect(gits.some((args) => args.includes(' fetch '))).toBe(true);
});

test('it is fetched where the config is another than that by which git called it forward', async () => {
  const { one, daemon, r1, r2, named, objects, servers, scratch, at } = await stage();
  for (const remote of [r1, r2]) await daemon.fetch(remote, named);
  for (const server of servers) setRefs(server, scratch, { 'refs/heads/main': objects.D }, false);
  const ref = parseRefName('refs/heads/main') ?? expect.unreachable();
  const back = { moves: [{ ref, tip: parseObjectName(objects.D) }], hasAllTags: true };
  await one.git('config', 'fetch.showForcedUpdates', 'false');
  await daemon.fetch(r1, back);
  await one.git('config', '--unset', 'fetch.showForcedUpdates');
  await one.git('config', 'remote.r2.fetch', 'refs/heads/*:refs/remotes/r2/*');
  daemon.configChanged();
  const plain = { ...r2, refs: { ...r2.refs, refspecs: ['refs/heads/*:refs/remotes/r2/*'] } };
  expect((await daemon.fetch(plain, back)).gits.some((args) => args.includes(' fetch '))).toBe(true);
  expect([at('r1'), at('r2')]).toEqual([objects.D, objects.B]);
});

test('it is fetched where its name is new, and so is not there where the server hides it', async () => {
  const { scratch, one, daemon, r1, r2, objects, servers } = await stage();
  const [, hiding] = servers;
  await hiding?.git('config', 'transfer.hideRefs', 'refs/heads/hidden');
  for (const server of servers) setRefs(server, scratch, { 'refs/heads/hidden': objects.C }, false);
  const ref = parseRefName('refs/heads/hidden') ?? expect.unreachable();
  const named = { moves: [{ ref, tip: parseObjectName(objects.C) }], hasAllTags: true };
  await daemon.fetch(r1, named);
  await daemon.fetch(r2, named);
  const places = await one.git('for-each-ref', '--format=%(refname)', 'refs/remotes/*/hidden');
  expect(places).toBe('refs/remotes/r1/hidden');
});

test('it is fetched where what showed that it is here has moved away', async () => {
  const { scratch, one, daemon, r1, r2, named, objects, at } = await stage();
  await daemon.fetch(r1, named);
  run(one, scratch, '', 'update-ref', 'refs/remotes/r1/main', objects.A);
  const { gits } = await daemon.fetch(r2, named);
  expect(gits.some((args) => args.includes(' fetch '))).toBe(true);
  expect(at('r2')).toBe(objects.B);
});

test('it is fetched where git does not move the ref, whatever the reason', async () => {
  const { one, daemon, r1, r2, named, objects, at } = await stage();
  await daemon.fetch(r1, named);
  const hook = join(one.directory, 'hooks/reference-transaction');
  writeFileSync(
    hook,
    `#!/bin/sh\n[ "$1" != prepared ] || [ -e "${hook}.once" ] || { touch "${hook}.once"; exit 1; }\n`,
  );
  chmodSync(hook, 0o755);
  const { gits, outcome, work } = await daemon.fetch(r2, named);
  expect(gits.map((args) => / (fetch|update-ref) /.exec(args)?.[1])).toEqual(['update-ref', 'fetch']);
  expect(outcome).toEqual({ ok: true });
  expect(work.moved).toHaveLength(1);
  expect(at('r2')).toBe(objects.B);
});

test('one that is ended while it waits for a lock keeps no other', async () => {
  const { one, daemon, r1, r2, r3, named, objects, at } = await stage();
  await daemon.fetch(r1, named);
  const lock = join(one.directory, 'refs/remotes/r2/main.lock');
  writeFileSync(lock, '');
  const [second, third] = [daemon.start(r2, named), daemon.start(r3, named)];
  await until('git waits for it', () => daemon.gits().some((args) => args.includes(' update-ref ')));
  await second.end();
  expect(await second.finished).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  expect(await third.finished).toEqual({ ok: true, isPart: true });
  expect([at('r2'), at('r3')]).toEqual([objects.A, objects.B]);
  rmSync(lock);
});

interface Named {
  readonly moves: ReturnType<typeof movesBetween>;
  readonly hasAllTags: boolean;
  readonly mayBeOld?: boolean;
}

/** What the daemon does in a repository, one fetch after the other. */
function createDaemon(scratch: Scratch, repo: TestRepo) {
  const said: string[] = [];
  const place = { ...placeOf(scratch, repo), debug: (text: () => string) => said.push(text()) };
  const requests: FetchRequests = createFetchRequests({
    commonDir: repo.directory,
    besideDirectory: join(scratch.directory, 'beside'),
    placeFor: () => place,
    fetchMode: () => 'fetch',
    relayEnvironment: () => undefined,
    isShort: async () => false,
    mended: () => undefined,
  });
  // git 2.48 has the occasion to make each one's HEAD only then.
  const hadWhole = new Set<string>();
  const start = (remote: Remote, told: Named | undefined): RunningOperation => {
    if (!hadWhole.has(remote.name)) requests.done(remote, { ok: true }, { moved: [], tookMs: 0 });
    hadWhole.add(remote.name);
    const named = told && { mayBeOld: false, ...told, areMany: false };
    const nothing = (): void => undefined;
    const turn = { remote, started: nothing, paced: nothing, forgotten: nothing, done: nothing };
    const how = () => ({ looksForGone: named === undefined, ...(named && { named }) });
    return requests.of({ ...turn, how, named: () => named }).start();
  };
  const gits = (): string[] => said.filter((text) => text.startsWith('runs git '));
  const fetch = async (
    remote: Remote,
    told: Named | undefined,
  ): Promise<{ readonly outcome: Outcome; readonly work: Work; readonly gits: readonly string[] }> => {
    said.length = 0;
    const running = start(remote, told);
    const outcome = await running.finished;
    const work = running.work?.() ?? expect.unreachable();
    requests.done(remote, outcome, work);
    return { outcome, work, gits: gits() };
  };
  return { start, fetch, gits, configChanged: requests.configChanged };
}

async function setUp(scratch: Scratch) {
  const [first, empty] = [await makeRepo(scratch, 'r1.git', '--bare'), await makeRepo(scratch, 'empty.git', '--bare')];
  const tree = run(first, scratch, '', 'mktree');
  const commit = (name: string, ...parents: readonly string[]): string =>
    run(first, scratch, '', 'commit-tree', '-m', name, ...parents.flatMap((each) => ['-p', each]), tree);
  const A = commit('A');
  const B = commit('B', A);
  const T = run(first, scratch, `object ${B}\ntype commit\ntag t\ntagger T <t@t> 0 +0000\n\nt\n`, 'mktag');
  const objects = { A, B, C: commit('C', B), D: commit('D', A), T };
  const servers = [first];
  for (const name of NAMES.slice(1)) {
    const server = await makeRepo(scratch, `${name}.git`, '--bare');
    cpSync(join(first.directory, 'objects'), join(server.directory, 'objects'), { recursive: true });
    servers.push(server);
  }
  const [one, other] = [await makeRepo(scratch, 'one.git', '--bare'), await makeRepo(scratch, 'other.git', '--bare')];
  return { servers, empty, one, other, objects };
}

async function remotesOf(repo: TestRepo, scratch: Scratch): Promise<readonly Remote[]> {
  const read = readRemotes(await configIn(repo.directory, scratch.env), {
    ...{ bare: true, env: scratch.env, pollMs: 60_000, fetchMode: 'fetch' },
  });
  return NAMES.flatMap((name) => read.remotes.find((remote) => remote.name === name) ?? []);
}

/** As it is told of by its news: whether it prunes as well. */
async function plainFetch(repo: TestRepo, { env }: Scratch, remote: Remote, prunes: boolean): Promise<boolean> {
  const args = ['fetch', '--quiet', '--no-write-fetch-head', ...(prunes ? [] : ['--no-prune']), remote.name];
  try {
    execFileSync('git', args, {
      cwd: repo.directory,
      env: { ...env, GIT_REFLOG_ACTION: 'remote-daemon' },
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

function run(repo: TestRepo, { env }: Scratch, input: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repo.directory, env, input, encoding: 'utf8' }).trimEnd();
}

const listed = (repo: TestRepo, scratch: Scratch): RefAdvertisement =>
  parseRefLines(run(repo, scratch, '', 'for-each-ref', '--format=%(objectname) %(refname)'));

/** `isAll`: there are no others. */
function setRefs(repo: TestRepo, scratch: Scratch, refs: Readonly<Record<string, string>>, isAll: boolean): void {
  const gone = isAll ? [...listed(repo, scratch).keys()].filter((ref) => refs[ref] === undefined) : [];
  for (const lines of [
    gone.map((ref) => `delete ${ref}`),
    Object.entries(refs).map(([ref, at]) => `update ${ref} ${at}`),
  ])
    if (lines.length > 0) run(repo, scratch, `${lines.join('\n')}\n`, 'update-ref', '--stdin');
}

/** What stands in the way of a new name goes, and so does what is to be gone. */
function moveRefs(
  server: TestRepo,
  scratch: Scratch,
  changes: Readonly<Record<string, Letter | undefined>>,
  objects: Readonly<Record<Letter, string>>,
): void {
  const now = new Map<string, string>(listed(server, scratch));
  for (const [ref, letter] of Object.entries(changes)) {
    for (const name of [...now.keys()]) {
      if (name === ref || `${name}/`.startsWith(`${ref}/`) || `${ref}/`.startsWith(`${name}/`)) now.delete(name);
    }
    const isBranch = ref.startsWith('refs/heads/');
    if (letter !== undefined) now.set(ref, objects[isBranch && letter === 'T' ? 'C' : letter]);
  }
  setRefs(server, scratch, Object.fromEntries(now), true);
}

function writeConfig(repo: TestRepo, entries: readonly string[]): void {
  const lines = entries.map((entry) => {
    const [key = '', value] = entry.split(/=(.*)/s);
    const [section = '', ...rest] = key.split('.');
    const name = rest.pop();
    return `[${section}${rest.length > 0 ? ` "${rest.join('.')}"` : ''}] ${name} = ${JSON.stringify(value)}`;
  });
  const core = '[core] repositoryformatversion = 0\n[core] bare = true\n[gc] auto = 0\n';
  writeFileSync(join(repo.directory, 'config'), `${core}${lines.join('\n')}\n`);
}

/** Writes down all that git tells it. */
function hookInto(repo: TestRepo): void {
  const hook = join(repo.directory, 'hooks/reference-transaction');
  writeFileSync(hook, `#!/bin/sh\nwhile read -r line; do echo "$1 $line"; done >>"${repo.directory}/told"\n`);
  chmodSync(hook, 0o755);
}

/** All that can be seen of the refs of a repository, and of what became of them. How many are moved at once is of git's version. */
function allOf(repo: TestRepo, scratch: Scratch) {
  const logs = join(repo.directory, 'logs');
  const files = existsSync(logs) ? (readdirSync(logs, { recursive: true }) as string[]) : [];
  const entries = files.toSorted().flatMap((file) => {
    const text = file.startsWith('refs/') ? readIfFile(join(logs, file)) : undefined;
    return text === undefined ? [] : [[file, text.replace(/^(\S+ \S+).*\t/gm, '$1 ')]];
  });
  const told = readIfFile(join(repo.directory, 'told')) ?? '';
  return {
    refs: Object.fromEntries(listed(repo, scratch)),
    logs: Object.fromEntries(entries),
    told: told.split('\n').toSorted(),
  };
}

function readIfFile(place: string): string | undefined {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

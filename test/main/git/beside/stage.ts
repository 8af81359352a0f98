// Owns: what the tests of fetches beside a repository share: a server, two clones of it, and which ways of fetching were gone.
// Leaves: what is held of them (fetch-beside.test.ts, gives-way.test.ts).
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createBeside } from '../../../../src/main/git/beside/beside.ts';
import { startFetch } from '../../../../src/main/git/fetch.ts';
import type { GitPlace, RunningOperation } from '../../../../src/main/git/operation.ts';
import { unattendedGitEnvironment } from '../../../../src/shared/git-environment.ts';
import { remoteName } from '../../../../src/shared/remote.ts';
import type { AtEnd } from '../../../support/at-end.ts';
import {
  type Environment,
  makeRepo,
  makeScratch,
  openRepo,
  type Scratch,
  type TestRepo,
} from '../../../support/temp-repo.ts';
import { placeOf } from '../git-place.ts';

export interface StageOptions {
  readonly objects?: 'sha1' | 'sha256';
  readonly config?: readonly (readonly [key: string, value: string])[];
}

/** A server with `main` and `side`, two clones of it that are the same, and what has been run in the first. */
export async function stageBeside(atEnd: AtEnd, { objects = 'sha1', config = [] }: StageOptions = {}) {
  const made = makeScratch(atEnd);
  const scratch: Scratch = { ...made, env: { ...made.env, GIT_DEFAULT_HASH: objects } };
  const server = await makeRepo(scratch, 'server.git', '--bare');
  const tree = run(server, scratch.env, '', 'mktree');
  let commits = 0;
  /** Each has an object of its own besides. */
  const commit = (...parents: readonly string[]): string => {
    commits += 1;
    const blob = run(server, scratch.env, `${commits}`, 'hash-object', '-w', '--stdin');
    const full = run(server, scratch.env, `100644 blob ${blob}\tf\n`, 'mktree');
    return run(
      server,
      scratch.env,
      '',
      'commit-tree',
      '-m',
      `${commits}`,
      ...parents.flatMap((each) => ['-p', each]),
      full,
    );
  };
  const first = run(server, scratch.env, '', 'commit-tree', '-m', 'first', tree);
  for (const name of ['main', 'side']) await server.git('update-ref', `refs/heads/${name}`, first);
  const ours = await makeRepo(scratch, 'ours');
  for (const remote of ['o', 'p']) await ours.git('remote', 'add', '--no-tags', remote, server.directory);
  await ours.git('config', 'remote.p.fetch', 'refs/heads/*:refs/remotes/p/*');
  for (const [key, value] of config) await ours.git('config', key, value);
  await ours.git('fetch', '--quiet', '--all', '--no-write-fetch-head');
  cpSync(ours.directory, join(scratch.directory, 'gits'), { recursive: true });
  const gits = openRepo(join(scratch.directory, 'gits'), unattendedGitEnvironment(scratch.env));
  const gitRuns: string[] = [];
  const parent = join(ours.directory, '.git/remote-daemon');
  mkdirSync(parent, { mode: 0o700 });
  const beside = createBeside(join(parent, 'beside'), join(ours.directory, '.git'));
  const start = (named: readonly string[], remote = 'o', over: Partial<GitPlace> = {}): RunningOperation => {
    gitRuns.length = 0;
    const debug = (text: () => string): void => void gitRuns.push(text());
    const force = remote === 'o' ? '+' : '';
    const exact = named.map((name) => `${force}refs/heads/${name}:refs/remotes/${remote}/${name}`);
    const place = { ...placeOf(scratch, ours), debug, ...over };
    const refspecs = [`${force}refs/heads/*:refs/remotes/${remote}/*`];
    return startFetch(place, { remote: remoteName(remote), mode: 'fetch', refspecs, tags: 'none', exact, beside });
  };
  const fetch = (named: readonly string[], remote?: string) => start(named, remote).finished;
  const move = (branch: string, to: string): Promise<string> => server.git('update-ref', `refs/heads/${branch}`, to);
  return {
    scratch,
    server,
    ours,
    gits,
    commit,
    first,
    beside,
    parent,
    start,
    fetch,
    move,
    ways: () => waysIn(gitRuns),
  };
}

/** Which fetches there were. */
const waysIn = (runs: readonly string[]): string[] =>
  runs
    .filter((text) => /^runs git .* fetch /.test(text))
    .map((text) =>
      text.includes('core.hooksPath=/dev/null') ? 'beside' : / -- \w+ \+?refs/.test(text) ? 'exact' : 'whole',
    );

export function run(
  { directory }: Pick<TestRepo, 'directory'>,
  env: Environment,
  input: string,
  ...args: readonly string[]
): string {
  return execFileSync('git', args, { cwd: directory, env, input, encoding: 'utf8' }).trimEnd();
}

export const refsOf = ({ git }: TestRepo): Promise<string> => git('for-each-ref', '--format=%(objectname) %(refname)');

/** Without times. */
export function logsOf({ directory }: TestRepo): Readonly<Record<string, string>> {
  const logs = join(directory, '.git/logs');
  const files = readdirSync(logs, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(logs, file)).isFile(),
  );
  return Object.fromEntries(
    files.map((file) => [file, readFileSync(join(logs, file), 'utf8').replace(/> \d+ /g, '> ')]),
  );
}

export type Stage = Awaited<ReturnType<typeof stageBeside>>;

export const MAIN = 'refs/remotes/o/main';

/** `main` moves forward there and is fetched; what it was fetched by. */
export async function forward(
  { server, commit, move, fetch, ours, ways }: Stage,
  expected: object = { ok: true, isPart: true },
) {
  const tip = commit(await server.git('rev-parse', 'main'));
  await move('main', tip);
  expect(await fetch(['main'])).toEqual(expected);
  expect(await ours.git('rev-parse', MAIN)).toBe(tip);
  return ways();
}

/** git reads another file for this git dir than for all others, or for all below some folder. */
export function forGitDir({ scratch }: Stage, pattern: string): void {
  const file = join(scratch.directory, 'included');
  writeFileSync(file, '[fetch] unpackLimit = 7\n');
  appendFileSync(join(scratch.home, '.gitconfig'), `[includeIf "gitdir:${pattern}"] path = ${file}\n`);
}

// Owns: that no change of refs is missed, whatever is done to them in whatever order: by git, and by hand.
// Leaves: what single changes look like on the wire (server-watch-script.test.ts), and when they are told (server-watch-pace.test.ts).
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverWatch } from '../../../../src/shared/watch-protocol/server-watch.ts';
import { until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch, makeServerRepo, type TestRepo } from '../../../support/temp-repo.ts';
import { lacksShells, SHELLS, startWatcher } from './watcher-shell.ts';

const TESTED = 'random changes of refs under the watcher for servers';
const skipped = lacksShells(TESTED) || lacksPeers(TESTED, 'inotifywait');

const COMMITS = 4;
const NAMES = ['heads/a', 'heads/a/b', 'heads/a/b/c', 'heads/d', 'heads/d/e', 'heads/ü', 'tags/t', 'x/y/z'];

const name = fc.constantFrom(...NAMES).map((each) => `refs/${each}`);
const commit = fc.nat(COMMITS - 1).map((each) => `$c${each}`);

/** Lines for a shell in the repository; many fail, as the names are in each other's way. */
const CHANGE = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(name, commit).map(([ref, to]) => `git update-ref ${ref} ${to}`) },
  { weight: 4, arbitrary: name.map((ref) => `git update-ref -d ${ref}`) },
  { weight: 3, arbitrary: fc.constantFrom('git pack-refs --all', 'git pack-refs --all --no-prune') },
  { weight: 1, arbitrary: name.map((ref) => `git symbolic-ref refs/heads/alias ${ref}`) },
  { weight: 1, arbitrary: fc.constant('git symbolic-ref refs/heads/of-alias refs/heads/alias') },
  { weight: 1, arbitrary: fc.constantFrom('alias', 'of-alias').map((of) => `git symbolic-ref -d refs/heads/${of}`) },
  { weight: 1, arbitrary: name.map((ref) => `git symbolic-ref HEAD ${ref}`) },
  { weight: 2, arbitrary: fc.constantFrom('a d', 'd a', 'd a/b', 'a/b n/e/w').map((to) => `git branch -M ${to}`) },
  { weight: 2, arbitrary: fc.tuple(name, commit).map(([ref, to]) => `echo ${to} >new && mv new ${ref}`) },
  { weight: 1, arbitrary: name.map((ref) => `rm -rf ${ref}`) },
  {
    weight: 1,
    arbitrary: commit.map((to) => `seq 120 | sed "s|.*|update refs/many/& ${to}|" | git update-ref --stdin`),
  },
  { weight: 1, arbitrary: fc.constant('seq 120 | sed "s|.*|delete refs/many/&|" | git update-ref --stdin') },
  { weight: 1, arbitrary: fc.constantFrom('sleep 0.03', 'sleep 0.07') },
);
const MOVED_FOLDER = fc.constantFrom('mv refs/heads/a refs/heads/q', 'mv refs/heads/q refs/tags/q');
const ROUNDS = fc.array(
  fc.array(fc.oneof({ weight: 40, arbitrary: CHANGE }, MOVED_FOLDER), { maxLength: 6, minLength: 1 }),
  {
    maxLength: 12,
    minLength: 6,
  },
);

/** Object name of each ref, as git lists them. */
function listed({ directory }: TestRepo): Map<string, string> {
  const text = execFileSync('git', ['for-each-ref', '--format=%(refname) %(objectname)'], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Map(text.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]])));
}

/** What whoever is told knows of the refs: he lists them himself when he is connected, and where no names are told. */
function follow(repo: TestRepo) {
  const known = listed(repo);
  let names = 0;
  const forget = (): void => {
    known.clear();
    for (const [ref, tip] of listed(repo)) known.set(ref, tip);
  };
  const take = (line: string): void => {
    const message = serverWatch.parse(line);
    if (message?.kind === 'MOVED') known.set(message.ref, message.tip);
    else if (message?.kind === 'GONE') known.delete(message.ref);
    else if (message?.kind === 'UNSURE' || (message?.kind === 'DONE' && names === 0)) forget();
    else if (message?.kind !== 'DONE') throw new Error(`it says ${line}`);
    names = message.kind === 'MOVED' || message.kind === 'GONE' ? names + 1 : 0;
  };
  return { known, take };
}

type Refs = ReadonlyMap<string, string>;

function isSame(known: Refs, now: Refs): boolean {
  if (known.size !== now.size) return false;
  for (const [ref, tip] of now) if (known.get(ref) !== tip) return false;
  return true;
}

const differences = (known: Refs, now: Refs): string[] =>
  [...new Set([...known.keys(), ...now.keys()])]
    .filter((ref) => known.get(ref) !== now.get(ref))
    .map((ref) => `${ref} is ${now.get(ref)}, and was told to be ${known.get(ref)}`);

async function holds(shell: readonly [string, ...string[]], size: number, rounds: readonly (readonly string[])[]) {
  const ends: (() => unknown)[] = [];
  try {
    const scratch = makeScratch((end) => void ends.unshift(end));
    const repo = await makeServerRepo(scratch);
    const commits: string[] = [];
    for (let each = 0; each < COMMITS; each += 1) commits.push(await repo.pushCommit());
    await repo.git('pack-refs', '--all');
    const others = Array.from({ length: size }, (_each, index) => `${commits[0]} refs/pull/${100_000 + index}/head\n`);
    appendFileSync(join(repo.directory, 'packed-refs'), others.join(''));
    const { lines } = startWatcher((end) => void ends.unshift(end), { scratch, path: repo.directory, shell });
    await lines.next('READY inotifywait');
    const { known, take } = follow(repo);
    lines.listen(({ text }) => take(text));
    const variables = commits.map((each, index) => `c${index}=${each}`).join('\n');
    for (const round of rounds) {
      execFileSync('sh', ['-c', `${variables}\n${round.join('\n')}\n:`], {
        cwd: repo.directory,
        env: scratch.env,
        stdio: 'ignore',
      });
      const now = listed(repo);
      await until(`what was told is so after ${round.join('; ')}`, () => isSame(known, now)).catch((error) => {
        throw new Error(`${error.message}\n${differences(known, now).slice(0, 20).join('\n')}`);
      });
    }
    expect(lines.count(/^FAILED/)).toBe(0);
  } finally {
    for (const end of ends) await end();
  }
}

/** Of more than about 4 000, only a hash is kept. */
const SIZE = fc.constantFrom(0, 5_000);

/**
 * `RUNS=20` searches for others. Not by default: a ref that is made and taken away between two listings of the watcher,
 * and is seen meanwhile by whoever was told to look, is found to be gone at his next look only.
 */
const numRuns = Number(process.env.RUNS ?? 0) + 1;
/** What was told by name is packed, and is gone again before that is compared: then all is as it was listed before. */
const BACK = [
  ['git update-ref refs/heads/d $c1', 'git pack-refs --all'],
  ['git update-ref refs/heads/a $c2'],
  ['git pack-refs --all', 'sleep 0.2'],
  ['git update-ref -d refs/heads/a'],
];

describe.skipIf(skipped)('what is told, applied to what was, is what is', () => {
  test.each(SHELLS)('in %s', async (_name, shell) => {
    const property = fc.asyncProperty(SIZE, ROUNDS, (size, rounds) => holds(shell, size, rounds));
    await fc.assert(property, { numRuns, endOnFailure: true, examples: [[5_000, BACK]] });
  });
});

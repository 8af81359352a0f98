// Owns: refs by the ten thousand, each with a commit of its own, for servers and their clients: in seconds, as no push is made.
// Leaves: which of them move (ref-mover.ts), and what that costs (sections/refs.ts).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Environment, makeRepo, type Scratch } from '../support/temp-repo.ts';
import { type MadeRef, namesOf, packedRefs, type RefMix, refHere, stockStream } from './ref-names.ts';

const run = promisify(execFile);

export interface RefStock {
  /** A bare repository with the commits. */
  readonly directory: string;
  readonly refs: readonly MadeRef[];
}

/** Makes as many commits and annotated tags as refs are wanted, in one pack with a commit-graph, as `git gc` leaves it. */
export async function makeRefStock(scratch: Scratch, mix: RefMix): Promise<RefStock> {
  const names = namesOf(mix);
  const { directory, git } = await makeRepo(scratch, `stock-${names.length}.git`, '--bare');
  const marks = join(directory, 'marks');
  const options = [
    '-c',
    'fastimport.unpackLimit=1',
    'fast-import',
    '--quiet',
    '--force',
    '--done',
    `--export-marks=${marks}`,
  ];
  await gitWithInput(directory, scratch.env, options, stockStream(names));
  const made = new Map((await readFile(marks, 'utf8')).split('\n').map((line) => line.split(' ') as [string, string]));
  const madeBy = (mark: string): string => {
    const id = made.get(mark);
    if (id === undefined) throw new Error(`git fast-import has made no ${mark}`);
    return id;
  };
  const refs = names.map(({ ref, mark, tag }): MadeRef => {
    const commit = madeBy(`:${mark}`);
    return tag === undefined ? { ref, tip: commit } : { ref, tip: madeBy(`:${tag}`), peeled: commit };
  });
  await addRefs(directory, refs);
  await git('commit-graph', 'write', '--reachable', '--no-progress');
  return { directory, refs };
}

/** A repository on a server has all of them then, packed, beside its own. */
export async function plantOnServer({ directory, refs }: RefStock, repository: string): Promise<void> {
  await linkObjects(directory, repository);
  await addRefs(repository, refs);
}

/** A repository with these remotes knows of each what it tracks of it then, as after a fetch; its objects are its own. */
export async function plantHere(
  { directory, refs }: RefStock,
  repository: string,
  remotes: readonly string[],
): Promise<void> {
  const git = join(repository, '.git');
  await linkObjects(directory, git);
  const tags = refs.filter(({ ref }) => ref.startsWith('refs/tags/'));
  const tracked = remotes.flatMap((remote) =>
    refs.flatMap((made) => {
      const ref = refHere(made.ref, remote);
      return ref === undefined ? [] : [{ ...made, ref }];
    }),
  );
  await addRefs(git, [...tracked, ...tags]);
}

/** Hard links: they cost nothing, and what comes to one repository later is in none of the others. */
async function linkObjects(from: string, to: string): Promise<void> {
  await run('cp', ['--recursive', '--link', '--force', `${from}/objects/.`, `${to}/objects`]);
}

async function addRefs(gitDirectory: string, refs: readonly MadeRef[]): Promise<void> {
  await writeFile(join(gitDirectory, 'packed-refs'), packedRefs(refs), { flag: 'wx' });
}

async function gitWithInput(
  directory: string,
  env: Environment,
  args: readonly string[],
  input: string,
): Promise<void> {
  const child = spawn('git', args, { cwd: directory, env, stdio: ['pipe', 'ignore', 'inherit'] });
  // It may have ended before all is written; its status says so.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(input);
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`git ${args[0]} has ended with ${status}`);
}

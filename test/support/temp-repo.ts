// Owns: scratch directories with real git repositories that see nothing of this machine's own configuration.
// Leaves: servers in front of them (ssh-peer.ts, openssh-peer.ts), and the daemon (daemon.ts).
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AtEnd } from './at-end.ts';
import { endMarked, MARKER } from './processes.ts';

const run = promisify(execFile);

export type Environment = Readonly<Record<string, string>>;

export interface Scratch {
  readonly directory: string;
  /** $HOME of everything that runs here. */
  readonly home: string;
  /** The whole environment of everything that runs here; it carries the marker of processes.ts. */
  readonly env: Environment;
  /** The marker's value. */
  readonly id: string;
}

export interface TestRepo {
  readonly directory: string;
  /** Runs git there and gives its stdout, trimmed; throws with its stderr. */
  readonly git: (...args: readonly string[]) => Promise<string>;
}

export interface ServerRepo extends TestRepo {
  /** A clone that pushes to it by local path. */
  readonly writer: TestRepo;
  /** Commits in the writer, pushes (really, with a receive-pack) and gives the new commit's object name. */
  readonly pushCommit: (branch?: string) => Promise<string>;
}

const SETTINGS = `[init] defaultBranch = main
[advice] detachedHead = false
[gc] autoDetach = false
[protocol "file"] allow = always
`;

/** A temporary directory, with $HOME in it; at the end whatever still runs there is killed and all is removed. */
export function makeScratch(atEnd: AtEnd): Scratch {
  // Short, and without links: a unix socket path holds 107 bytes, and git names real paths.
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'grd-'));
  const home = join(directory, 'home');
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, '.gitconfig'), SETTINGS);
  const id = randomUUID();
  atEnd(async () => {
    await endMarked(id);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  });
  return { directory, home, id, env: isolated(home, id) };
}

/** A repository that exists already. */
export function openRepo(directory: string, env: Environment): TestRepo {
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run('git', args, { cwd: directory, env, maxBuffer: 2 ** 26 });
    return stdout.trimEnd();
  };
  return { directory, git };
}

/** A bare repository with one commit on `main`, and a clone that writes to it. */
export async function makeServerRepo(scratch: Scratch, name = 'server'): Promise<ServerRepo> {
  const bare = await makeRepo(scratch, `${name}.git`, '--bare');
  const writer = await makeRepo(scratch, `${name}-writer`);
  await writer.git('remote', 'add', 'origin', bare.directory);
  const pushCommit = async (branch = 'main'): Promise<string> => {
    const tip = await commit(writer);
    await writer.git('push', '--quiet', 'origin', `+HEAD:refs/heads/${branch}`);
    return tip;
  };
  await pushCommit();
  return { ...bare, writer, pushCommit };
}

/** An empty repository. */
export async function makeRepo(scratch: Scratch, name: string, ...options: readonly string[]): Promise<TestRepo> {
  await openRepo(scratch.directory, scratch.env).git('init', '--quiet', ...options, name);
  return openRepo(join(scratch.directory, name), scratch.env);
}

/** A clone of a local path, made without going through any server. `url` is then what `origin` is set to. */
export async function cloneRepo(scratch: Scratch, source: string, name: string, url = source): Promise<TestRepo> {
  await openRepo(scratch.directory, scratch.env).git('clone', '--quiet', source, name);
  const clone = openRepo(join(scratch.directory, name), scratch.env);
  await clone.git('remote', 'set-url', 'origin', url);
  return clone;
}

/** An empty commit on what is checked out. */
export async function commit(repo: TestRepo, message = 'A change'): Promise<string> {
  await repo.git('commit', '--quiet', '--allow-empty', '-m', `${message} (${randomUUID()})`);
  return repo.git('rev-parse', 'HEAD');
}

function isolated(home: string, id: string): Environment {
  const author = { NAME: 'A Tester', EMAIL: 'tester@example.invalid' };
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    // Git older than 2.32 reads $HOME/.gitconfig, which is the same file.
    GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: author.NAME,
    GIT_AUTHOR_EMAIL: author.EMAIL,
    GIT_COMMITTER_NAME: author.NAME,
    GIT_COMMITTER_EMAIL: author.EMAIL,
    LC_ALL: 'C',
    [MARKER]: id,
  };
}

// Owns: scratch directories with real git repositories that see nothing of this machine's own configuration.
// Leaves: servers in front of them (ssh-peer.ts, openssh-peer.ts), and the daemon (daemon.ts).
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Without the samples of hooks that git copies, and without a process at each push that finds nothing to be tidied. */
const SETTINGS = `[init] defaultBranch = main
[init] templateDir = ~/template
[receive] autogc = false
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
  for (const folder of ['hooks', 'info']) mkdirSync(join(home, 'template', folder), { recursive: true });
  shareCompiledCode(home);
  const id = randomUUID();
  atEnd(async () => {
    await endMarked(id);
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  });
  return { directory, home, id, env: isolated(home, id) };
}

/** What V8 makes of the built program: once for all tests, each of which has a home of its own. */
function shareCompiledCode(home: string): void {
  const top = checkout(dirname(fileURLToPath(import.meta.url)));
  if (top === undefined) return;
  const shared = join(top, 'node_modules/.cache/git-remote-daemon/code');
  mkdirSync(shared, { recursive: true, mode: 0o700 });
  mkdirSync(join(home, '.cache'), { mode: 0o700 });
  symlinkSync(shared, join(home, '.cache/git-remote-daemon'));
}

/** From the sources as well as from what is compiled of the tests; undefined: they run somewhere else. */
function checkout(folder: string): string | undefined {
  if (existsSync(join(folder, 'package.json'))) return folder;
  return dirname(folder) === folder ? undefined : checkout(dirname(folder));
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
  const [bare, writer] = [`${name}.git`, `${name}-writer`].map((one) => join(scratch.directory, one)) as [
    string,
    string,
  ];
  // Another than the usual one has a first commit of its own.
  await (name === 'server' ? copyOfServer(scratch, bare, writer) : newServer(scratch, bare, writer));
  appendFileSync(join(writer, '.git/config'), `[remote "origin"]\n\turl = ${bare}\n${TRACKING}`);
  const opened = openRepo(writer, scratch.env);
  const pushCommit = async (branch = 'main'): Promise<string> => {
    const tip = await commit(opened);
    await opened.git('push', '--quiet', 'origin', `+HEAD:refs/heads/${branch}`);
    return tip;
  };
  return { ...openRepo(bare, scratch.env), writer: opened, pushCommit };
}

const TRACKING = '\tfetch = +refs/heads/*:refs/remotes/origin/*\n';

async function newServer(scratch: Scratch, bare: string, writer: string): Promise<void> {
  await makeRepo(scratch, basename(bare), '--bare');
  const { git, directory } = await makeRepo(scratch, basename(writer));
  await commit({ git, directory });
  await git('push', '--quiet', bare, 'HEAD:refs/heads/main');
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
}

/** Made once by git for all tests of this process, since the dozen programs that it takes cost more than most tests. */
const templates = new Map<string | undefined, Promise<string>>();

async function copyOfServer(scratch: Scratch, bare: string, writer: string): Promise<void> {
  const { GIT_DEFAULT_HASH: hash } = scratch.env;
  const made = templates.get(hash) ?? makeTemplate(scratch);
  templates.set(hash, made);
  const from = await made;
  cpSync(join(from, 'server.git'), bare, { recursive: true });
  cpSync(join(from, 'server-writer'), writer, { recursive: true });
}

async function makeTemplate({ env }: Scratch): Promise<string> {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'grd-template-'));
  atProcessEnd(() => rmSync(directory, { recursive: true, force: true }));
  const [bare, writer] = [join(directory, 'server.git'), join(directory, 'server-writer')];
  await newServer({ directory, env, home: directory, id: '' }, bare, writer);
  return directory;
}

/** vitest ends its processes by that signal, which nothing else hears there. */
function atProcessEnd(release: () => void): void {
  process.once('exit', release);
  process.once('SIGTERM', () => {
    release();
    if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
  });
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
  if (url !== source) await clone.git('remote', 'set-url', 'origin', url);
  return clone;
}

/** An empty commit on what is checked out. */
export async function commit(repo: TestRepo, message = 'A change'): Promise<string> {
  const options = ['--quiet', '--allow-empty', '-m', `${message} (${randomUUID()})`];
  await repo.git('-c', 'maintenance.auto=false', 'commit', ...options);
  return tipOf(join(repo.directory, '.git')) ?? repo.git('rev-parse', 'HEAD');
}

/** What a loose HEAD leads to, read without a process; undefined: it is not as simple as that. */
function tipOf(gitDirectory: string): string | undefined {
  try {
    const branch = /^ref: (.+)\n$/.exec(readFileSync(join(gitDirectory, 'HEAD'), 'utf8'))?.[1];
    return branch === undefined ? undefined : readFileSync(join(gitDirectory, branch), 'utf8').trim();
  } catch {
    return undefined;
  }
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

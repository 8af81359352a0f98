// Owns: starting the git program: what comes of it where the system cannot, in whichever way Node tells that.
// Leaves: what it prints, how it ends (run-git.ts). Node's own spawn: execa took 20 ms of every start, and 2 of each git.
import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import type { Environment } from '../../shared/git-environment.ts';
import { type Exit, exitOf } from '../../shared/system/child-process.ts';

export interface SpawnedGit {
  /** Also its process group; undefined if it could not be started. */
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never settles for one that could not be started. */
  readonly exited: Promise<Exit>;
  /** Settles, with why, only for one that could not be started. */
  readonly failed: Promise<string>;
}

interface SpawnOptions {
  readonly cwd: string;
  /** The whole environment: nothing else is inherited. */
  readonly env: Environment;
  /** What git reads from its standard input; without it that is closed. */
  readonly input?: string;
}

/** Starts git as the leader of a process group of its own. */
export function spawnGit(args: readonly string[], { cwd, env, input }: SpawnOptions): SpawnedGit {
  let child: ChildProcess;
  try {
    const stdin = input === undefined ? 'ignore' : 'pipe';
    child = spawn('git', args, { cwd, env, detached: true, stdio: [stdin, 'pipe', 'pipe'] });
  } catch (error) {
    return notStarted(error);
  }
  const failed = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => child.pid === undefined && resolve(message));
  });
  // A git that has ended reads no more (EPIPE): its exit says the same.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined);
  child.stdin?.end(input);
  return {
    pid: child.pid,
    // None were made where there are no descriptors left.
    stdout: child.stdout ?? nothing(),
    stderr: child.stderr ?? nothing(),
    exited: exitOf(child),
    failed,
  };
}

/** ENOMEM, and what no program can be given, such as a NUL in an argument, Node throws. */
function notStarted(error: unknown): SpawnedGit {
  const message = error instanceof Error ? error.message : String(error);
  return {
    pid: undefined,
    stdout: nothing(),
    stderr: nothing(),
    exited: new Promise(() => undefined),
    failed: Promise.resolve(message),
  };
}

const nothing = (): Readable => Readable.from([]);

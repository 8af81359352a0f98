// Owns: moving refs on the server without the start of a process, and the moment at which they moved.
// Leaves: when, and which way (sections/, beside/).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { AtEnd } from '../support/at-end.ts';
import { createLineLog, logLines } from '../support/next-line.ts';
import { type Environment, openRepo } from '../support/temp-repo.ts';

/** Takes one line of `git update-ref --stdin`, such as `update refs/heads/main <tip>`; gives when that was done. */
export type RefWriter = (line: string) => Promise<number>;

export interface RefMover {
  /**
   * Makes the next commit, which nobody notices: what `move` then takes is only the ref's own time. Like no other, unless
   * it is said what it is: that is one and the same in all repositories.
   */
  readonly prepare: (which?: NextCommit) => Promise<string>;
  /** Moves `main` to a prepared commit, and says when that was done. */
  readonly move: (tip: string) => Promise<number>;
}

export interface NextCommit {
  readonly message: string;
  /** When it was made, in Unix seconds. */
  readonly atSeconds: number;
  /** Without it: what was prepared last. */
  readonly parent?: string;
}

/** Always to a new commit. */
export function createRefMover(atEnd: AtEnd, directory: string, env: Environment): RefMover {
  const write = createRefWriter(atEnd, directory, env);
  let parent = 'refs/heads/main';
  return {
    prepare: async (which = nextCommit()) => {
      const date = `${which.atSeconds} +0000`;
      const { git } = openRepo(directory, { ...env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
      parent = await git('commit-tree', '-m', which.message, '-p', which.parent ?? parent, 'refs/heads/main^{tree}');
      return parent;
    },
    move: (tip) => write(`update refs/heads/main ${tip}`),
  };
}

/** What a client knows of it from one remote is no news from another. */
export const nextCommit = (): NextCommit => ({
  message: randomUUID(),
  atSeconds: Math.floor(Date.now() / 1000),
});

/** Keeps one `git update-ref` at hand. */
export function createRefWriter(atEnd: AtEnd, directory: string, env: Environment): RefWriter {
  const child = spawn('git', ['update-ref', '--stdin'], { cwd: directory, env, stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createLineLog(`git update-ref in ${directory}`);
  logLines(child.stdout, answers);
  // It may have ended before it is written to; then no answer comes, which says so.
  child.stdin.on('error', () => child.stdin.destroy());
  atEnd(() => void child.kill());
  return async (line) => {
    child.stdin.write(`start\n${line}\ncommit\n`);
    return (await answers.next('commit: ok')).atMs;
  };
}

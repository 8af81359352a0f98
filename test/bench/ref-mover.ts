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
  /** Makes the next commit, which nobody notices: what `move` then takes is only the ref's own time. */
  readonly prepare: () => Promise<string>;
  /** Moves `main` to a prepared commit, and says when that was done. */
  readonly move: (tip: string) => Promise<number>;
}

/** Always to a new commit. */
export function createRefMover(atEnd: AtEnd, directory: string, env: Environment): RefMover {
  const repo = openRepo(directory, env);
  const write = createRefWriter(atEnd, directory, env);
  let parent = 'refs/heads/main';
  return {
    prepare: async () => {
      // Like no other: what a client knows from one remote is no news from another.
      parent = await repo.git('commit-tree', '-m', randomUUID(), '-p', parent, 'refs/heads/main^{tree}');
      return parent;
    },
    move: (tip) => write(`update refs/heads/main ${tip}`),
  };
}

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

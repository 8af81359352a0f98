// Owns: starting and ending posing-daemon.mjs, and a state directory for it.
// Leaves: what it does (posing-daemon.mjs).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type StateDirectory, stateDirectory } from '../../../src/main/instance/state-directory.ts';
import { createLineLog, type LineLog, logLines } from '../../support/next-line.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';

const SCRIPT = fileURLToPath(new URL('./posing-daemon.mjs', import.meta.url));

export interface Place {
  readonly scratch: Scratch;
  readonly repo: TestRepo;
  readonly directory: StateDirectory;
  readonly commonDir: string;
}

/** An empty repository, for this test only. */
export async function makePlace(): Promise<Place> {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'here');
  const commonDir = `${repo.directory}/.git`;
  return { scratch, repo, commonDir, directory: stateDirectory(commonDir) };
}

export interface Posing {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly lines: LineLog;
  readonly exited: Promise<unknown>;
}

/** Starts one; `words` are the mode and the ways of posing-daemon.mjs. */
export function pose(place: Place, ...words: readonly string[]): Posing {
  const child = spawn(process.execPath, [SCRIPT, place.commonDir, ...words], {
    env: place.scratch.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createLineLog(`posing daemon ${words.join(' ')}`);
  logLines(child.stdout, lines);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, pid: child.pid ?? -1, lines, exited };
}

/** Starts one and waits until it is there. */
export async function poseReady(place: Place, ...words: readonly string[]): Promise<Posing> {
  const posing = pose(place, ...words);
  await posing.lines.next('ready');
  return posing;
}

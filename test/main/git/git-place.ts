// Owns: what the tests of src/main/git share: a place to run git in, and scripts that stand in the way of it.
// Leaves: repositories and their isolation (support/temp-repo.ts).
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GitPlace, Outcome } from '../../../src/main/git/operation.ts';
import type { RunningFile } from '../../../src/main/git/running-file.ts';
import type { Scratch, TestRepo } from '../../support/temp-repo.ts';

export const run = promisify(execFile);

/** Notes nothing down. */
const UNRECORDED: RunningFile = { record: () => () => undefined };

export const placeOf = (scratch: Scratch, repo: TestRepo, running = UNRECORDED): GitPlace => ({
  directory: repo.directory,
  environment: scratch.env,
  running,
  commonDir: existsSync(join(repo.directory, '.git')) ? join(repo.directory, '.git') : repo.directory,
});

/** Writes an executable shell script into the scratch directory and gives its path. */
export function script(scratch: Scratch, name: string, ...lines: readonly string[]): string {
  const path = join(scratch.directory, name);
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
  return path;
}

/**
 * Has every upload-pack of this scratch directory run some shell lines just before it makes its pack: the fetch has
 * then read its refs, and not yet written any.
 */
export function beforeEachPack(scratch: Scratch, ...lines: readonly string[]): void {
  // Packs of what the hook runs are not hooked themselves: a git that fetches in it would else run it again, for ever.
  const once = 'if [ -n "$BEFORE_PACK" ]; then exec "$@"; fi; export BEFORE_PACK=1';
  const hook = script(scratch, 'before-pack', once, ...lines, 'exec "$@"');
  // git takes this key only from the user's own config, never from the repository's.
  const config = join(scratch.home, '.gitconfig');
  writeFileSync(config, `[uploadpack] packObjectsHook = ${hook}\n`, { flag: 'a' });
}

/** Makes a FIFO; a reader of it waits until somebody writes. */
export async function makeFifo(scratch: Scratch, name: string): Promise<string> {
  const path = join(scratch.directory, name);
  await run('mkfifo', [path]);
  return path;
}

export const failureCode = (outcome: Outcome): string => (outcome.ok ? 'ok' : outcome.failure.code);

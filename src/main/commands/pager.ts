// Owns: showing a long text by the user's pager, as git does.
// Leaves: the text (show-log.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { runSystemCommand } from '../host/system-command.ts';
import { workingDirectory } from '../host/working-directory.ts';
import type { Print } from './this-repository.ts';

/** As git gives them to its pager, where the user has not set them. */
const FOR_PAGERS = { LESS: 'FRX', LV: '-c' };
/** sh(1): it cannot be run, or is not there. */
const NOT_RUN: readonly (number | null)[] = [126, 127];

/** Resolves once he has left it. It is printed where there is no pager, or none that runs. Never rejects. */
export async function page(text: string, print: Print): Promise<void> {
  const pager = await pagerInUse();
  if (pager === undefined || NOT_RUN.includes(await readBy(pager, text))) print(text);
}

/** By GIT_PAGER, core.pager and PAGER; undefined: none is wanted, as also by `git --no-pager`, which sets GIT_PAGER to `cat`. */
async function pagerInUse(): Promise<string | undefined> {
  const outcome = await runSystemCommand('git', ['var', 'GIT_PAGER'], { cwd: workingDirectory(), env: process.env });
  const named = outcome.kind !== 'missing' && outcome.status === 0 ? outcome.stdout.trim() : 'less';
  return named === '' || named === 'cat' ? undefined : named;
}

async function readBy(pager: string, text: string): Promise<number | null> {
  const child = spawn('/bin/sh', ['-c', pager], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...FOR_PAGERS, ...process.env },
  });
  // A pager hears Ctrl-C as well, and most stop no more by it than their search.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  // It may be left before it has read all.
  child.stdin.on('error', ignore);
  child.stdin.end(text);
  const status = await exitOf(child);
  process.off('SIGINT', ignore);
  return status;
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(127));
  });

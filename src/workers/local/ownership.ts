// Owns: that a repository is read only where git would read it: git itself says whether its owner is one to be trusted.
// Leaves: reading it (repository-layout.ts, refs-on-disk.ts), and when to ask again (main/supervisor).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { answerOf } from '../answer-of.ts';
import { CommandNotStarted, type Output, refuseForNow, runForOutput } from '../run-command.ts';
import type { TransportReport } from '../transport.ts';

/** It looks at a few files. */
const ANSWER_MS = 10_000;
/** What git takes away from an upload-pack that it runs itself (connect.c, local_repo_env). */
const OF_OUR_REPOSITORY = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT', 'GIT_COMMON_DIR'];

/**
 * Throws a DaemonError with git's own words where its upload-pack refuses a repository for its owner, as a fetch from it
 * would be refused (git 2.39.4, 2.40.2, … 2.45.1 and later), and not-now where git could not say so just now. `path` is as
 * the URL has it, from `directory`. Told to close, it returns.
 */
export async function refuseAnotherOwner(
  path: string,
  directory: string,
  report: (report: TransportReport) => void,
  closing: AbortSignal,
): Promise<void> {
  const environment = {
    ...Object.fromEntries(OF_OUR_REPOSITORY.map((name) => [name, undefined])),
    GIT_PROTOCOL: 'version=2',
  };
  const noteChild = (pgid: number, running: boolean): void => report({ kind: 'child', pgid, running });
  // In protocol v2 it says what it can do, and looks at no ref.
  const ask = (signal: AbortSignal): Promise<Output> =>
    runForOutput('git', ['upload-pack', '--advertise-refs', '--', path], { directory, environment, signal, noteChild });
  const late = (): DaemonError => new DaemonError('timed-out', `git says nothing of ${printable(path)}`);
  try {
    const { exit, stderr } = await answerOf(ask, closing, { limitMs: ANSWER_MS, late });
    const why = whyRefused(stderr);
    if (why !== undefined) throw new DaemonError('remote-error', why);
    // Told to close it was ended by us.
    if (exit.signal !== null && !closing.aborted) throw new DaemonError('not-now', `git was ended by ${exit.signal}`);
  } catch (error) {
    if (closing.aborted) return;
    if (!(error instanceof CommandNotStarted)) throw error;
    // Where there is no git, nothing is fetched either.
    refuseForNow(error);
  }
}

/** In one line, with the command that git names; undefined: for another reason, or not at all. */
export function whyRefused(stderr: string): string | undefined {
  const [refusal] = /detected dubious ownership in repository at [^\n]*/.exec(stderr) ?? [];
  const [command] = /git config --global --add safe\.directory [^\n]*/.exec(stderr) ?? [];
  return refusal && printable(`git ${refusal}${command ? `; if you trust it: ${command}` : ''}`);
}

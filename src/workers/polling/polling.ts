// Owns: watching a remote that tells nothing: its refs are listed through git at an interval, and compared.
// Leaves: fetching what moved (main/git), and what git's complaints mean (shared/git-failures.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { CommandNotStarted, runForOutput } from '../run-command.ts';
import type { Closing, Transport } from '../transport.ts';

/** A remote that has not answered by then is taken for unreachable. */
const ANSWER_MS = 60_000;
/** Refs of about 500 000 branches; what is over is a remote that makes refs up. */
const ADVERTISEMENT_BYTES = 64 * 1024 * 1024;

/** Connected once it has answered. Every failure ends the link, so that the supervisor's backoff applies. */
export const pollThroughGit: Transport = async (task, report, closing) => {
  if (task.rung.kind !== 'poll') throw new DaemonError('unknown', `not to be polled: ${task.rung.kind}`);
  const { everyMs } = task.rung;
  let known = await listRefs(task, closing);
  report({ kind: 'connected', how: `git ls-remote every ${Math.round(everyMs / 1_000)} s`, relay: false });
  while (await pause(everyMs, closing.kindly)) {
    const current = await listRefs(task, closing);
    if (current !== known) report({ kind: 'moved' });
    known = current;
  }
};

/** The remote's ref advertisement as text. Throws a DaemonError; resolves only when git is gone. */
async function listRefs(task: LinkTask, closing: Closing): Promise<string> {
  const limit = AbortSignal.timeout(ANSWER_MS);
  const environment = unattendedGitEnvironment(process.env, task.sshCommand, task.repositoryVariables);
  const signal = AbortSignal.any([limit, closing.kindly]);
  const options = { directory: task.directory, environment, signal, mostBytes: ADVERTISEMENT_BYTES };
  try {
    const { exit, stdout, stderr } = await runForOutput('git', ['ls-remote', '--', task.remote], options);
    if (exit.status === 0) return stdout;
    const { code, detail } = gitFailure(stderr);
    throw new DaemonError(code, detail);
  } catch (error) {
    if (limit.aborted) throw new DaemonError('timed-out', `no answer within ${ANSWER_MS / 1_000} s`, { cause: error });
    if (error instanceof CommandNotStarted) throw new DaemonError('unreachable', error.message, { cause: error });
    throw error;
  }
}

/** Waits the interval, give or take a fifth, so that many remotes are not asked at one time; false: told to close. */
async function pause(intervalMs: number, closing: AbortSignal): Promise<boolean> {
  const waitMs = intervalMs * (0.8 + 0.4 * Math.random());
  return wait(waitMs, true, { signal: closing }).catch(() => false);
}

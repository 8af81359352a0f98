// Owns: finding out by a process of its own, within a limit, whether a place of this machine answers and is fit for git.
// Leaves: what is there (repository-layout.ts), and when it is asked (local-watch.ts, workers/transports.ts).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { parseRemoteUrl } from '../../shared/remote-uri.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { answerOf } from '../answer-of.ts';
import { ANSWER } from '../patience.ts';
import { CommandNotStarted, type CommandOptions, refuseForNow, runForOutput } from '../run-command.ts';
import type { TakeTurn, TransportReport } from '../transport.ts';
import { inTurn } from '../turns.ts';
import { script as LOOK_AT_PLACE } from './look-at-place.sh';
import { absolutePath, OPENED_BY_GIT } from './repository-layout.ts';

type Report = (report: TransportReport) => void;

/** A path. */
const MOST_BYTES = 8 * 1024;

/** Where a process hangs that nothing ends: another one would hang beside it. */
const hanging = new Set<string>();

/**
 * Throws timed-out for a place that does not answer, not-now where it cannot be asked just now, not-there for one in which
 * git would meet what is no file, and what the signal was aborted with. A disk that hangs keeps whoever touches it: so
 * that is another process, and neither this thread nor one of the few that all remotes share for their files.
 */
export async function lookFromAside(place: string, report: Report, closing: AbortSignal): Promise<void> {
  if (hanging.has(place)) throw silent(place);
  const noteChild = (pgid: number, running: boolean): void => {
    if (!running) hanging.delete(place);
    report({ kind: 'child', pgid, running });
  };
  const late = (): DaemonError => {
    hanging.add(place);
    return silent(place);
  };
  const ask = (signal: AbortSignal): Promise<string> => oddFileIn(place, { directory: '/', signal, noteChild });
  const odd = await answerOf(ask, closing, { limitMs: ANSWER.placeMs, late });
  if (odd) throw new DaemonError('not-there', `${printable(odd)} is no file, and git would wait for it`);
}

/** Polls of a path wait for the place to answer before they take the turn in which a server is asked. */
export function turnsAfterLook(task: LinkTask, report: Report, takeTurn: TakeTurn): TakeTurn {
  const location = parseRemoteUrl(task.url);
  // Only git knows where `~user` is.
  if (location.kind !== 'local' || /^~[^/]/.test(location.path)) return takeTurn;
  const place = absolutePath(location.path, task.directory, process.env.HOME);
  return async (gate, signal) => {
    await inTurn(takeTurn, { kind: 'look' }, signal, () => lookFromAside(place, report, signal));
    return takeTurn(gate, signal);
  };
}

/** Empty: there is none, or no shell to look with. */
async function oddFileIn(place: string, options: CommandOptions & { readonly signal: AbortSignal }): Promise<string> {
  try {
    const args = ['-c', LOOK_AT_PLACE, 'look', place, ...OPENED_BY_GIT];
    const { stdout } = await runForOutput('/bin/sh', args, { ...options, mostBytes: MOST_BYTES });
    return stdout.split('\n', 1)[0] ?? '';
  } catch (error) {
    if (!(error instanceof CommandNotStarted)) throw error;
    refuseForNow(error);
    return '';
  }
}

const silent = (place: string): DaemonError =>
  new DaemonError('timed-out', `${printable(place)} does not answer: its disk, or what serves it, hangs`);

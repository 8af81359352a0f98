// Owns: watching a remote by a command of the user's own: one link from its start to its end.
// Leaves: what its lines mean (hints.ts), how it is ended (end-group.ts), and starting it again (main/supervisor).
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createLineSplitter, type Line, WHY_SKIPPED } from '../../shared/control-protocol/line-splitter.ts';
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { wantedRefs } from '../../shared/refs/ref-advertisement.ts';
import { notifyCommand } from '../../shared/rungs/notify-command.ts';
import type { Exit } from '../../shared/system/child-process.ts';
import { readPaced } from '../../shared/system/paced-reading.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import type { Allowance } from '../../shared/timing/token-bucket.ts';
import { aborted, wait } from '../../shared/timing/wait.ts';
import { ENDING_COMMAND } from '../patience.ts';
import { remoteInTurn } from '../refs/in-turn.ts';
import { wholeOf } from '../refs/poll-loop.ts';
import { listThroughGit } from '../refs/poll-through-git.ts';
import { type Child, CommandNotStarted, startChild, startFailure } from '../run-command.ts';
import type { RemoteRefs, TakeTurn, Transport, TransportReport } from '../transport.ts';
import { type Complaints, createComplaints } from './complaints.ts';
import { endGroup } from './end-group.ts';
import { createHints } from './hints.ts';

/** By then a shell that finds no such command has said so. */
const SURELY_RUNS_MS = 200;
/** In bytes; a busy feed says less. Lines of one byte each then take a tenth of a processor. */
const PACE: Allowance = { most: 64 * 1024, perMs: 128 };

/** Connected when the command runs, at the latest with its first line. That it ends is a failure, whatever its status. */
export const watchByCommand: Transport = async (task, report, closing, takeTurn) => {
  if (task.rung.kind !== 'notify-command') throw new DaemonError('unknown', `no command to run: ${task.rung.kind}`);
  if (closing.kindly.aborted) return;
  const child = await startCommand(task.rung.command, task, report);
  const over = new AbortController();
  const log = (text: string): void => report({ kind: 'log', text });
  const complaints = createComplaints(log);
  const hints = createHints({ report, isWanted: wantedRefs(task.refs), over: over.signal });
  const onLine = (line: Line): void => {
    if (line.kind === 'line') hints.take(line.text);
    else log(`a line of its notify command is passed over: ${WHY_SKIPPED[line.why]}`);
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => report({ kind: 'received', bytes: chunk.length }));
  readLines(child.stdout, onLine, over.signal);
  readLines(child.stderr, complaints.take, over.signal);
  const ended = throwWhenEnded(child, complaints, over.signal);
  const closeAsked = aborted(closing.kindly);
  try {
    await Promise.race([ended, closeAsked, hints.first, wait(SURELY_RUNS_MS, over.signal)]);
    if (closing.kindly.aborted) return;
    const how = notifyCommand.describe(task.rung);
    report({ kind: 'connected', how, relay: false, refs: refsThroughGit(task, report, takeTurn) });
    hints.begin();
    await Promise.race([ended, closeAsked]);
  } finally {
    over.abort();
    await endGroup(child, closing.now);
  }
};

function readLines(stream: Readable, take: (line: Line) => void, over: AbortSignal): void {
  const splitter = createLineSplitter();
  readPaced(stream, (chunk) => splitter.push(chunk).forEach(take), { pace: PACE, over });
}

async function startCommand(
  command: string,
  { remote, directory, sshCommand, repositoryVariables }: LinkTask,
  report: (report: TransportReport) => void,
): Promise<Child> {
  const environment = {
    ...unattendedGitEnvironment(process.env, sshCommand, repositoryVariables),
    GIT_REMOTE_DAEMON_REMOTE: remote,
  };
  // Nothing here outlives this daemon: should it be killed, the next one ends what it has left.
  const noteChild = (pgid: number, running: boolean): void => report({ kind: 'child', pgid, running });
  try {
    return await startChild('sh', ['-c', command], { directory, environment, noteChild });
  } catch (error) {
    if (error instanceof CommandNotStarted) throw startFailure(error, 'dropped');
    throw error;
  }
}

async function throwWhenEnded(child: Child, complaints: Complaints, over: AbortSignal): Promise<never> {
  const allWritten = once(child.stderr, 'end').catch(() => undefined);
  const exit = await child.exited;
  await Promise.race([allWritten, wait(ENDING_COMMAND.lastWordsMs, over)]);
  const words = complaints.last();
  throw new DaemonError('dropped', `its notify command ${endingOf(exit)}${words && `: ${words}`}`);
}

/** What the shell's own statuses mean stands in POSIX (Shell & Utilities, 2.8.2). */
function endingOf({ status, signal }: Exit): string {
  if (status === null) return `was ended by ${signal}`;
  if (status === 127) return 'was not found (status 127)';
  if (status === 126) return 'cannot be executed (status 126)';
  return `has ended, with status ${status}; it is to run on`;
}

/** The command tells of changes; what there is, git is asked. */
function refsThroughGit(task: LinkTask, report: (report: TransportReport) => void, takeTurn: TakeTurn): RemoteRefs {
  const list = remoteInTurn((signal) => listThroughGit(task, report, signal), takeTurn, report);
  return { list: (signal) => list(signal).then(wholeOf), areHere: () => undefined };
}

// Owns: watching a remote that tells nothing, through git: its refs are listed as git reaches it.
// Leaves: comparing them (poll-loop.ts), fetching (main/git), and what git's complaints mean (shared/git-failures.ts).
import { callAccount, webAccount } from '../../shared/account.ts';
import { DaemonError } from '../../shared/failures.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { advised } from '../../shared/login-advice.ts';
import { gatherRefs } from '../../shared/refs/compact-refs.ts';
import { cutLines } from '../../shared/refs/listing-bytes.ts';
import { LISTING_BYTES, listingOptions } from '../../shared/refs/ref-advertisement.ts';
import type { LinkTask, Login } from '../../shared/thread-messages.ts';
import { CommandNotStarted, runForOutput, startFailure } from '../run-command.ts';
import type { ListingOptions, Transport, TransportReport } from '../transport.ts';
import { remoteInTurn } from './in-turn.ts';
import { type Listing, pollRefs } from './poll-loop.ts';

type Report = (report: TransportReport) => void;

/** Connected once it has answered. Every failure ends the link, so that the supervisor's backoff applies. */
export const pollThroughGit: Transport = async (task, report, closing, takeTurn, onDoubt) => {
  if (task.rung.kind !== 'poll') throw new DaemonError('unknown', `not to be polled: ${task.rung.kind}`);
  const { everyMs } = task.rung;
  const how = `git ls-remote every ${Math.round(everyMs / 1_000)} s`;
  const polling = {
    everyMs,
    wanted: task.refs,
    connected: { kind: 'connected', how, relay: false },
    list: remoteInTurn(
      (signal, options) => listThroughGit(task, report, signal, options),
      takeTurn,
      report,
      loginOf(task),
    ),
  } as const;
  await pollRefs(polling, report, closing.kindly, onDoubt);
};

/** git logs in each time; undefined: it does not, or only it knows how. */
function loginOf({ rung, url }: LinkTask): Login | undefined {
  const target = rung.kind === 'poll' ? rung.target : undefined;
  const account = target ? callAccount(target, process.env.SSH_AUTH_SOCK) : webAccount(url);
  return account && { account, by: 'program' };
}

/** By `git ls-remote`; of a remote with too many refs, only fetches see the rest. Throws a DaemonError, or what the signal was aborted with; settles only when git is gone. */
export async function listThroughGit(
  task: LinkTask,
  report: Report,
  signal: AbortSignal,
  { before }: ListingOptions = {},
): Promise<Listing> {
  // A server that says nothing keeps git for ever, also once this daemon was killed: the next one is to end it.
  const noteChild = (pgid: number, running: boolean): void => report({ kind: 'child', pgid, running });
  const received = (bytes: number): void => report({ kind: 'received', bytes });
  const environment = unattendedGitEnvironment(process.env, task.sshCommand, task.repositoryVariables);
  const listing = gatherRefs(before);
  const lines = cutLines(listing.line);
  const taking = { mostBytes: LISTING_BYTES, take: lines.push, received };
  const options = { directory: task.directory, environment, signal, noteChild, ...taking };
  try {
    const args = ['ls-remote', '--refs', ...listingOptions(task.refs), '--', task.remote];
    const { exit, isWhole, stderr } = await runForOutput('git', args, options);
    if (exit.status === 0) {
      lines.end();
      return { refs: listing.refs(), isCut: !isWhole || listing.isFull() };
    }
    // Who dies of it speaks to a helper that is gone, which has said why.
    const isTold = exit.signal === 'SIGPIPE' && stderr !== '';
    if (exit.signal !== null && !isTold) throw new DaemonError('not-now', `git ls-remote was ended by ${exit.signal}`);
    const { code, detail, said = [], ...more } = advised(gitFailure(stderr), task.remote);
    for (const line of said) report({ kind: 'log', text: `git said: ${line}` });
    throw new DaemonError(code, detail, more);
  } catch (error) {
    if (error instanceof CommandNotStarted) throw startFailure(error, 'unknown');
    throw error;
  }
}

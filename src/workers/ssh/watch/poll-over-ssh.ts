// Owns: watching a remote that tells nothing over one open connection: no login for each time its refs are listed.
// Leaves: the connection and the relay (ssh-link.ts), one listing (upload-pack/list-refs.ts), comparing (refs/poll-loop.ts).
import { DaemonError, type FailureCode } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { LinkTask } from '../../../shared/thread-messages.ts';
import { pollRefs, type RefPolling } from '../../refs/poll-loop.ts';
import type { Transport, TransportReport } from '../../transport.ts';
import { overSsh, type SshLink } from '../ssh-link.ts';

/** Polls over one connection; a server that will not have it, or where there is none to share, is left to `throughGit`. */
export function pollOverSsh(throughGit: Transport): Transport {
  return async (task, report, ...others) => {
    try {
      await overSsh('poll', (link) => pollLink(link, task))(task, report, ...others);
    } catch (error) {
      if (!(error instanceof LeaveToGit)) throw error;
      report({ kind: 'log', text: `its refs are listed through git, as ${printable(error.message)}` });
      await throughGit(task, error.wasConnected ? reportingTheGap(report) : report, ...others);
    }
  };
}

class LeaveToGit extends Error {
  override readonly name = 'LeaveToGit';
  readonly wasConnected: boolean;

  constructor(why: string, wasConnected: boolean, options?: ErrorOptions) {
    super(why, options);
    this.wasConnected = wasConnected;
  }
}

/** git would be told just the same. */
const SAME_FOR_GIT: ReadonlySet<FailureCode> = new Set(['unreachable', 'no-repository', 'auth-refused']);

async function pollLink(link: SshLink, task: LinkTask): Promise<void> {
  const { connection, refs: remoteRefs, relay, report, closing } = link;
  if (remoteRefs === undefined) throw new LeaveToGit(whyNotShared(connection), false);
  const { rung, refs } = task;
  if (rung.kind !== 'poll') throw new DaemonError('unknown', `not to be polled: ${rung.kind}`);
  const over = new AbortController();
  const close = (): void => over.abort();
  closing.kindly.addEventListener('abort', close, { once: true });
  if (closing.kindly.aborted) close();
  // Between two listings nothing else would tell that it is gone.
  void connection.gone.then((why) => over.abort(why));
  let answers = 0;
  const list: RefPolling['list'] = async (signal, options) => {
    const listed = await remoteRefs.list(signal, options);
    answers += 1;
    return { refs: listed, isCut: false };
  };
  const how = `listing its refs over ${connection.how} every ${Math.round(rung.everyMs / 1_000)} s`;
  const connected = { kind: 'connected', how, relay } as const;
  const polling = { everyMs: rung.everyMs, wanted: refs, connected, list, areHere: remoteRefs.areHere };
  try {
    await pollRefs(polling, report, over.signal);
    if (!closing.kindly.aborted) over.signal.throwIfAborted();
  } catch (error) {
    // One that serves a single command a login, or lets none wait for so long, shows that before it answered twice.
    const isOdd = answers < 2 && error instanceof DaemonError && !isSameForGit(error, over.signal.aborted);
    throw isOdd ? new LeaveToGit(error.detail, answers > 0, { cause: error }) : error;
  }
}

/** A connection that stands, and over which nothing is answered, may be so for us alone. */
const isSameForGit = ({ code }: DaemonError, isGone: boolean): boolean =>
  SAME_FOR_GIT.has(code) || (code === 'timed-out' && isGone);

const whyNotShared = ({ shared, how }: SshLink['connection']): string =>
  shared ? 'uploadpack is more than a program' : `it is reached by ${how}`;

/** What moves between the last listing here and the first through git is seen by neither. */
function reportingTheGap(report: (report: TransportReport) => void): (report: TransportReport) => void {
  return (message) => {
    report(message);
    if (message.kind === 'connected') report({ kind: 'moved' });
  };
}

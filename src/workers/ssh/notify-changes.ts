// Owns: watching a remote by `git-annex-shell notifychanges`: one link from its opening to its end.
// Leaves: the connection (open-connection.ts), the relay over it (relay.ts), and trying again (main/supervisor).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { createLineSplitter, type Line } from '../../shared/protocol/line-splitter.ts';
import { notification } from '../../shared/protocol/notification.ts';
import type { SshTarget } from '../../shared/remote.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { collect } from '../run-command.ts';
import type { Closing, Transport, TransportReport } from '../transport.ts';
import { aborted, wait } from '../wait.ts';
import type { Channel, Connection } from './connection.ts';
import { notifyFailure } from './notify-failures.ts';
import { openConnection } from './open-connection.ts';
import { notifyChangesCommand, uploadPackCommand } from './quote.ts';
import { openRelay, type Relay } from './relay.ts';

/** From asking for notifychanges to READY; git-annex may have to look at a big repository first. */
const READY_MS = 30_000;
/** How long notifychanges gets to end by itself once its stdin is closed. */
const GOODBYE_MS = 1_000;
/** So many lines in a row that are no notification are no accident any more. */
const MOST_ODD_LINES = 100;
const STDERR_BYTES = 8 * 1024;

type ReportTo = (report: TransportReport) => void;

/** Opens the link and listens until it is told to close or fails. A relay is offered where the connection is shared. */
export const watchByAnnexShell: Transport = async (task, report, closing) => {
  if (task.rung.kind !== 'annex-shell') throw new DaemonError('unknown', `not a rung of ssh: ${task.rung.kind}`);
  const { target } = task.rung;
  const log = (text: string): void => report({ kind: 'log', text });
  const { remote, directory, passphrases } = task;
  if (closing.kindly.aborted) return;
  const connection = await unlessClosing(
    closing,
    openConnection(target, { remote, directory, passphrases, log, signal: closing.kindly }),
  );
  if (connection === undefined) return;
  try {
    const relay = await offerRelay(task, target, connection, report);
    try {
      await unlessClosing(closing, listen({ target, connection, relay, report, closing }));
    } finally {
      await relay?.close(closing);
    }
  } finally {
    await connection.close(closing.now);
  }
};

/** What fails because it was told to close has not failed. */
async function unlessClosing<T>(closing: Closing, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (closing.kindly.aborted) return undefined;
    throw error;
  }
}

async function offerRelay(
  task: LinkTask,
  target: SshTarget,
  connection: Connection,
  report: ReportTo,
): Promise<Relay | undefined> {
  const command = uploadPackCommand(target);
  if (task.relaySocket === undefined || !connection.shared || command === undefined) return undefined;
  try {
    const activity = (): void => report({ kind: 'relay-activity' });
    return await openRelay(task.relaySocket, { connection, command, activity });
  } catch (error) {
    // git then logs in by itself.
    report({ kind: 'log', text: `no relay: ${printable(String(error))}` });
    return undefined;
  }
}

interface Link {
  readonly target: SshTarget;
  readonly connection: Connection;
  readonly relay: Relay | undefined;
  readonly report: ReportTo;
  readonly closing: Closing;
}

/** Runs notifychanges to its end: returns when told to close, throws when it ends otherwise. */
async function listen({ target, connection, relay, report, closing }: Link): Promise<void> {
  const over = new AbortController();
  const channel = await Promise.race([connection.exec(notifyChangesCommand(target)), throwWhenAborted(closing.kindly)]);
  const stderr = collect(channel.stderr, STDERR_BYTES);
  const how = `${target.annexShell} notifychanges over ${connection.how}`;
  const reader = readNotifications(channel, report, () =>
    report({ kind: 'connected', how, relay: relay !== undefined }),
  );
  const ended = channel.exit.then((exit) => {
    const broken = connection.failureBehind(exit, stderr.text());
    if (broken) throw broken;
    if (!reader.isReady()) throw notifyFailure(exit, stderr.text(), { shell: target.annexShell, host: target.host });
    throw new DaemonError('dropped', `${printable(target.host)} ended the notifications`);
  });
  const late = wait(READY_MS, AbortSignal.any([over.signal, reader.ready])).then(() => {
    if (!reader.isReady() && !over.signal.aborted)
      throw new DaemonError('timed-out', `no READY from ${target.annexShell}`);
  });
  try {
    await Promise.race([ended, reader.failed, late.then(() => ended), aborted(closing.kindly)]);
    await sayGoodbye(channel, closing);
  } finally {
    over.abort();
    channel.close();
  }
}

async function throwWhenAborted(signal: AbortSignal): Promise<never> {
  await aborted(signal);
  throw new DaemonError('dropped', 'told to close');
}

/** git-annex-shell ends when its stdin does. */
async function sayGoodbye(channel: Channel, closing: Closing): Promise<void> {
  channel.stdin.end();
  await Promise.race([channel.exit, wait(GOODBYE_MS, closing.now)]);
}

interface NotificationReader {
  /** Aborted at READY. */
  readonly ready: AbortSignal;
  readonly isReady: () => boolean;
  /** Rejects when what comes is no notifications at all; never resolves. */
  readonly failed: Promise<never>;
}

/** Turns what the server says into reports. A line that is no notification may hide one: it counts as `moved`. */
function readNotifications(channel: Channel, report: ReportTo, connected: () => void): NotificationReader {
  const ready = new AbortController();
  const splitter = createLineSplitter();
  let oddInARow = 0;
  const odd = (text: string): boolean => {
    report({ kind: 'log', text: `not a notification: ${printable(text)}` });
    if (ready.signal.aborted) report({ kind: 'moved' });
    oddInARow += 1;
    return oddInARow < MOST_ODD_LINES;
  };
  /** False when that was one odd line too many. */
  const take = (line: Line): boolean => {
    const message = line.kind === 'line' ? notification.parse(line.text) : undefined;
    if (message === undefined) return odd(line.kind === 'line' ? line.text : `a line that is ${line.why}`);
    if (message.kind === 'CHANGED' && !ready.signal.aborted) return odd(`${message.kind} before READY`);
    oddInARow = 0;
    if (message.kind === 'CHANGED') report({ kind: 'moved' });
    else if (!ready.signal.aborted) {
      ready.abort();
      connected();
    }
    return true;
  };
  const failed = new Promise<never>((_resolve, reject) => {
    const read = (chunk: Buffer): void => {
      if (splitter.push(chunk).every(take)) return;
      channel.stdout.off('data', read).resume();
      reject(new DaemonError('too-much-noise', `${MOST_ODD_LINES} lines in a row are no notifications`));
    };
    channel.stdout.on('data', read);
  });
  return { ready: ready.signal, isReady: () => ready.signal.aborted, failed };
}

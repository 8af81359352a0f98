// Owns: listening to one command on the server, line by line, until it ends or the link is told to close.
// Leaves: what its lines mean, and what its silence does (notify-changes.ts, server-watch.ts).

import { createLineSplitter, type Line } from '../../../shared/control-protocol/line-splitter.ts';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { ObjectName, RefMove } from '../../../shared/remote.ts';
import { collect } from '../../../shared/system/child-process.ts';
import { aborted, wait } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import type { Closing } from '../../transport.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';
import type { SshLink } from '../ssh-link.ts';

/** From asking for the command to READY; it may have to look at a big repository first. */
const READY_MS = 30_000;
/** How long the command gets to end by itself once its stdin is closed. */
const GOODBYE_MS = 1_000;
/** So many lines in a row that are no message are no accident any more. */
const MOST_ODD_LINES = 100;
/** Of so many in a row a person reads what they are about. */
const MOST_LOGGED_LINES = 10;
const STDERR_BYTES = 8 * 1024;

/** What a line means. */
export type Heard =
  /** `how` is for `status`. */
  | { readonly kind: 'ready'; readonly how: string }
  | { readonly kind: 'moved'; readonly refs?: readonly RefMove[]; readonly tips?: readonly ObjectName[] }
  /** Part of a message that is not complete, or nothing to be done about. */
  | { readonly kind: 'noted' }
  /** Ends the link. */
  | { readonly kind: 'failed'; readonly error: DaemonError };

/** Why there was no READY. */
export type NoReady = ChannelExit | { readonly kind: 'silence' } | { readonly kind: 'noise' };

export interface Watcher {
  readonly command: string;
  /** Sent to its stdin, which is then left open. */
  readonly input?: string;
  /** undefined: the line is no message. */
  readonly read: (line: string, isReady: boolean) => Heard | undefined;
  readonly failure: (why: NoReady, stderr: string) => DaemonError;
}

/** Runs the command to its end: returns when told to close, throws when it ends otherwise. */
export async function listen(link: SshLink, watcher: Watcher): Promise<void> {
  const { connection, closing, target } = link;
  const over = new AbortController();
  const channel = await Promise.race([connection.exec(watcher.command), throwWhenAborted(closing.kindly)]);
  if (watcher.input !== undefined) channel.stdin.write(watcher.input);
  const stderr = collect(channel.stderr, STDERR_BYTES);
  const reader = readLines(channel, link, watcher);
  const ended = channel.exit.then((exit) => {
    const broken = connection.failureBehind(exit, stderr.text());
    if (broken) throw broken;
    if (!reader.ready.aborted) throw watcher.failure(exit, stderr.text());
    throw new DaemonError('dropped', `${printable(target.host)} ended the notifications`);
  });
  const late = wait(READY_MS, AbortSignal.any([over.signal, reader.ready])).then(() => {
    if (!reader.ready.aborted && !over.signal.aborted) throw watcher.failure({ kind: 'silence' }, stderr.text());
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

/** What listens on the server ends when its stdin does. */
async function sayGoodbye(channel: Channel, closing: Closing): Promise<void> {
  channel.stdin.end();
  await within(channel.exit, GOODBYE_MS, closing.now);
}

interface LineReader {
  /** Aborted at READY. */
  readonly ready: AbortSignal;
  /** Rejects when a line says so, or what comes is no messages at all; never resolves. */
  readonly failed: Promise<never>;
}

/** Turns what the server says into reports. A line that is no message may hide one: after READY it counts as `moved`. */
function readLines(channel: Channel, { report, relay, refs }: SshLink, watcher: Watcher): LineReader {
  const ready = new AbortController();
  const splitter = createLineSplitter();
  let oddInARow = 0;
  const odd = (text: string): void => {
    oddInARow += 1;
    if (oddInARow <= MOST_LOGGED_LINES) report({ kind: 'log', text: `not a notification: ${printable(text)}` });
    if (ready.signal.aborted) report({ kind: 'moved' });
    if (oddInARow < MOST_ODD_LINES) return;
    if (!ready.signal.aborted) throw watcher.failure({ kind: 'noise' }, '');
    throw new DaemonError('too-much-noise', `${MOST_ODD_LINES} lines in a row are no notifications`);
  };
  const take = (line: Line): void => {
    const heard = line.kind === 'line' ? watcher.read(line.text, ready.signal.aborted) : undefined;
    if (heard === undefined) odd(line.kind === 'line' ? line.text : `a line that is ${line.why}`);
    else act(heard);
  };
  const act = (heard: Heard): void => {
    oddInARow = 0;
    if (heard.kind === 'failed') throw heard.error;
    if (heard.kind === 'moved') report(heard);
    if (heard.kind !== 'ready' || ready.signal.aborted) return;
    ready.abort();
    report({ kind: 'connected', how: heard.how, relay, ...(refs && { refs }) });
  };
  const failed = new Promise<never>((_resolve, reject) => {
    const read = (chunk: Buffer): void => {
      try {
        for (const line of splitter.push(chunk)) take(line);
      } catch (error) {
        channel.stdout.off('data', read).resume();
        reject(error);
      }
    };
    channel.stdout.on('data', read);
  });
  return { ready: ready.signal, failed };
}

// Owns: listening to one command on the server, line by line, until it ends or the link is told to close.
// Leaves: what its lines and its silence mean (notify-changes.ts, server-watch.ts), what is made of lines (reading.ts).
import { createLineSplitter, type Line } from '../../../shared/control-protocol/line-splitter.ts';
import { DaemonError } from '../../../shared/failures.ts';
import { gatherBytes } from '../../../shared/gathered-bytes.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { readPaced } from '../../../shared/system/paced-reading.ts';
import type { Allowance } from '../../../shared/timing/token-bucket.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { ANSWER, CLOSING } from '../../patience.ts';
import type { Closing } from '../../transport.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';
import type { SshLink } from '../ssh-link.ts';
import { createReading, type LineMeaning, type ReadingEffect } from './reading.ts';

const STDERR_BYTES = 8 * 1024;
/**
 * In bytes: a batch of 70 000 refs at once, as where a whole repository is pushed, and then 3 000 in a second, which
 * take a tenth of a processor. What waits for its turn stays with the server, so that no memory depends on this.
 */
export const PACE: Allowance = { most: 8 * 1024 * 1024, perMs: 256 };

/** Why there was no READY. */
export type NoReady = ChannelExit | { readonly kind: 'silence' } | { readonly kind: 'noise' };

export interface Watcher {
  readonly command: string;
  /** Sent to its stdin when it says that it waits for it; that is left open. */
  readonly input?: string;
  /** undefined: the line is no message. */
  readonly read: (line: string, isReady: boolean) => LineMeaning | undefined;
  readonly failure: (why: NoReady, stderr: string) => DaemonError;
}

/** Runs the command to its end: returns when told to close, throws when it ends otherwise. */
export async function listen(link: SshLink, watcher: Watcher): Promise<void> {
  const { connection, closing, target, onPhase } = link;
  onPhase('asking for a command', ANSWER.commandMs);
  const channel = await Promise.race([connection.exec(watcher.command), throwWhenAborted(closing.kindly)]);
  const over = new AbortController();
  const said = gatherBytes(STDERR_BYTES);
  readPaced(channel.stderr, said.add, { pace: PACE, over: over.signal });
  const stderr = (): string => new TextDecoder().decode(said.view());
  const reader = readLines(channel, link, watcher, over);
  const ended = channel.exit.then((exit) => {
    const broken = connection.failureBehind(exit, stderr());
    if (broken) throw broken;
    if (!reader.isReady()) throw watcher.failure(exit, stderr());
    throw new DaemonError('dropped', `${printable(target.host)} ended the notifications`);
  });
  const silence = reader.silent.then(() => {
    // Whether the program has logged in is not known until something is said.
    if (!connection.shared && !reader.hasHeard()) throw new DaemonError('unanswered', nothingSaid(target.host));
    throw watcher.failure({ kind: 'silence' }, stderr());
  });
  try {
    await Promise.race([ended, reader.failed, silence, aborted(closing.kindly)]);
    await sayGoodbye(channel, closing);
  } finally {
    reader.close();
    over.abort();
    channel.close();
  }
}

const nothingSaid = (host: string): string =>
  `${printable(host)} neither let the ssh program in nor refused it within ${(ANSWER.programLoginMs + ANSWER.readyMs) / 1_000} s`;

async function throwWhenAborted(signal: AbortSignal): Promise<never> {
  await aborted(signal);
  throw new DaemonError('dropped', 'told to close');
}

/** What listens on the server ends when its stdin does. */
async function sayGoodbye(channel: Channel, closing: Closing): Promise<void> {
  channel.stdin.end();
  await within(channel.exit, CLOSING.watcherMs, closing.now);
}

interface LineReader {
  readonly isReady: () => boolean;
  /** Whether anything has come at all. */
  readonly hasHeard: () => boolean;
  /** Resolves when there was no READY in time. */
  readonly silent: Promise<void>;
  /** Rejects when a line says so, or what comes is no messages at all; never resolves. */
  readonly failed: Promise<never>;
  readonly close: () => void;
}

/** Turns what the server says into reports, until it is over: that is what it says itself when a line ends the link. */
function readLines(
  channel: Channel,
  { report, relay, refs, onPhase, connection }: SshLink,
  watcher: Watcher,
  over: AbortController,
): LineReader {
  const splitter = createLineSplitter();
  const reading = createReading(() => performance.now());
  let isReady = false;
  let heard = false;
  let late: NodeJS.Timeout | undefined;
  let beSilent = (): void => undefined;
  const silent = new Promise<void>((resolve) => {
    beSilent = resolve;
  });
  const beginToWait = (limitMs: number): void => {
    clearTimeout(late);
    late = setTimeout(beSilent, limitMs);
    onPhase('waiting for READY', limitMs);
  };
  beginToWait(connection.loginMs + ANSWER.readyMs);
  const meaningOf = (line: Line): LineMeaning => {
    if (line.kind !== 'line') return { kind: 'odd', text: `a line that is ${line.why}` };
    return watcher.read(line.text, isReady) ?? { kind: 'odd', text: saidBy('the server', line.text) };
  };
  const carryOut = (effect: ReadingEffect): void => {
    switch (effect.kind) {
      case 'connected':
        isReady = true;
        clearTimeout(late);
        report({ kind: 'connected', how: effect.how, relay, ...(refs && { refs }) });
        break;
      case 'hand':
        // What went before is the account's own, and may have been slow.
        beginToWait(ANSWER.readyMs);
        channel.stdin.write(watcher.input ?? '');
        break;
      case 'moved':
      case 'unsure':
      case 'log':
        report(effect);
        break;
      case 'failed':
        throw effect.error;
      case 'noise':
        throw watcher.failure({ kind: 'noise' }, '');
      default:
        effect satisfies never;
    }
  };
  const failed = new Promise<never>((_resolve, reject) => {
    const read = (chunk: Buffer): void => {
      heard = true;
      try {
        for (const line of splitter.push(chunk)) reading(meaningOf(line)).forEach(carryOut);
      } catch (error) {
        over.abort();
        reject(error);
      }
    };
    readPaced(channel.stdout, read, { pace: PACE, over: over.signal });
  });
  return { isReady: () => isReady, hasHeard: () => heard, silent, failed, close: () => clearTimeout(late) };
}

// Owns: child processes of a worker: how they are started, and ended with all they started themselves.
// Leaves: which program, with which arguments (ssh/, refs/), and reading it (shared/system/child-process.ts).
// Node's own spawn: execa would cost each thread 2 MB and 50 ms, and nothing of what it adds is of use here.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { DaemonError, type FailureCode } from '../shared/failures.ts';
import { unattendedGitEnvironment } from '../shared/git-environment.ts';
import { printable } from '../shared/printable.ts';
import { allSaid, type Collected, collect, type Exit, exitOf, signalGroup } from '../shared/system/child-process.ts';
import { meaningOf } from '../shared/system/errno.ts';
import { errorCode } from '../shared/system/error-code.ts';
import { aborted } from '../shared/timing/wait.ts';
import { within } from '../shared/timing/within.ts';
import { CLOSING } from './patience.ts';

export interface Child {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The process is gone; whoever it started may still hold its stdout. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Whether `exited` has settled. */
  readonly isGone: () => boolean;
}

/** Hears when a child, which leads its process group, has begun, and when it has exited. */
export type NoteChild = (pgid: number, running: boolean) => void;

export interface CommandOptions {
  readonly directory: string;
  /**
   * Added to the environment of this process, of which what speaks of another command's repository is left out; undefined
   * takes a variable away.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly noteChild?: NoteChild;
}

/** A program that could not be started; `code` is that of the system, such as ENOENT. */
export class CommandNotStarted extends Error {
  override readonly name = 'CommandNotStarted';
  readonly code: string;

  constructor(program: string, code: string, options?: ErrorOptions) {
    super(`${program} could not be started: ${code}`, options);
    this.code = code;
  }
}

/** What its not being started comes to: `lasting`, unless it was only just now that the system could not start it. */
export function startFailure(cause: CommandNotStarted, lasting: FailureCode): DaemonError {
  const code = meaningOf(cause.code) === 'passes' ? 'not-now' : lasting;
  return new DaemonError(code, printable(cause.message), { cause });
}

/** Throws not-now if it was only just now that the system could not start it. */
export function refuseForNow(cause: CommandNotStarted): void {
  if (meaningOf(cause.code) === 'passes') throw startFailure(cause, 'not-now');
}

/** Starts a program as the leader of a process group of its own. Throws CommandNotStarted. */
export async function startChild(program: string, args: readonly string[], options: CommandOptions): Promise<Child> {
  const started = spawned(program, args, options);
  const exited = exitOf(started);
  const { pid, stdin, stdout, stderr } = started;
  if (pid === undefined) throw await whyNotStarted(started, program);
  options.noteChild?.(pid, true);
  let gone = false;
  void exited.then(() => {
    gone = true;
    options.noteChild?.(pid, false);
  });
  // A child that ended reads no more (EPIPE); its exit says the same, and is what callers wait for.
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
  return { pid, stdin, stdout, stderr, exited, isGone: () => gone };
}

/** By it peers let this process in (peer/client/token.ts): a secret, of use to no child. */
const NO_TOKEN = { GIT_ANNEX_P2P_AUTHTOKEN: undefined };

/** Of some errors (ENOMEM, EPERM) Node tells by throwing, of others (EAGAIN, ENOENT) by an event. */
function spawned(program: string, args: readonly string[], { directory, environment }: CommandOptions) {
  try {
    return spawn(program, args, {
      cwd: directory,
      env: { ...unattendedGitEnvironment(process.env), ...environment, ...NO_TOKEN },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (cause) {
    throw new CommandNotStarted(program, errorCode(cause) ?? 'unknown', { cause });
  }
}

async function whyNotStarted(child: ChildProcess, program: string): Promise<CommandNotStarted> {
  const [cause]: unknown[] = await once(child, 'error').catch((error: unknown) => [error]);
  return new CommandNotStarted(program, errorCode(cause) ?? 'unknown', { cause });
}

const LEFT_BEHIND: Exit = { status: null, signal: 'SIGKILL' };

/**
 * Ends a child in the order it can best obey: end of its stdin, SIGTERM, SIGKILL; `now` goes to the last at once.
 * Resolves when it is gone; what it had started in its group is then told to go as well. One that even SIGKILL does not
 * end, as the kernel keeps it for a disk that does not answer, is left behind. Of one that has ended by itself, what it
 * left is there on purpose, such as the daemon of git-credential-cache(1), and stays.
 */
export async function endChild(child: Child, now?: AbortSignal): Promise<Exit> {
  const endedByItself = child.isGone();
  child.stdin.end();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (await within(child.exited, CLOSING.childMs, now)) break;
    signalGroup(child.pid, now?.aborted ? 'SIGKILL' : signal);
  }
  await within(child.exited, CLOSING.killedMs);
  const exit = await Promise.race([child.exited, LEFT_BEHIND]);
  if (!endedByItself) signalGroup(child.pid, 'SIGTERM');
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  return exit;
}

export interface Output {
  readonly exit: Exit;
  readonly stdout: string;
  /** There was more of it than asked for. */
  readonly isCut: boolean;
  /** Its end was read. Else somebody holds it open, or this thread had no time to read on. */
  readonly isWhole: boolean;
  readonly stderr: string;
}

export interface OutputOptions {
  readonly signal: AbortSignal;
  readonly mostBytes?: number;
  /** So many bytes came in on its stdout. */
  readonly received?: (bytes: number) => void;
  /**
   * Gets its stdout as it comes, up to `mostBytes`; nothing of it is kept for `stdout` then. It is read on when what this
   * returns is resolved; what came before that, comes all the same.
   */
  readonly take?: (chunk: Uint8Array) => Promise<unknown> | undefined;
}

const USUAL_BYTES = 1024 * 1024;
/** What it complains of is for a person, and is looked through for what it means. */
const COMPLAINT_BYTES = 64 * 1024;

/** Runs a program to its end and returns what it said, each stream cut at a limit. Throws when aborted. */
export async function runForOutput(
  program: string,
  args: readonly string[],
  options: CommandOptions & OutputOptions,
): Promise<Output> {
  options.signal.throwIfAborted();
  const child = await startChild(program, args, options);
  const { mostBytes = USUAL_BYTES, take } = options;
  const said = take
    ? handOn(child.stdout, mostBytes, take)
    : { ...collect(child.stdout, mostBytes), isTaken: () => undefined };
  const complaints = collect(child.stderr, COMPLAINT_BYTES);
  child.stdout.on('data', (chunk: Buffer) => options.received?.(chunk.length));
  child.stdin.end();
  const saidAll = allSaid([child.stdout, child.stderr]);
  const finished = child.exited.then(said.isTaken).then(() => within(saidAll, CLOSING.lastWordsMs));
  await Promise.race([finished, aborted(options.signal)]);
  const isWhole = child.stdout.readableEnded && !said.isCut();
  const exit = await endChild(child, options.signal);
  options.signal.throwIfAborted();
  return { exit, stdout: said.text(), isCut: said.isCut(), isWhole, stderr: complaints.text() };
}

/** As `collect`, to one who reads it as it comes. `isTaken`: resolves when that goes on. */
function handOn(
  stream: Readable,
  mostBytes: number,
  take: NonNullable<OutputOptions['take']>,
): Collected & { readonly isTaken: () => Promise<unknown> | undefined } {
  let bytes = 0;
  let taken: Promise<unknown> | undefined;
  stream.on('data', (chunk: Buffer) => {
    const piece = chunk.subarray(0, Math.max(0, mostBytes - bytes));
    bytes += chunk.length;
    const busy = piece.length > 0 ? take(piece) : undefined;
    if (!busy) return;
    stream.pause();
    taken = busy.then(() => stream.resume());
  });
  return { text: () => '', isCut: () => bytes > mostBytes, isTaken: () => taken };
}

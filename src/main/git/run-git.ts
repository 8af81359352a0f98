// Owns: running the git program: its own process group, no input but what is given, its exit, its signs of life.
// Leaves: which commands (fetch.ts, push.ts, …), and what its complaints mean (shared/git-failures.ts). The only execa in main.
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import type { Environment } from '../../shared/git-environment.ts';
import { allSaid, collect, exitOf } from '../../shared/system/child-process.ts';
import { within } from '../../shared/timing/within.ts';
import { endGroup } from '../host/process-group.ts';
import { ENDING_GIT, GIT_QUERY_MS } from '../patience.ts';
import { createLastWords } from './last-words.ts';

export interface GitCall {
  readonly cwd: string;
  /** The whole environment: nothing else is inherited. */
  readonly env: Environment;
  /** What git reads from its standard input; without it that is closed. */
  readonly input?: string;
  /** Is told what is run, and how it ended. */
  readonly debug?: Debug;
}

/** Tells in the log what is done; the text is made only where it is wanted. */
export type Debug = (text: () => string) => void;

export interface GitExit {
  /** undefined: a signal ended it, or it could not be started; `stderr` says which. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** Its last STDERR_CHARACTERS, progress left out. */
  readonly stderr: string;
  /** There was more on stdout, or its end was not read: somebody whom git left behind holds it open. */
  readonly isPart?: true;
}

export interface GitProcess {
  /** Its process group; undefined if it could not be started. */
  readonly pgid: number | undefined;
  /** Settles when git itself has exited, whoever still holds its output. Never rejects. */
  readonly exited: Promise<GitExit>;
  /** Ends git and all it started, and returns when they are gone. `graceMs`: how long they may take to obey SIGTERM. */
  readonly end: (graceMs?: number) => Promise<void>;
}

export interface QueryResult extends GitExit {
  /** It exited with 0 and all it printed is here. */
  readonly ok: boolean;
}

const STDOUT_BYTES = 64 * 1024 * 1024;
export const STDERR_CHARACTERS = 32 * 1024;

/** Starts git; `onSign` is called for everything it prints, with what is on its stderr. */
export function startGit(args: readonly string[], call: GitCall, onSign?: (said: string) => void): GitProcess {
  const { cwd, env, input, debug } = call;
  const beganMs = performance.now();
  const child = execa('git', args, {
    cwd,
    env,
    extendEnv: false,
    detached: true,
    // execa's own ending would reach git but not git's children.
    cleanup: false,
    reject: false,
    buffer: false,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  debug?.(() => `runs git ${args.join(' ')} (pid ${child.pid ?? 'none'})`);
  const stdout = collect(child.stdout, STDOUT_BYTES);
  if (onSign) child.stdout.on('data', () => onSign(''));
  const stderr = gatherLast(child.stderr, STDERR_CHARACTERS, onSign);
  let running = true;
  let giveUp = (): void => undefined;
  const exited = new Promise<GitExit>((resolve) => {
    const settle = (status: number | undefined, note: string): void => {
      const isPart = stdout.isCut() || !child.stdout.readableEnded;
      const exit = { status, stdout: stdout.text(), stderr: stderr() + note, ...(isPart && { isPart }) };
      debug?.(() => exitLine(args, exit, performance.now() - beganMs));
      resolve(exit);
    };
    giveUp = () => settle(undefined, 'fatal: git cannot be ended: it hangs in the kernel\n');
    void exitOf(child).then(async ({ status, signal }) => {
      running = false;
      const streams = [child.stdout, child.stderr];
      await within(allSaid(streams), ENDING_GIT.lastWordsMs);
      // That time may have gone by with nobody reading, as where the machine slept; at once, where its end was read.
      await within(allSaid([child.stdout]), ENDING_GIT.lastWordsMs);
      if (stdout.isCut()) settle(undefined, 'fatal: git printed too much\n');
      else settle(status ?? undefined, signal ? `fatal: git was ended by ${signal}\n` : '');
      for (const stream of streams) stream.destroy();
    });
    void child.then(({ originalMessage = 'for no known reason' }) => {
      if (child.pid === undefined) settle(undefined, `fatal: ${whyNotStarted(cwd, originalMessage)}\n`);
    });
  });
  const endAll = async (graceMs?: number): Promise<void> => {
    // Once it has been reaped, its number may be another's.
    if (running && child.pid !== undefined) await endGroup(child.pid, graceMs);
    // One that the kernel keeps, as a disk does not answer, is waited for no longer: others want the turn.
    if (!(await within(exited, ENDING_GIT.killedMs))) giveUp();
    await exited;
  };
  let ended: Promise<void> | undefined;
  return {
    pgid: child.pid,
    exited,
    end: (graceMs) => {
      ended ??= endAll(graceMs);
      return ended;
    },
  };
}

/** Runs a quick git command that only reads. */
export async function gitQuery(args: readonly string[], call: GitCall): Promise<QueryResult> {
  const git = startGit(args, call);
  const timer = setTimeout(() => void git.end(), GIT_QUERY_MS);
  const exit = await git.exited;
  clearTimeout(timer);
  if (exit.isPart && exit.status === 0)
    return { ...exit, ok: false, stderr: `${exit.stderr}fatal: not all that git printed was read\n` };
  return { ...exit, ok: exit.status === 0 };
}

function exitLine(args: readonly string[], { status, stderr }: GitExit, tookMs: number): string {
  const how = status === undefined ? 'did not end by itself' : `exited with ${status}`;
  const last = status === 0 ? undefined : stderr.trimEnd().split('\n').at(-1);
  const command = args.find((arg, at) => !arg.startsWith('-') && !['-c', '-C'].includes(args[at - 1] ?? ''));
  return `git ${command} ${how} after ${tookMs.toFixed(0)} ms${last ? `: ${last}` : ''}`;
}

function whyNotStarted(cwd: string, message: string): string {
  if (!existsSync(cwd)) return `git cannot run in ${cwd}: there is no such directory`;
  return message.includes('ENOENT')
    ? 'git was not found; is it installed and on PATH?'
    : `git did not start: ${message}`;
}

function gatherLast(stream: Readable, mostCharacters: number, onSign?: (said: string) => void): () => string {
  const words = createLastWords(mostCharacters);
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    onSign?.(chunk);
    words.push(chunk);
  });
  return words.text;
}

// Owns: running the built program as a child: its lines, its orders, its end, and that it leaves nothing running.
// Leaves: building it (set-up.mjs), repositories and servers (temp-repo.ts, ssh-peer.ts, openssh-peer.ts).
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AtEnd } from './at-end.ts';
import { createLineLog, LIMIT_MS, type LineLog, logLines, until } from './next-line.ts';
import { endMarked, type FoundProcess, killQuietly, MARKER, processesMarked } from './processes.ts';
import type { Environment } from './temp-repo.ts';

export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Daemon {
  readonly pid: number;
  /** Its next line that matches and was not handed out before; see LineLog.next. */
  readonly line: LineLog['next'];
  readonly lines: LineLog;
  /** Lines to its stdin, in one write. */
  readonly send: (...lines: readonly string[]) => void;
  readonly write: (bytes: string | Uint8Array) => void;
  readonly closeInput: () => void;
  /** Reads no more of its stdout, as a parent that is gone. */
  readonly closeOutput: () => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly exit: Promise<Exit>;
  /** Waits for its exit, for nothing of it to be left running, and for its last lines: all it said can be counted then. */
  readonly gone: (limitMs?: number) => Promise<Exit>;
  readonly stderr: () => string;
  /** Tells that there is more of its stderr. */
  readonly onLog: (listener: () => void) => void;
  /** All it has running, itself included: whatever inherited its marker. */
  readonly processes: () => readonly FoundProcess[];
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built `git-remote-daemon`, from the sources as well as from what is compiled of the tests. */
export const PROGRAM = findProgramFile(dirname(fileURLToPath(import.meta.url)));

/**
 * Starts `git-remote-daemon --foreground` (or with other arguments); at the end it is killed with all it started.
 * `through`: words that go before it, of a command that becomes it, such as `nsenter … `.
 */
export function startDaemon(
  atEnd: AtEnd,
  directory: string,
  env: Environment,
  args: readonly string[] = ['--foreground'],
  through: readonly string[] = [],
): Daemon {
  const id = randomUUID();
  const [program, ...words] = [...through, process.execPath, PROGRAM, ...args] as [string, ...string[]];
  const child = spawn(program, words, {
    cwd: directory,
    env: { ...env, [MARKER]: id },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = createLineLog('the daemon', () => `Its stderr:\n${said || '  nothing'}\n`);
  logLines(child.stdout, lines);
  // It may be gone before what is written to it arrives; its exit tells.
  child.stdin.on('error', () => child.stdin.destroy());
  const exit = exitOf(child);
  // Not only its exit: what it said last may still be in the pipe then.
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const processes = (): FoundProcess[] => processesMarked(id);
  atEnd(async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) killQuietly(child.pid);
    await endMarked(id);
    await exit;
  });
  return {
    pid: child.pid ?? -1,
    line: lines.next,
    lines,
    send: (...orders) => void child.stdin.write(orders.map((order) => `${order}\n`).join('')),
    write: (bytes) => void child.stdin.write(bytes),
    closeInput: () => void child.stdin.end(),
    closeOutput: () => void child.stdout.destroy(),
    signal: (signal) => void child.kill(signal),
    exit,
    gone: async (limitMs = LIMIT_MS) => {
      const ended = await withinLimit(exit, limitMs, () => `the daemon has not ended. Its stderr:\n${said}`);
      await until(
        () => `nothing of the daemon is left running, but ${listed(processes())}`,
        () => processes().length === 0,
        limitMs,
      );
      await withinLimit(closed, limitMs, () => 'somebody holds the stdout or stderr of the daemon, which is gone');
      return ended;
    },
    stderr: () => said,
    onLog: (listener) => void child.stderr.on('data', () => listener()),
    processes,
  };
}

/** Runs one command of the program, such as `status`, to its end. */
export function runProgram(directory: string, env: Environment, ...args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const options = { cwd: directory, env, timeout: LIMIT_MS };
    execFile(process.execPath, [PROGRAM, ...args], options, (failure, stdout, stderr) => {
      const status = failure ? failure.code : 0;
      if (typeof status === 'number') resolve({ status, stdout, stderr });
      else reject(new Error(`git-remote-daemon ${args.join(' ')}: ${failure?.message}\n${stderr}`));
    });
  });
}

/** To be said of what should not run. */
export const listed = (processes: readonly FoundProcess[]): string =>
  processes.map(({ pid, command }) => `${command} (pid ${pid})`).join(', ') || 'nothing';

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => resolve({ status, signal }));
  });
}

async function withinLimit<T>(result: Promise<T>, limitMs: number, why: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms: ${why()}`)), limitMs);
  });
  try {
    return await Promise.race([result, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function findProgramFile(folder: string): string {
  // From test/support, or dist/for-tests/test/support, up to the top of the checkout.
  if (existsSync(join(folder, 'package.json'))) return join(folder, 'dist', 'main', 'cli.js');
  const parent = dirname(folder);
  if (parent === folder) throw new Error('no git-remote-daemon above the tests');
  return findProgramFile(parent);
}

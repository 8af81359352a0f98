// Owns: measuring a daemon from outside, again and again: pushes to a good remote, `status`, a line to main, /proc.
// Leaves: what is too slow (figures.ts).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, runProgram } from '../support/daemon.ts';
import type { Environment, ServerRepo, TestRepo } from '../support/temp-repo.ts';

/** Nothing is waited for longer; what takes so long has failed, and the next is asked. */
const GIVEN_UP_MS = 20_000;
const BETWEEN_MS = 800;
const LOOK_MS = 10;
/** Of a second of processor time (sysconf(3), _SC_CLK_TCK). */
const TICKS = 100;

export interface Round {
  readonly fetchedMs: number;
  readonly statusMs: number;
  readonly heardMs: number;
  readonly memoryMb: number;
  readonly status: string;
}

export interface Measured {
  readonly daemon: Daemon;
  readonly clone: TestRepo;
  readonly good: ServerRepo;
  readonly env: Environment;
}

/** As many rounds as there is time for; one at least. Stops early when the daemon has ended. */
export async function rounds(measured: Measured, seconds: number): Promise<Round[]> {
  const untilMs = performance.now() + seconds * 1_000;
  const done: Round[] = [];
  do {
    await pause(BETWEEN_MS);
    done.push(await round(measured));
  } while (performance.now() < untilMs && processOf(measured.daemon.pid) !== undefined);
  return done;
}

async function round({ daemon, clone, good, env }: Measured): Promise<Round> {
  const tip = await good.pushCommit();
  const file = join(clone.directory, '.git/refs/remotes/good/main');
  const isHere = (): boolean => existsSync(file) && readFileSync(file, 'utf8').trim() === tip;
  const [fetchedMs, heardMs, answer] = await Promise.all([elapsed(isHere), heard(daemon), askStatus(clone, env)]);
  return { fetchedMs, heardMs, ...answer, memoryMb: processOf(daemon.pid)?.memoryMb ?? 0 };
}

/** Main says of a line that it is no message. */
function heard(daemon: Daemon): Promise<number> {
  const word = `HEARD-${Math.random().toString(36).slice(2)}`;
  let from = daemon.stderr().length;
  daemon.send(word);
  return elapsed(() => {
    const said = daemon.stderr();
    const found = said.includes(word, from);
    from = Math.max(0, said.length - word.length);
    return found;
  });
}

async function askStatus(clone: TestRepo, env: Environment): Promise<{ statusMs: number; status: string }> {
  const startedAtMs = performance.now();
  const { stdout, stderr } = await runProgram(clone.directory, env, 'status', '-v').catch((error: unknown) => ({
    stdout: '',
    stderr: String(error),
  }));
  return { statusMs: stdout === '' ? GIVEN_UP_MS : performance.now() - startedAtMs, status: stdout || stderr };
}

async function elapsed(holds: () => boolean): Promise<number> {
  const startedAtMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedAtMs > GIVEN_UP_MS) return GIVEN_UP_MS;
    await pause(LOOK_MS);
  }
  return performance.now() - startedAtMs;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface ProcessFigures {
  /** The most it ever had. */
  readonly memoryMb: number;
  readonly cpuS: number;
}

/** Undefined: it is gone. */
export function processOf(pid: number): ProcessFigures | undefined {
  try {
    const peakKb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peakKb === undefined) return undefined;
    // After the command's name: state, and eleventh and twelfth after that the ticks in user and system mode (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const cpuS = (Number(fields[11]) + Number(fields[12])) / TICKS;
    return { memoryMb: Math.round(Number(peakKb) / 1_024), cpuS };
  } catch {
    return undefined;
  }
}

// Owns: running each of the two daemons in a client's repository, and what they say.
// Leaves: what is measured of them (sections/, process-tree.ts).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { AtEnd } from '../support/at-end.ts';
import { PROGRAM } from '../support/daemon.ts';
import { createLineLog, LIMIT_MS, type LineLog, logLines, until } from '../support/next-line.ts';
import { killQuietly, MARKER, processesMarked } from '../support/processes.ts';
import type { BenchClient, BenchRemote } from './client.ts';

export type DaemonName = 'ours' | 'annex';

export interface RunningDaemon {
  /** `performance.now()` just before its exec. */
  readonly startedAtMs: number;
  readonly lines: LineLog;
  /** It, and all it started. */
  readonly pids: () => number[];
  /** Waits for a link to every remote. Gives the time from exec to the first of them, and to the last, in ms. */
  readonly connected: (remotes: readonly BenchRemote[], limitMs?: number) => Promise<ConnectTimes>;
  /** STOP, and then SIGKILL for what git-annex leaves running. */
  readonly stop: () => Promise<void>;
}

/** As its parent has it. */
export interface Competitor extends RunningDaemon {
  /** What it logs. */
  readonly logged: LineLog;
  /** Its own process. */
  readonly pid: number;
  /** An order, of the protocol. */
  readonly send: (line: string) => void;
}

export interface ConnectTimes {
  readonly firstMs: number;
  readonly allMs: number;
}

/** Both call remotes by URI, and say the same of them. */
const COMMANDS: Readonly<Record<DaemonName, readonly [string, ...string[]]>> = {
  ours: [process.execPath, PROGRAM, '--foreground', '--remote-id=uri'],
  annex: ['git', 'annex', 'remotedaemon', '--foreground'],
};

const CONNECT_LIMIT_MS = 120_000;

/** Starts one of them; at the end it is killed with all it started. */
export function startCompetitor(atEnd: AtEnd, name: DaemonName, { repo, env }: BenchClient): Competitor {
  const id = randomUUID();
  const [program, ...args] = COMMANDS[name];
  const startedAtMs = performance.now();
  const child = spawn(program, args, { cwd: repo.directory, env: { ...env, [MARKER]: id }, stdio: 'pipe' });
  const logged = createLineLog(`the log of ${name}`);
  logLines(child.stderr, logged);
  const said = (): string => logged.seen.map(({ text }) => `${text}\n`).join('');
  const lines = createLineLog(name, () => `Its stderr:\n${said().slice(-4_000)}\n`);
  logLines(child.stdout, lines);
  // It may be gone before what is written to it arrives.
  child.stdin.on('error', () => child.stdin.destroy());
  const exited = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  const { pids, kill } = marked(atEnd, id);
  return {
    startedAtMs,
    lines,
    logged,
    pid: child.pid ?? 0,
    send: (line) => void child.stdin.write(`${line}\n`),
    pids,
    connected: (remotes, limitMs) => connectTimes(lines, startedAtMs, remotes, limitMs),
    stop: async () => {
      child.stdin.end('STOP\n');
      const grace = setTimeout(kill, LIMIT_MS);
      await exited;
      clearTimeout(grace);
      kill();
      await until(`nothing of ${name} is left running`, () => pids().length === 0);
    },
  };
}

/** What carries this marker; it is killed at the end. */
export function marked(atEnd: AtEnd, id: string): { readonly pids: () => number[]; readonly kill: () => void } {
  const pids = (): number[] => processesMarked(id).map(({ pid }) => pid);
  const kill = (): void => pids().forEach(killQuietly);
  atEnd(kill);
  return { pids, kill };
}

/** Waits for a CONNECTED of each. */
export async function connectTimes(
  lines: LineLog,
  startedAtMs: number,
  remotes: readonly BenchRemote[],
  limitMs = CONNECT_LIMIT_MS,
): Promise<ConnectTimes> {
  const waits = remotes.map(({ uri }) => lines.next(`CONNECTED ${uri}`, limitMs));
  const times = (await Promise.all(waits)).map(({ atMs }) => atMs - startedAtMs);
  return { firstMs: Math.min(...times), allMs: Math.max(...times) };
}

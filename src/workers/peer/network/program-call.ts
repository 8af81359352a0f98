// Owns: calling a network's program: its name, its surroundings, and what it complains of.
// Leaves: what it is called for (program.ts), and the stream or service that comes of it.
import { createLineSplitter, type Line } from '../../../shared/control-protocol/line-splitter.ts';
import { DaemonError } from '../../../shared/failures.ts';
import type { NetworkName } from '../../../shared/p2p/address.ts';
import { printable } from '../../../shared/printable.ts';
import { allSaid, type Exit, signalGroup } from '../../../shared/system/child-process.ts';
import { readPaced } from '../../../shared/system/paced-reading.ts';
import { createLineBudget, leftOutText } from '../../../shared/timing/line-budget.ts';
import type { Allowance } from '../../../shared/timing/token-bucket.ts';
import { wait } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { CLOSING, ENDING_COMMAND } from '../../patience.ts';
import { type Child, CommandNotStarted, type CommandOptions, startChild, startFailure } from '../../run-command.ts';
import type { NetworkContext } from './network.ts';

export const programOf = (network: NetworkName): string => `git-annex-p2p-${network}`;

export interface ProgramCall {
  /** For a person. */
  readonly program: string;
  readonly child: Child;
  /** What it said on its stderr last, once it is gone; empty: nothing. */
  readonly lastWords: () => Promise<string>;
  /** Ends it, with all that it started: `patienceMs` for it to go by itself, then it is told to, then killed. */
  readonly end: (patienceMs: number, now?: AbortSignal) => Promise<void>;
}

/** In bytes: what a program writes on its stderr is for a log. */
const PACE: Allowance = { most: 64 * 1024, perMs: 64 };
const LINES: Allowance = { most: 10, perMs: 10 / 60_000 };
const LEFT_OUT_MS = 30_000;
const LOOK_EVERY_MS = 10;

/** The program runs, which says nothing of a peer yet. Throws not-set-up where there is none. */
export async function callProgram(
  network: NetworkName,
  args: readonly string[],
  context: NetworkContext,
): Promise<ProgramCall> {
  const program = programOf(network);
  const child = await startChild(program, args, optionsFor(context)).catch((error: unknown) => {
    throw notStarted(network, error);
  });
  const complaints = hearComplaints(child, program, (text) => context.log(`${program}: ${text}`));
  return {
    program,
    child,
    lastWords: async () => {
      await within(allSaid([child.stderr]), CLOSING.lastWordsMs);
      return complaints.last();
    },
    end: async (patienceMs, now) => {
      await endProgram(child, patienceMs, now);
      complaints.close();
    },
  };
}

export const optionsFor = ({ directory, environment, noteChild }: NetworkContext): CommandOptions => ({
  directory,
  environment,
  noteChild,
});

export function notStarted(network: NetworkName, error: unknown): unknown {
  if (!(error instanceof CommandNotStarted)) return error;
  if (error.code !== 'ENOENT') return startFailure(error, 'not-set-up');
  const text = `there is no program ${programOf(network)} on PATH: install what brings the network ${network}`;
  return new DaemonError('not-set-up', text, { cause: error });
}

/** How a program ended, for a person. */
export function endingOf({ status, signal }: Exit, words: string): string {
  const ending = status === null ? `was ended by ${signal}` : `ended with status ${status}`;
  return words === '' ? ending : `${ending}: ${words}`;
}

function hearComplaints({ stderr }: Child, program: string, log: (text: string) => void) {
  const over = new AbortController();
  const splitter = createLineSplitter();
  const budget = createLineBudget({
    allowance: LINES,
    tell: (leftOut) => log(leftOutText(leftOut)),
    tellAfterMs: LEFT_OUT_MS,
    nowMs: () => performance.now(),
  });
  let last = '';
  const take = (line: Line): void => {
    const said = line.kind === 'line' ? printable(line.text) : '';
    // It is named already where this is told.
    const text = said.startsWith(`${program}: `) ? said.slice(program.length + 2) : said;
    if (text === '') return;
    last = text;
    budget.say(1, () => log(text));
  };
  readPaced(stderr, (chunk) => splitter.push(chunk).forEach(take), { pace: PACE, over: over.signal });
  // A last line may have no end.
  stderr.once('end', () => splitter.push(Buffer.from('\n')).forEach(take));
  return {
    last: () => last,
    close: () => {
      over.abort();
      budget.close();
    },
  };
}

/** What it left is gone with it: a network's program is what its streams are made of. */
async function endProgram(child: Child, patienceMs: number, now?: AbortSignal): Promise<void> {
  child.stdin.end();
  const steps = [
    { waitMs: patienceMs, signal: 'SIGTERM' },
    { waitMs: ENDING_COMMAND.termMs, signal: 'SIGKILL' },
  ] as const;
  for (const { waitMs, signal } of steps) {
    if (await isGroupGone(child.pid, waitMs, now)) break;
    signalGroup(child.pid, now?.aborted ? 'SIGKILL' : signal);
  }
  await within(child.exited, CLOSING.killedMs);
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
}

async function isGroupGone(group: number, limitMs: number, now = new AbortController().signal): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (signalGroup(group, 0)) {
    if (now.aborted || performance.now() >= untilMs) return false;
    await wait(LOOK_EVERY_MS, now);
  }
  return true;
}

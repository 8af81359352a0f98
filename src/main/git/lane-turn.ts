// Owns: one operation while it has its turn: what it has shown and moved, and why it was ended, if it was.
// Leaves: whose turn it is (git-lane.ts), and which are passed by (lane-decision.ts).
import { type Failure, failureOf } from '../../shared/failures.ts';
import type { Neighbour, Turn } from './lane-decision.ts';
import type { Outcome, RunningOperation, Work } from './operation.ts';
import type { Shown, Step } from './progress.ts';

/** How an operation goes on, as whoever asked for it is told. */
export interface Pace {
  /** What the git that runs now has brought so far, in bytes. */
  readonly bytes: number;
  /** It shows that it lives, and moves next to nothing; a server that counts its objects may do so for a while. */
  readonly crawls: Crawl;
  /** How far the git is that runs now, where the operation takes longer than a moment. */
  readonly step?: Step;
}

export type Crawl = 'no' | 'a-while' | 'long';

export interface Operation extends Neighbour {
  /** Longest time without a sign, where it is not the lane's (Infinity: it may be silent for as long as it likes). */
  readonly patienceMs?: number;
  /** How long that is by now, where it is the lane's: it may have been too short before. Asked when it starts. */
  readonly grownMs?: (usualMs: number) => number;
  /** It is ended when one git of it has brought more; undefined: never. Asked each time, as that may be set anew meanwhile. */
  readonly mostBytes?: () => number | undefined;
  /** Asked while it waits: what it does would take but a moment by now, and need not wait for a place. */
  readonly isQuick?: () => boolean;
  readonly start: () => RunningOperation;
  /** Called when its turn comes. */
  readonly onStart: () => void;
  /** Called when that is another in a way that is worth telling. */
  readonly onPace?: (pace: Pace) => void;
  /** Called instead of `onStart` when what waits is forgotten. */
  readonly onForgotten?: () => void;
  /** Called once after each `onStart`, whatever happened, when the operation's processes are gone. */
  readonly onDone: (outcome: Outcome, work: Work) => void;
}

export interface LaneTurn extends Turn {
  readonly operation: Operation;
  readonly isQuick: boolean;
  lastSignMs: number;
  lastMoveMs: number;
  /** Infinity once it is being ended. */
  patienceMs: number;
  /** Since `lastMoveMs`. */
  movedBytes: number;
  /** Of the git that runs now. By its own count, and by the relay's: the greater is true. */
  shownBytes: number;
  relayedBytes: number;
  /** As git said it last. */
  step: Step | undefined;
  toldPace: Pace;
  toldMs: number;
  process: RunningOperation | undefined;
  /** Why it was ended from here, if it was. */
  endedFor: Failure | undefined;
}

/** Less than this in the time that is given is next to nothing: 3 KB a second is what a modem brought. */
const WORTH_THE_NAME_BYTES = 16 * 1024;
/** How far it is is told once it has taken so long, and then so often at most: git says it for each hundredth. */
const LONG_MS = 2_000;
const STEPS_EVERY_MS = 1_000;
/** What has come is told anew at each of so many. */
const TOLD_EVERY_BYTES = 256 * 2 ** 20;

export const beginTurn = (operation: Operation, isQuick: boolean, timeoutMs: number, nowMs: number): LaneTurn => ({
  operation,
  isQuick,
  startedMs: nowMs,
  lastSignMs: nowMs,
  lastMoveMs: nowMs,
  patienceMs: operation.patienceMs ?? operation.grownMs?.(timeoutMs) ?? timeoutMs,
  movedBytes: 0,
  shownBytes: 0,
  relayedBytes: 0,
  step: undefined,
  toldPace: { bytes: 0, crawls: 'no' },
  toldMs: nowMs,
  process: undefined,
  endedFor: undefined,
});

/** Takes a sign of life into account. `bytes` and `works` as in Shown. */
export function sawSign(
  turn: LaneTurn,
  { bytes, works, step, begins }: Shown,
  by: 'git' | 'relay',
  nowMs: number,
): void {
  turn.lastSignMs = nowMs;
  if (begins) {
    turn.shownBytes = 0;
    turn.relayedBytes = 0;
    turn.step = undefined;
  }
  turn.step = step ?? turn.step;
  if (by === 'git') turn.shownBytes += bytes;
  else turn.relayedBytes += bytes;
  turn.movedBytes += bytes;
  if (!works && turn.movedBytes < WORTH_THE_NAME_BYTES) return;
  turn.lastMoveMs = nowMs;
  turn.movedBytes = 0;
}

export const receivedBytes = ({ shownBytes, relayedBytes }: LaneTurn): number => Math.max(shownBytes, relayedBytes);

/** Tells how it goes on, where that is another than was told last. */
export function tellPace(turn: LaneTurn, crawls: Crawl, nowMs: number): void {
  const bytes = receivedBytes(turn);
  const { toldPace, startedMs, toldMs } = turn;
  const step = nowMs - startedMs >= LONG_MS ? turn.step : undefined;
  const isSame = Math.floor(bytes / TOLD_EVERY_BYTES) === Math.floor(toldPace.bytes / TOLD_EVERY_BYTES);
  const isSameStep = step?.text === toldPace.step?.text || nowMs - toldMs < STEPS_EVERY_MS;
  if (isSame && isSameStep && toldPace.crawls === crawls) return;
  turn.toldPace = { bytes, crawls, ...(step && { step }) };
  turn.toldMs = nowMs;
  turn.operation.onPace?.(turn.toldPace);
}

/** Starts it, and gives its outcome when it is gone. Never rejects. */
export async function outcomeOf(turn: LaneTurn, onShown: (shown: Shown) => void): Promise<Outcome> {
  try {
    turn.process = turn.operation.start();
    turn.process.onSign(onShown);
    const outcome = await turn.process.finished;
    return outcome.ok || !turn.endedFor ? outcome : { ok: false, failure: turn.endedFor };
  } catch (thrown) {
    return { ok: false, failure: failureOf(thrown) };
  }
}

export function endFor(turn: LaneTurn, failure: Failure): void {
  turn.endedFor ??= failure;
  turn.patienceMs = Number.POSITIVE_INFINITY;
  // `finished` settles by it, and never rejects.
  void turn.process?.end();
}

// Owns: moving refs for several operations at once by one git, each in transactions of its own.
// Leaves: what they move to and whether they may (found-here.ts), and a fetch where this did not come to pass (fetch.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { untilNoOther } from './give-way.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import { orderOf, type WantedMove, wordsOf } from './move-refs.ts';
import type { Steps } from './operation.ts';
import type { SeesOther } from './other-fetches.ts';

export interface Moving {
  /**
   * Asked when nobody else fetches here, and just before git starts. In this order all of them are made or only the first
   * few; none, where git has not the same words for all.
   */
  readonly look: () => readonly WantedMove[];
  readonly env: Environment;
  readonly steps: Pick<Steps, 'git' | 'wait'>;
  readonly seesOther: SeesOther;
}

/** Gives how many of its moves were made: those that come first. Never rejects. */
export type MoveTogether = (moving: Moving) => Promise<number>;

interface Waiting extends Moving {
  readonly settle: (made: number) => void;
}

interface Looked extends Waiting {
  readonly moves: readonly WantedMove[];
  made: number;
}

/** What is asked at the same time is done by one git; what is asked while it runs, by the next. */
export function createMoveTogether(): MoveTogether {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const runAll = async (): Promise<void> => {
    // Whoever asks at the same time has asked by then.
    await Promise.resolve();
    while (waiting.length > 0) {
      await untilNoneFetches(waiting);
      const now = waiting.map((each): Looked => ({ ...each, moves: each.look(), made: 0 }));
      waiting = [];
      for (const words of new Set(now.flatMap(({ moves }) => moves.map(wordsOf)))) {
        const some = now.filter(({ moves }) => moves.length > 0 && moves.every((move) => wordsOf(move) === words));
        await moveAll(some, words);
      }
      for (const { settle, made } of now) settle(made);
    }
    isRunning = false;
  };
  return (moving) =>
    new Promise((settle) => {
      waiting.push({ ...moving, settle });
      if (isRunning) return;
      isRunning = true;
      void runAll();
    });
}

/** One waits for all of them; where it is ended, the next. */
async function untilNoneFetches(all: readonly Waiting[]): Promise<void> {
  for (const { steps, seesOther } of all) {
    const isOver = await untilNoOther(steps, seesOther).then(
      () => true,
      () => false,
    );
    if (isOver) return;
  }
}

/** Notes of each how many were made. Where one cannot be, those of the others are. */
async function moveAll(all: readonly Looked[], words: string): Promise<void> {
  let left = all;
  while (left.length > 0) {
    const [leader] = left;
    if (leader === undefined) return;
    const why = `${leader.env.GIT_REFLOG_ACTION ?? 'fetch'}: ${words}`;
    const args = [...LOCK_PATIENCE, 'update-ref', '-m', why, '--stdin', '-z'];
    const input = left.flatMap(({ moves }) => moves.map(transactionOf)).join('');
    // Where it was ended its word is still what was made.
    const { stdout } = await leader.steps.git(args, leader.env, { input }).catch(() => ({ stdout: '' }));
    let committed = stdout.split('\n').filter((line) => line === 'commit: ok').length;
    const stopped = left.findIndex((each) => {
      each.made = Math.min(committed, each.moves.length);
      committed -= each.made;
      return each.made < each.moves.length;
    });
    if (stopped === -1) return;
    left = left.slice(stopped + 1);
  }
}

const transactionOf = (move: WantedMove): string => `start\0${orderOf(move)}commit\0`;

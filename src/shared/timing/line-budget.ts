// Owns: passing lines on as long as an allowance lasts, and saying of the others how many they were.
// Leaves: the allowances (workers/outbox.ts, main/log/log-shares.ts), and where the lines go.
import { type Allowance, createTokenBucket } from './token-bucket.ts';

export interface LineBudget {
  /** `pass` is called at once, or never. `cost` is in what the allowance counts; `leaving`: only if so much is left then. */
  readonly say: (cost: number, pass: () => void, leaving?: number) => void;
  /** Says now how many were left out, if any were. What comes later may still be passed on. */
  readonly close: () => void;
}

export interface LineBudgetOptions {
  readonly allowance: Allowance;
  /** Says how many were left out; asks the allowance for nothing. */
  readonly tell: (leftOut: number) => void;
  /** How long after the first that was left out that is told. The timer does not keep the process alive. */
  readonly tellAfterMs: number;
  readonly nowMs: () => number;
}

export function createLineBudget({ allowance, tell, tellAfterMs, nowMs }: LineBudgetOptions): LineBudget {
  const bucket = createTokenBucket(allowance, nowMs);
  let leftOut = 0;
  let timer: NodeJS.Timeout | undefined;
  const close = (): void => {
    clearTimeout(timer);
    if (leftOut > 0) tell(leftOut);
    leftOut = 0;
  };
  return {
    say: (cost, pass, leaving) => {
      if (bucket.take(cost, leaving)) return pass();
      leftOut += 1;
      if (leftOut === 1) timer = setTimeout(close, tellAfterMs).unref();
    },
    close,
  };
}

/** For a person. */
export const leftOutText = (count: number): string =>
  count === 1 ? 'one more line was not shown' : `${count} more lines were not shown`;

// Owns: when the refs of a remote that is connected are compared, whatever its server tells.
// Leaves: comparing them (sync-step.ts).
import { timerMs } from '../../../shared/timing/timer-ms.ts';

export interface PeriodicCheck {
  /** While it is connected the remote is checked at intervals. */
  readonly during: (isConnected: boolean) => void;
  /** The interval may have changed. */
  readonly replan: () => void;
}

/** `intervalMs` is asked at each turn; each wait is off by up to a fifth, so that many remotes do not ask at one time. */
export function createPeriodicCheck(intervalMs: () => number, random: () => number, check: () => void): PeriodicCheck {
  let planned: { readonly timer: NodeJS.Timeout; readonly intervalMs: number } | undefined;
  const end = (): void => {
    clearTimeout(planned?.timer);
    planned = undefined;
  };
  const plan = (): void => {
    end();
    const ms = intervalMs();
    const ring = (): void => {
      plan();
      check();
    };
    planned = { timer: setTimeout(ring, timerMs(ms * (0.8 + 0.4 * random()))), intervalMs: ms };
  };
  return {
    during: (isConnected) => {
      if (!isConnected) end();
      else if (planned === undefined) plan();
    },
    replan: () => {
      if (planned !== undefined && planned.intervalMs !== intervalMs()) plan();
    },
  };
}

// Owns: how long each step of a login may take, and that the time of the agent's owner is not the server's.
// Leaves: the steps themselves (ssh2-connection.ts), and the turn around them (open-connection.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import type { LinkPhase } from '../../../shared/thread-messages.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import { ANSWER } from '../../patience.ts';

export interface LoginClock {
  /** Aborted when a step takes too long, with timed-out. */
  readonly late: AbortSignal;
  /** From here on the server, or the way there, has so long. */
  readonly server: (limitMs: number) => void;
  /**
   * From here on it is an agent of this machine that is waited for, whose owner may have to be asked: until the returned
   * function is called the server's time stands still. Of that there is so much for all of a login.
   */
  readonly agent: () => () => void;
  readonly stop: () => void;
}

/** `onPhase` is told what is waited for, and how long. */
export function createLoginClock(name: string, onPhase: (phase: LinkPhase, limitMs: number) => void): LoginClock {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let ofServer = { limitMs: ANSWER.loginMs as number, leftMs: ANSWER.loginMs as number, sinceMs: performance.now() };
  let agentMs: number = ANSWER.agentMs;
  let isStopped = false;
  const run = (phase: LinkPhase, limitMs: number, why: () => string): void => {
    clearTimeout(timer);
    if (isStopped || late.signal.aborted) return;
    onPhase(phase, limitMs);
    timer = setTimeout(() => late.abort(new DaemonError('timed-out', why())), timerMs(limitMs));
  };
  const goOn = (leftMs: number): void => {
    ofServer = { ...ofServer, leftMs, sinceMs: performance.now() };
    run('logging in', leftMs, () => `${printable(name)}: no login within ${ofServer.limitMs / 1000} s`);
  };
  return {
    late: late.signal,
    server: (limitMs) => {
      ofServer = { ...ofServer, limitMs };
      goOn(limitMs);
    },
    agent: () => {
      const [leftMs, sinceMs] = [ofServer.leftMs - (performance.now() - ofServer.sinceMs), performance.now()];
      run('waiting for the ssh agent', agentMs, () => `the ssh agent did not answer within ${ANSWER.agentMs / 1000} s`);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        agentMs = Math.max(1, agentMs - (performance.now() - sinceMs));
        goOn(Math.max(1, leftMs));
      };
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

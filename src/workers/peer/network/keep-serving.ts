// Owns: a network's program that serves one address: run, and run again when it ends.
// Leaves: the socket to which it brings peers (socket-server.ts), and calling it (program-call.ts).
import { DaemonError } from '../../../shared/failures.ts';
import type { NetworkName } from '../../../shared/p2p/address.ts';
import { decideWait } from '../../../shared/restart.ts';
import { unlessAborted, wait } from '../../../shared/timing/wait.ts';
import { ENDING_COMMAND } from '../../patience.ts';
import type { NetworkContext } from './network.ts';
import { callProgram, endingOf, type ProgramCall } from './program-call.ts';

export interface KeptServing {
  /** It was started. Rejects with a DaemonError where it cannot be. */
  readonly started: Promise<void>;
  /** It does not come up, and why; it is tried further on. Never rejects. */
  readonly down: Promise<DaemonError>;
  /** Settles when the program is gone; never rejects. */
  readonly end: (now?: AbortSignal) => Promise<void>;
}

const WAITS = { firstMs: 1_000, longestMs: 300_000 };
/** So often in a row it may end soon after it was started. */
const MOST_FAILURES = 3;

export function keepServing(network: NetworkName, args: readonly string[], context: NetworkContext): KeptServing {
  const over = new AbortController();
  let now: AbortSignal | undefined;
  let tellDown = (_failure: DaemonError): void => undefined;
  const down = new Promise<DaemonError>((resolve) => {
    tellDown = resolve;
  });
  const start = (): Promise<ProgramCall> => callProgram(network, args, context);
  const first = start();
  const keep = async (): Promise<void> => {
    let failures = 0;
    let starting = first;
    for (;;) {
      const ran = await runOnce(starting, over.signal, () => now);
      if (over.signal.aborted) return;
      const decided = decideWait(failures, ran.livedMs, Math.random, WAITS);
      failures = decided.failures;
      if (failures >= MOST_FAILURES) tellDown(ran.failure);
      context.log(`${ran.failure.detail}; it is run again in ${Math.ceil(decided.waitMs / 1_000)} s`);
      await wait(decided.waitMs, over.signal);
      if (over.signal.aborted) return;
      starting = start();
    }
  };
  // What cannot be started at all is not tried again here.
  const kept = first.then(keep, () => undefined);
  return {
    started: first.then(() => undefined),
    down,
    end: async (given) => {
      now = given;
      over.abort();
      await kept;
    },
  };
}

interface Run {
  readonly livedMs: number;
  readonly failure: DaemonError;
}

async function runOnce(
  starting: Promise<ProgramCall>,
  over: AbortSignal,
  now: () => AbortSignal | undefined,
): Promise<Run> {
  const beganMs = performance.now();
  try {
    const call = await starting;
    // Nothing is expected there, and nothing may wait for it to be read.
    call.child.stdout.resume();
    await unlessAborted(call.child.exited, over).catch(() => undefined);
    const livedMs = performance.now() - beganMs;
    // One that the kernel keeps is not waited for.
    const how = over.aborted ? 'was ended' : endingOf(await call.child.exited, await call.lastWords());
    await call.end(over.aborted ? ENDING_COMMAND.stdinMs : 0, now());
    return { livedMs, failure: new DaemonError('unreachable', `${call.program} ${how}`) };
  } catch (error) {
    if (error instanceof DaemonError) return { livedMs: 0, failure: error };
    throw error;
  }
}

// Owns: giving way to a git of the user's that fetches here: ours is put off, or ended and run again.
// Leaves: seeing it (other-fetches.ts), and what is run (fetch.ts).
import type { Steps } from './operation.ts';
import type { SeesOther } from './other-fetches.ts';
import type { GitExit } from './run-git.ts';

/**
 * A git that fetches reads a ref, gets what is new, and then moves the ref from what it read: it fails if that has been
 * moved meanwhile, be it to the same. Between its start and its reading there are 10 ms, mostly more: seen in these, ours
 * is out of its way.
 */
const LOOK_MS = 4;
/** After each look it waits at least so many times as long as that took. */
const LOOKS_SHARE = 2;
/** From here on ours has a lot to bring, which would be lost. */
const GIVES_WAY_MS = 2_000;
/** In all. They may be big, or hang, and are not waited for any longer then. */
const OTHERS_MS = 10_000;
/** So often ours is ended; somebody who fetches all the time is not given way to for ever. */
const MOST_TIMES = 3;

/** Runs a command, and again if it was ended for another. `cut` is aborted when it is to end. */
export async function givingWay(
  steps: Steps,
  seesOther: SeesOther,
  run: (cut?: AbortSignal) => Promise<GitExit>,
): Promise<GitExit> {
  const untilMs = performance.now() + OTHERS_MS;
  const whileOther = (): Promise<void> => untilNoOther(steps, seesOther, untilMs);
  for (let times = 0; times < MOST_TIMES; times += 1) {
    await whileOther();
    const cut = new AbortController();
    const endWatch = watch(seesOther, () => cut.abort());
    const exit = await run(cut.signal).finally(endWatch);
    if (!cut.signal.aborted || exit.status === 0) return exit;
  }
  await whileOther();
  return run();
}

/** For what is over before it could be ended: it only waits, and no longer than until then. */
export async function untilNoOther(
  steps: Pick<Steps, 'wait'>,
  seesOther: SeesOther,
  untilMs = performance.now() + OTHERS_MS,
): Promise<void> {
  for (let look = timed(seesOther); look.sees && performance.now() < untilMs; look = timed(seesOther)) {
    await steps.wait(look.nextMs);
  }
}

/** Returns what ends it. */
function watch(seesOther: SeesOther, seen: () => void): () => void {
  const untilMs = performance.now() + GIVES_WAY_MS;
  let timer: NodeJS.Timeout;
  const lookLater = (ms: number): void => {
    timer = setTimeout(look, ms);
  };
  const look = (): void => {
    if (performance.now() > untilMs) return;
    const { sees, nextMs } = timed(seesOther);
    if (sees) seen();
    else lookLater(nextMs);
  };
  lookLater(LOOK_MS);
  return () => clearTimeout(timer);
}

/** A look, and how long to wait for the next: where there are thousands of processes one takes longer. */
function timed(seesOther: SeesOther): { readonly sees: boolean; readonly nextMs: number } {
  const beganMs = performance.now();
  const sees = seesOther();
  return { sees, nextMs: Math.max(LOOK_MS, (performance.now() - beganMs) * LOOKS_SHARE) };
}

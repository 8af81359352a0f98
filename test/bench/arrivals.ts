// Owns: waiting until what moved on a server is here, as a daemon tells it.
// Leaves: moving it (ref-mover.ts).
import { LIMIT_MS, until } from '../support/next-line.ts';
import type { BenchRemote } from './client.ts';
import type { RunningDaemon } from './competitors.ts';

export interface Arrival {
  /** `performance.now()` of the DONESYNCING after which the ref was here. */
  readonly doneAtMs: number;
  /** And of the SYNCING before it. */
  readonly syncingAtMs: number;
}

/** Forgets the past lines itself only where it is asked to wait before the ref moves, as it must be. */
export async function arrivalOf(daemon: RunningDaemon, remote: BenchRemote, tip: string): Promise<Arrival> {
  const giveUpAtMs = performance.now() + LIMIT_MS;
  for (;;) {
    const limitMs = Math.max(1, giveUpAtMs - performance.now());
    const syncing = await daemon.lines.next(`SYNCING ${remote.uri}`, limitMs);
    const done = await daemon.lines.next((line) => line.startsWith(`DONESYNCING ${remote.uri} `), limitMs);
    if (remote.tipHere() === tip) return { syncingAtMs: syncing.atMs, doneAtMs: done.atMs };
  }
}

/** Waits until a daemon has been silent for so long, and owes no DONESYNCING. */
export async function untilQuiet({ lines }: RunningDaemon, quietMs: number): Promise<void> {
  await until('the daemon is quiet', () => {
    const lastAtMs = lines.seen.at(-1)?.atMs ?? 0;
    const owes = lines.count(/^SYNCING /) > lines.count(/^DONESYNCING /);
    return !owes && performance.now() - lastAtMs > quietMs;
  });
}

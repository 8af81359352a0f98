// Owns: waiting until what moved on a server is here, as a daemon tells it.
// Leaves: moving it (ref-mover.ts).
import { until } from '../support/next-line.ts';
import type { BenchRemote } from './client.ts';
import type { RunningDaemon } from './competitors.ts';

export interface Arrival {
  /** `performance.now()` of the DONESYNCING after which the ref was here. */
  readonly doneAtMs: number;
  /** And of the SYNCING before it. */
  readonly syncingAtMs: number;
}

/** What takes longer is taken for lost: git-annex's daemon does lose changes (design.md §9). */
const LIMIT_MS = 5_000;
const QUIET_LIMIT_MS = 120_000;

/** To be asked for what moved after the log's last `forget`. Throws where it does not come. */
export async function arrivalOf(
  { lines }: Pick<RunningDaemon, 'lines'>,
  remote: Pick<BenchRemote, 'uri' | 'tipHere'>,
  tip: string,
  limitMs = LIMIT_MS,
): Promise<Arrival> {
  const giveUpAtMs = performance.now() + limitMs;
  for (;;) {
    const leftMs = Math.max(1, giveUpAtMs - performance.now());
    const done = await lines.next((line) => line.startsWith(`DONESYNCING ${remote.uri} `), leftMs);
    if (remote.tipHere() !== tip) continue;
    const syncing = lines.seen.findLast(({ text, atMs }) => text === `SYNCING ${remote.uri}` && atMs <= done.atMs);
    return { syncingAtMs: syncing?.atMs ?? done.atMs, doneAtMs: done.atMs };
  }
}

/** Waits until a daemon has been silent for so long, and owes no DONESYNCING. */
export async function untilQuiet({ lines }: Pick<RunningDaemon, 'lines'>, quietMs: number): Promise<void> {
  const isQuiet = (): boolean => {
    const lastAtMs = lines.seen.at(-1)?.atMs ?? 0;
    const owes = lines.count(/^SYNCING /) > lines.count(/^DONESYNCING /);
    return !owes && performance.now() - lastAtMs > quietMs;
  };
  await until('the daemon is quiet', isQuiet, QUIET_LIMIT_MS);
}

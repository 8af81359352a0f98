// Owns: noticing that another process, which is not our child, has ended.
// Leaves: which process that is, and what is done about it (daemon.ts).
import { errorCode } from '../../shared/system/error-code.ts';
import { startTimeOf } from './process-identity.ts';

/** No system tells of the end of a process that is not a child's to Node, so it is looked for: some 50 µs each time on Linux. */
const LOOK_EVERY_MS = 2_000;

/** What is seen of a process; `started` is undefined where the system hides the processes of other accounts (hidepid). */
export type Sighting = { readonly kind: 'gone' } | { readonly kind: 'there'; readonly started: string | undefined };

/** Whether the process that was seen first is no more: its number may be another's by now. */
export function hasEnded(first: Sighting, now: Sighting): boolean {
  if (first.kind === 'gone' || now.kind === 'gone') return true;
  return first.started !== undefined && now.started !== undefined && first.started !== now.started;
}

/** Calls `gone` once, within two looks of its end, also where it had ended before; returns what ends the watch. */
export function watchProcess(pid: number, gone: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isWatching = true;
  let first: Sighting | undefined;
  const look = async (): Promise<void> => {
    const now = await lookAtProcess(pid);
    if (!isWatching) return;
    first ??= now;
    if (hasEnded(first, now)) gone();
    else timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
  };
  void look();
  return () => {
    isWatching = false;
    clearTimeout(timer);
  };
}

/** One that has ended and was not waited for by its own parent is gone. Never throws. */
async function lookAtProcess(pid: number): Promise<Sighting> {
  let isAnothers = false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return { kind: 'gone' };
    isAnothers = true;
  }
  const started = await startTimeOf(pid).catch(() => undefined);
  return started === undefined && !isAnothers ? { kind: 'gone' } : { kind: 'there', started };
}

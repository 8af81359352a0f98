// Owns: waiting for something, but not for ever.
// Leaves: what is done about it when it takes too long.
import { timerMs } from './timer-ms.ts';

/**
 * Whether `work` was done within a time, and before the signal was aborted; what is done already counts in any case.
 * Rejects as `work` does, unless that comes too late. It ends nothing, and leaves no timer behind.
 */
export function within(work: Promise<unknown>, limitMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', late);
    };
    const late = (): void => {
      stopWaiting();
      resolve(false);
    };
    const timer = setTimeout(late, signal?.aborted ? 0 : timerMs(limitMs));
    signal?.addEventListener('abort', late, { once: true });
    work.finally(stopWaiting).then(() => resolve(true), reject);
  });
}

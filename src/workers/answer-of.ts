// Owns: giving up an answer that does not come in time.
// Leaves: asking, and what ends whoever is asked (refs/, local/).
import type { DaemonError } from '../shared/failures.ts';

export interface Patience {
  readonly limitMs: number;
  /** Called when the time is over: what is thrown then. */
  readonly late: () => DaemonError;
}

/**
 * `ask` is told by its signal to end when that takes too long or `closing` is aborted, and has to settle then. Not by
 * AbortSignal.any: what it makes stays with a signal that lives as long as the link (Node 20).
 */
export async function answerOf<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  closing: AbortSignal,
  { limitMs, late }: Patience,
): Promise<Answer> {
  const cut = new AbortController();
  const close = (): void => cut.abort(closing.reason);
  const timer = setTimeout(() => cut.abort(late()), limitMs);
  closing.addEventListener('abort', close, { once: true });
  if (closing.aborted) close();
  try {
    return await ask(cut.signal);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}

// Owns: how long refs may take to be listed.
// Leaves: listing them (polling/, ssh/, local-refs.ts).
import { DaemonError } from '../../shared/failures.ts';

/** Whoever has not answered by then is taken for unreachable. */
const ANSWER_MS = 60_000;

/** Not by AbortSignal.any: what it makes stays with a signal that lives as long as the link (Node 20). */
export async function answerOf<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  closing: AbortSignal,
): Promise<Answer> {
  const cut = new AbortController();
  const close = (): void => cut.abort(closing.reason);
  const late = new DaemonError('timed-out', `no answer within ${ANSWER_MS / 1_000} s`);
  const timer = setTimeout(() => cut.abort(late), ANSWER_MS);
  closing.addEventListener('abort', close, { once: true });
  if (closing.aborted) close();
  try {
    return await ask(cut.signal);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}

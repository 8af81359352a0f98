// Owns: giving up refs that are not listed in time.
// Leaves: listing them (poll-through-git.ts, upload-pack/list-refs.ts, local-refs.ts).
import { DaemonError } from '../../shared/failures.ts';
import { ANSWER } from '../patience.ts';

/** Not by AbortSignal.any: what it makes stays with a signal that lives as long as the link (Node 20). */
export async function answerOf<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  closing: AbortSignal,
): Promise<Answer> {
  const cut = new AbortController();
  const close = (): void => cut.abort(closing.reason);
  const late = new DaemonError('timed-out', `no answer within ${ANSWER.refsMs / 1_000} s`);
  const timer = setTimeout(() => cut.abort(late), ANSWER.refsMs);
  closing.addEventListener('abort', close, { once: true });
  if (closing.aborted) close();
  try {
    return await ask(cut.signal);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}

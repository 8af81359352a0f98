// Owns: noticing that a peer has vanished without a word, as by a power cut: it ends no stream, and is heard no more.
// Leaves: asking (ready-streams.ts), and being let in once more where nobody answers (listening.ts).
import { wait } from '../../../shared/timing/wait.ts';
import { PEER } from '../../patience.ts';
import type { Listening } from './listening.ts';
import type { ReadyStreams } from './ready-streams.ts';

export interface ProvingOptions {
  readonly ready: Pick<ReadyStreams, 'isAnswered'>;
  readonly listening: Listening;
  readonly signal: AbortSignal;
}

/** Now and then, for as long as the link stands. Where no stream is ready to be asked, a fresh one tells as much. */
export async function proveNowAndThen({ ready, listening, signal }: ProvingOptions): Promise<void> {
  for (;;) {
    await wait(PEER.askMs, signal);
    if (signal.aborted) return;
    const isAlive = await ready.isAnswered(PEER.proveMs);
    // Nobody waits for it, and a circuit of tor may take its time.
    if (!isAlive && !signal.aborted) await listening.prove(PEER.dialMs);
  }
}

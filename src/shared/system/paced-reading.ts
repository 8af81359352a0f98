// Owns: reading a stream no faster than what it says is worth: whoever writes too much is made to wait.
// Leaves: what is read (workers/notify-command/notify-command.ts, workers/ssh/watch/listen.ts).
import type { Readable } from 'node:stream';
import { type Allowance, createTokenBucket } from '../timing/token-bucket.ts';
import { wait } from '../timing/wait.ts';

/**
 * `take` gets each piece until the signal is aborted; what comes then is dropped as it comes. What waits to be read
 * stays with the stream, and its writer stops there. `pace` is in bytes.
 */
export function readPaced(
  stream: Readable,
  take: (chunk: Buffer) => void,
  { pace, over }: { readonly pace: Allowance; readonly over: AbortSignal },
): void {
  const bucket = createTokenBucket(pace, () => performance.now());
  stream.on('data', (chunk: Buffer) => {
    if (over.aborted) return;
    take(chunk);
    bucket.spend(chunk.length);
    if (bucket.waitMs(0) === 0) return;
    stream.pause();
    void wait(bucket.waitMs(pace.most / 2), over).then(() => stream.resume());
  });
}

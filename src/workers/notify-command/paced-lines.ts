// Owns: reading lines no faster than they are worth: whoever writes too many is made to wait.
// Leaves: what a line is (shared/control-protocol/line-splitter.ts), and what it means (notify-command.ts).
import type { Readable } from 'node:stream';
import { createLineSplitter, type Line } from '../../shared/control-protocol/line-splitter.ts';
import { wait } from '../../shared/timing/wait.ts';

/** Over time; a busy feed says less. Lines of one byte each then take a tenth of a processor. */
const BYTES_PER_MS = 128;
/** So much is read at once, however fast it comes: 64 KiB. */
const BURST_MS = 512;

/** `take` gets each line until the signal is aborted. What waits to be read stays in the pipe, and its writer stops there. */
export function readPaced(stream: Readable, take: (line: Line) => void, over: AbortSignal): void {
  const splitter = createLineSplitter();
  let paidUntilMs = 0;
  stream.on('data', (chunk: Buffer) => {
    if (over.aborted) return;
    for (const line of splitter.push(chunk)) take(line);
    const nowMs = performance.now();
    paidUntilMs = Math.max(paidUntilMs, nowMs) + chunk.length / BYTES_PER_MS;
    const owedMs = paidUntilMs - nowMs;
    if (owedMs < BURST_MS) return;
    stream.pause();
    void wait(owedMs, over).then(() => stream.resume());
  });
}

// Owns: reading streams of the tests of networks: to their end, and with what they end by.
// Leaves: the networks (program.test.ts, tor.test.ts).
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** Says what it is told, and ends when that does. */
export const echo = (stream: Duplex): void => void stream.on('error', () => undefined).pipe(stream);

/** All that comes, to its end; the other half is left as it is. Rejects with what the stream fails by. */
export function readAll(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(Buffer.concat(chunks)));
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('it was closed before its end')));
  });
}

export const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

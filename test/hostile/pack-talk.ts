// Owns: git's protocol v2 as a server speaks it, well enough that a client goes on, over any two-way stream.
// Leaves: what is said in place of an answer (upload-packs.ts).
import type { Duplex } from 'node:stream';

export const FLUSH = '0000';
export const TIP = 'd1ce'.repeat(10);

/** A pkt-line; longer ones than git allows are told with the length that fits. */
export const pkt = (payload: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(payload);
  return Buffer.concat([
    Buffer.from(
      Math.min(bytes.length + 4, 0xffff)
        .toString(16)
        .padStart(4, '0'),
    ),
    bytes,
  ]);
};

/** On a band of the pack: 1 the pack, 2 progress, 3 a fatal error. */
export const onBand = (band: 1 | 2 | 3, bytes: string | Uint8Array): Buffer =>
  pkt(Buffer.concat([Buffer.from([band]), Buffer.from(bytes)]));

export const GREETING = Buffer.concat([
  ...['version 2', 'agent=git/2.39.5', 'ls-refs=unborn', 'fetch=shallow wait-for-done', 'object-format=sha1'].map(
    (line) => pkt(`${line}\n`),
  ),
  Buffer.from(FLUSH),
]);

export interface PackManners {
  /** In place of the capabilities. */
  readonly greet?: (stream: Duplex) => void;
  /** In place of a listing; the first one is 0. */
  readonly list?: (stream: Duplex, index: number) => void;
  /** In place of a pack; what comes before it is said. */
  readonly pack?: (stream: Duplex) => void;
}

export const listing = (...lines: readonly string[]): Buffer =>
  Buffer.concat([...lines.map((line) => pkt(`${line}\n`)), Buffer.from(FLUSH)]);

/** Speaks until the client ends, or for ever where it asked for a pack. `begun`: the first time it misbehaves. */
export function speakPack(stream: Duplex, manners: PackManners, begun: () => void): void {
  let listings = 0;
  let isFetching = false;
  const answer = (request: string): void => {
    if (request.includes('command=ls-refs')) {
      if (manners.list) begun();
      if (manners.list) manners.list(stream, listings);
      else stream.write(listing(`${TIP} refs/heads/main`));
      listings += 1;
    } else if (request.includes('command=fetch')) {
      isFetching = true;
      if (!/\bdone\b/.test(request))
        stream.write(Buffer.concat([pkt('acknowledgments\n'), pkt('ready\n'), Buffer.from('0001')]));
      stream.write(pkt('packfile\n'));
      if (manners.pack) begun();
      manners.pack?.(stream);
    }
  };
  stream.on('error', () => stream.destroy());
  // Who asks for a pack ends its side with that.
  stream.on('end', () => void (isFetching || stream.end()));
  hearRequests(stream, answer);
  if (manners.greet) begun();
  if (manners.greet) manners.greet(stream);
  else stream.write(GREETING);
}

/** Each request ends with a flush. */
function hearRequests(stream: Duplex, hear: (request: string) => void): void {
  let held = '';
  let request = '';
  stream.on('data', (chunk: Buffer) => {
    held += chunk.toString('latin1');
    for (
      let length = Number.parseInt(held.slice(0, 4), 16);
      held.length >= 4;
      length = Number.parseInt(held.slice(0, 4), 16)
    ) {
      // A delimiter, and the end of an answer, are as long as their own four digits.
      const size = Math.max(length, 4);
      if (held.length < size || Number.isNaN(size)) return;
      request += held.slice(4, size);
      held = held.slice(size);
      if (length !== 0) continue;
      hear(request);
      request = '';
    }
  });
}

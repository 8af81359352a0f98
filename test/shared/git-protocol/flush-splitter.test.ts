// Owns: that a stream of pkt-lines is cut behind its flush-pkts and nowhere else.
// Leaves: real talks (test/workers/upload-pack/ahead/ask.test.ts).
import { describe, expect, it } from 'vitest';
import { createFlushSplitter } from '../../../src/shared/git-protocol/flush-splitter.ts';
import { pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';

const data = (text: string): string => pktLine({ kind: 'data', text });

/** What stands up to each flush-pkt, and then what follows the last; the stream comes in chunks of so many bytes. */
function cut(stream: string, chunkBytes: number): string[] {
  const split = createFlushSplitter();
  const parts = [''];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    for (const { bytes, ends } of split(Buffer.from(stream.slice(at, at + chunkBytes)))) {
      parts[parts.length - 1] += Buffer.from(bytes).toString();
      if (ends) parts.push('');
    }
  }
  return parts;
}

describe.each([1, 3, 5, 1_000])('a stream in chunks of %i bytes', (chunkBytes) => {
  it.each([
    ['two answers', [`${data('a')}0000`, `${data('b')}${data('c')}0000`, '']],
    ['a flush-pkt in the data of a line', [`${data('0000')}0000`, '']],
    ['a delimiter, which ends nothing', [`${data('a')}0001${data('b')}0000`, '']],
    ['nothing between two flush-pkts', ['0000', '0000', '']],
    ['an answer that is not whole', [`${data('a')}0000`, data('b').slice(0, 5)]],
    ['other things than pkt-lines', ['Welcome to this host']],
  ])('is cut right where there is %s', (_what, parts) => {
    expect(cut(parts.join(''), chunkBytes)).toEqual(parts);
  });
});

// Owns: that the end of a talk in protocol v2 is seen, and not one answer too early.
// Leaves: real git and upload-pack (test/workers/ssh/relay.test.ts).
import { describe, expect, it } from 'vitest';
import { createFlushWatch } from '../../../src/shared/git-protocol/flush-watch.ts';
import { pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const data = (text: string): string => pktLine({ kind: 'data', text });
const ADVERTISED = `${data('version 2')}${data('ls-refs')}0000`;
const LISTED = `${data('abc refs/heads/main')}0000`;
const PACKED = `${data('packfile')}${data('0000 is data here')}0000`;

/** `>` is the client's, `<` the server's; one byte at a time. */
function talk(...turns: readonly string[]): boolean {
  const watch = createFlushWatch();
  for (const turn of turns) {
    const hear = turn.startsWith('>') ? watch.onClientBytes : watch.onServerBytes;
    for (const byte of bytes(turn.slice(1))) hear(Uint8Array.of(byte));
  }
  return watch.isAnswered();
}

describe('a talk in protocol v2', () => {
  it.each([
    [
      'a listing was given and the client says goodbye',
      [`<${ADVERTISED}`, `>${data('command=ls-refs')}0000`, `<${LISTED}`, '>0000'],
    ],
    ['the pack has come', [`<${ADVERTISED}`, `>${data('command=fetch')}0000`, `<${PACKED}`]],
  ])('is over when %s', (_when, turns) => {
    expect(talk(...turns)).toBe(true);
  });

  it.each([
    ['nothing was said', []],
    ['a question follows a listing', [`<${LISTED}`, `>${data('command=fetch')}0000`]],
    ['the first byte of a question follows a listing', [`<${LISTED}`, '>0']],
    ['an answer has begun', [`<${LISTED}`, `>${data('command=fetch')}0000`, `<${data('packfile')}`]],
    ['data looks like a flush-pkt', [`<${data('packfile')}`, '<00080000']],
    ['a header is cut', [`<${PACKED}00`]],
  ])('goes on when %s', (_when, turns) => {
    expect(talk(...turns)).toBe(false);
  });
});

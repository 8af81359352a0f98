// Owns: that pkt-lines are cut and written as git does, whatever the pieces they come in.
// Leaves: talking to a real upload-pack (test/workers/refs).
import { describe, expect, it } from 'vitest';
import { createPktReader, lsRefsRequest, type PktLine, pktLine } from '../../../src/shared/git-protocol/pkt-line.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('pkt-lines', () => {
  const lines: PktLine[] = [
    { kind: 'data', text: 'version 2' },
    { kind: 'data', text: 'agent=größe' },
    { kind: 'delimiter' },
    { kind: 'flush' },
    { kind: 'end' },
  ];
  const wire = bytes(lines.map(pktLine).join(''));

  it('come out as they went in', () => {
    expect(createPktReader()(wire)).toEqual(lines);
  });

  it('come out the same however they are cut', () => {
    for (let size = 1; size < wire.length; size += 1) {
      const read = createPktReader();
      const pieces = Array.from({ length: Math.ceil(wire.length / size) }, (_none, n) =>
        wire.subarray(n * size, (n + 1) * size),
      );
      expect(pieces.flatMap(read)).toEqual(lines);
    }
  });

  it.each(['0003', 'fff1', 'zzzz', 'fatal: no'])('that begin with %s are refused', (text) => {
    expect(() => createPktReader()(bytes(text))).toThrow(RangeError);
  });

  it('ask for refs by prefix', () => {
    expect(lsRefsRequest(['refs/heads/'])).toBe('0014command=ls-refs\n0001001bref-prefix refs/heads/\n00000000');
  });
});

// Owns: frames between the relay and its stand-in, however the bytes are cut on their way.
// Leaves: what is sent in them (test/workers/ssh/relay.test.ts).
import { expect, test } from 'vitest';
import { createFrameReader, type Frame, frameHeader } from '../../../src/shared/git-protocol/relay-frame.ts';

const bytes = Buffer.concat([
  frameHeader('stdout', 5),
  Buffer.from('hello'),
  frameHeader('stderr', 3),
  Buffer.from('oh\n'),
  frameHeader('stdout', 0),
  frameHeader('stdout', 300),
  Buffer.alloc(300, 0xff),
  frameHeader('exit', 1),
  Uint8Array.of(128),
]);

function joined(frames: readonly Frame[]): string[] {
  const parts: { kind: string; hex: string }[] = [];
  for (const { kind, payload } of frames) {
    const last = parts.at(-1);
    const hex = Buffer.from(payload).toString('hex');
    if (last?.kind === kind) last.hex += hex;
    else parts.push({ kind, hex });
  }
  return parts.map(({ kind, hex }) => `${kind} ${hex}`);
}

test.each([1, 2, 3, 4, 5, 7, 64, 1_000])('frames come out whole when their bytes come %i at a time', (size) => {
  const read = createFrameReader();
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size) frames.push(...read(bytes.subarray(at, at + size)));
  expect(joined(frames)).toEqual(['stdout 68656c6c6f', 'stderr 6f680a', `stdout ${'ff'.repeat(300)}`, 'exit 80']);
});

test('what is no frame is refused', () => {
  expect(() => createFrameReader()(Uint8Array.of(7, 0, 0, 0, 1, 0))).toThrow(RangeError);
});

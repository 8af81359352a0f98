// Owns: bytes in, whole lines out, whatever the bytes are.
// Leaves: what a line means (codec.ts).
import { gatherBytes } from '../gathered-bytes.ts';

/** A line without its LF or CR-LF, or a report that one was not fit to be read. */
export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'skipped'; readonly why: 'too-long' | 'not-utf8' | 'nul' };

export interface LineSplitter {
  /** The lines that this chunk ends. */
  readonly push: (chunk: Uint8Array) => Line[];
  /** Bytes of an unfinished line that are waiting for its end. */
  readonly heldBytes: () => number;
  /** Forgets an unfinished line. */
  readonly dropPartial: () => void;
}

/** For a person, of a line with the usual limit. */
export const WHY_SKIPPED = {
  'too-long': 'it is longer than 32 KiB',
  'not-utf8': 'it is not UTF-8',
  nul: 'it has a NUL in it',
} as const satisfies Record<Extract<Line, { kind: 'skipped' }>['why'], string>;

/** Longest line, in bytes without its line end (git-annex, Utility/SimpleProtocol.hs). */
export const LINE_BYTES = 32 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;
// ignoreBOM keeps the bytes as they are: a BOM is then an unknown word, not silently eaten.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Cuts a byte stream at LF. Of an over-long line everything up to the next LF is dropped as it comes, and never kept. */
export function createLineSplitter(longestBytes: number = LINE_BYTES): LineSplitter {
  // One byte over the limit may be held: it can still turn out to be the CR of a CR-LF.
  const mostHeld = longestBytes + 1;
  // A copy, since a stream may reuse the chunk's memory.
  const held = gatherBytes(mostHeld);
  let overlong = false;

  const hold = (bytes: Uint8Array): void => {
    overlong ||= held.length() + bytes.length > mostHeld;
    if (overlong) held.clear();
    else held.add(bytes);
  };
  const take = (): Line => {
    const line: Line = overlong ? { kind: 'skipped', why: 'too-long' } : decodeLine(held.view(), longestBytes);
    overlong = false;
    held.clear();
    return line;
  };

  return {
    push: (chunk) => {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
        hold(chunk.subarray(start, end));
        lines.push(take());
        start = end + 1;
      }
      hold(chunk.subarray(start));
      return lines;
    },
    heldBytes: held.length,
    dropPartial: () => {
      overlong = false;
      held.clear();
    },
  };
}

function decodeLine(withCr: Uint8Array, longestBytes: number): Line {
  const bytes = withCr.at(-1) === CR ? withCr.subarray(0, -1) : withCr;
  if (bytes.length > longestBytes) return { kind: 'skipped', why: 'too-long' };
  if (bytes.includes(NUL)) return { kind: 'skipped', why: 'nul' };
  try {
    return { kind: 'line', text: UTF8.decode(bytes) };
  } catch {
    return { kind: 'skipped', why: 'not-utf8' };
  }
}

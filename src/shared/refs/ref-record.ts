// Owns: reading one line of a listing, as bytes, into the record that it is kept as (packed-refs.ts). Pure.
// Leaves: cutting a listing into lines (listing-bytes.ts, git-protocol), and gathering records (compact-refs.ts).
import type { ObjectName, RefName } from '../remote.ts';
import { CHUNK_BYTES, headOf, type PackedRefs } from './packed-refs.ts';
import { parseRefLine } from './ref-advertisement.ts';

export interface RecordReader {
  /** The line from one place up to another, as `parseRefLine` reads it. `too-long`: of a ref, and more than a record can hold. */
  readonly read: (bytes: Uint8Array, from: number, to: number) => 'ref' | 'none' | 'too-long';
  /** The last ref that was read, alone; good until the next line. */
  readonly record: PackedRefs;
}

export function createRecordReader(): RecordReader {
  let into = new Uint8Array(USUAL_BYTES);
  const chunks = [into];
  const end = new Uint32Array(1);
  const makeRoom = (): void => {
    into = new Uint8Array(CHUNK_BYTES);
    chunks[0] = into;
  };
  return {
    record: { count: 1, chunks, starts: new Uint32Array(1), ends: end },
    read: (bytes, from, to) => {
      const most = mostRecordBytes(to - from);
      if (most > into.length) makeRoom();
      if (most > into.length) return parseRefLine(textOf(bytes, from, to)) ? 'too-long' : 'none';
      let written = writePlain(bytes, from, to, into);
      if (written === undefined) {
        const parsed = parseRefLine(textOf(bytes, from, to));
        written = parsed && writeText(parsed, into);
      }
      if (written === undefined) return 'none';
      end[0] = written;
      return 'ref';
    },
  };
}

const USUAL_BYTES = 4 * 1024;
const LONGEST_OBJECT_BYTES = 32;
/** Of what is no UTF-8, each byte becomes three. */
const mostRecordBytes = (lineBytes: number): number => 1 + LONGEST_OBJECT_BYTES + lineBytes * 3;

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const TO_UTF8 = new TextEncoder();
const textOf = (bytes: Uint8Array, from: number, to: number): string => UTF8.decode(bytes.subarray(from, to));

const SPACE = 0x20;
const TAB = 0x09;
const SLASH = 0x2f;
const DOT = 0x2e;
const REFS = TO_UTF8.encode('refs/');
const NO_DIGIT = 0xff;
/** By byte: what it counts as a digit of an object name. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return digit === -1 ? NO_DIGIT : digit;
});
/** By byte: whether it may stand anywhere in a name, or where no other of these is beside it. Any other leaves the line to `parseRefLine`. */
const ANYWHERE = 1;
const ALONE = 2;
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === SLASH || byte === DOT) return ALONE;
  return /[\w!"#$%&'()+,;<=>|}\]-]/.test(String.fromCharCode(byte)) && byte < 0x80 ? ANYWHERE : 0;
});

/** Returns how many bytes the record took; undefined: it is no line of the usual kind, and may be any. */
function writePlain(bytes: Uint8Array, from: number, to: number, into: Uint8Array): number | undefined {
  const digits = isSeparator(bytes, from + 40, to) ? 40 : 64;
  if (digits === 64 && !isSeparator(bytes, from + 64, to)) return undefined;
  into[0] = headOf(digits / 2, true);
  let at = 1;
  for (let digit = from; digit < from + digits; digit += 2) {
    const high = DIGITS[bytes[digit] ?? 0] ?? NO_DIGIT;
    const low = DIGITS[bytes[digit + 1] ?? 0] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return undefined;
    into[at] = (high << 4) | low;
    at += 1;
  }
  const nameBytes = writePlainName(bytes, from + digits + 1, to, into, at);
  return nameBytes && at + nameBytes;
}

function isSeparator(bytes: Uint8Array, at: number, to: number): boolean {
  return at < to && (bytes[at] === SPACE || bytes[at] === TAB);
}

/** Up to a space, or the end; returns how many bytes it has. */
function writePlainName(
  bytes: Uint8Array,
  from: number,
  to: number,
  into: Uint8Array,
  start: number,
): number | undefined {
  for (let at = 0; at < REFS.length; at += 1) if (bytes[from + at] !== REFS[at]) return undefined;
  let before = ALONE;
  let at = from;
  for (; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === SPACE) break;
    const kind = PLAIN[byte] ?? 0;
    // The `l` may begin a `.lock`, with which no name, and no part of one, may end.
    if (kind === 0 || (kind === ALONE && before === ALONE) || (byte === 0x6c && bytes[at - 1] === DOT))
      return undefined;
    into[start + at - from] = byte;
    before = kind;
  }
  return before === ALONE ? undefined : at - from;
}

/** Returns how many bytes it took. */
function writeText([ref, object]: readonly [RefName, ObjectName], into: Uint8Array): number {
  const objectBytes = object.length / 2;
  for (let byte = 0; byte < objectBytes; byte += 1) {
    into[1 + byte] = Number.parseInt(object.slice(byte * 2, byte * 2 + 2), 16);
  }
  const { written } = TO_UTF8.encodeInto(ref, into.subarray(1 + objectBytes));
  into[0] = headOf(objectBytes, written === ref.length);
  return 1 + objectBytes + written;
}

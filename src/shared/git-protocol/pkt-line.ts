// Owns: git's pkt-lines (gitprotocol-common(5)), and the few of protocol v2 that list refs (gitprotocol-v2(5)).
// Leaves: the channel they come over (workers), and what the refs mean (refs/ref-advertisement.ts).
import { gatherBytes } from '../gathered-bytes.ts';

/** `flush` is `0000`, `delimiter` `0001`, `end` `0002`. */
export type PktLine =
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'flush' | 'delimiter' | 'end' };

const LENGTH_BYTES = 4;
const LINE_FEED = 0x0a;
/** gitprotocol-common(5): 65516 bytes of data and the length itself. */
const LONGEST_BYTES = 65_520;
const UTF8 = new TextDecoder();
const SPECIAL = { 0: 'flush', 1: 'delimiter', 2: 'end' } as const;

/** Bytes in, whole pkt-lines out; a line feed at the end of one is taken off. Throws RangeError for what is none. */
export function createPktReader(): (chunk: Uint8Array) => PktLine[] {
  const cut = createPktCutter();
  return (chunk) => {
    const lines: PktLine[] = [];
    cut(chunk, (kind, bytes, from, to) =>
      lines.push(kind === 'data' ? { kind, text: UTF8.decode(bytes.subarray(from, to)) } : { kind }),
    );
    return lines;
  };
}

/** Gets one pkt-line: of `data` the bytes from one place up to another, good for as long as it runs. */
export type TakePkt = (kind: PktLine['kind'], bytes: Uint8Array, from: number, to: number) => void;

/** As `createPktReader`, without an object for each line. */
export function createPktCutter(): (chunk: Uint8Array, take: TakePkt) => void {
  const held = gatherBytes();
  return (chunk, take) => {
    const isFresh = held.length() === 0;
    if (!isFresh) held.add(chunk);
    const bytes = isFresh ? chunk : held.view();
    let at = 0;
    for (;;) {
      const length = lengthAt(bytes, at);
      const end = at + Math.max(length ?? 0, LENGTH_BYTES);
      if (length === undefined || bytes.length < end) break;
      if (length === 0 || length === 1 || length === 2) take(SPECIAL[length], bytes, end, end);
      else
        take('data', bytes, at + LENGTH_BYTES, end > at + LENGTH_BYTES && bytes[end - 1] === LINE_FEED ? end - 1 : end);
      at = end;
    }
    if (isFresh) held.add(bytes.subarray(at));
    else held.drop(at);
  };
}

/** One pkt-line of text, its line feed added; or a special one. */
export function pktLine(line: PktLine): string {
  switch (line.kind) {
    case 'flush':
      return '0000';
    case 'delimiter':
      return '0001';
    case 'end':
      return '0002';
    case 'data': {
      const bytes = new TextEncoder().encode(`${line.text}\n`).length + LENGTH_BYTES;
      return `${bytes.toString(16).padStart(LENGTH_BYTES, '0')}${line.text}\n`;
    }
    default:
      return line satisfies never;
  }
}

/**
 * A v2 request for the refs with such prefixes (none: all), and the flush that ends the talk. `capabilities` are those
 * of the server that have to be said back to it.
 */
export function lsRefsRequest(prefixes: readonly string[], capabilities: readonly string[] = []): string {
  const data = (text: string): string => pktLine({ kind: 'data', text });
  const head = [data('command=ls-refs'), ...capabilities.map(data), pktLine({ kind: 'delimiter' })];
  const wanted = prefixes.map((prefix) => data(`ref-prefix ${prefix}`));
  return [...head, ...wanted, pktLine({ kind: 'flush' }), pktLine({ kind: 'flush' })].join('');
}

function lengthAt(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + LENGTH_BYTES) return undefined;
  let length = 0;
  for (let place = at; place < at + LENGTH_BYTES; place += 1) length = length * 16 + digitOf(bytes[place] ?? 0);
  if (Number.isNaN(length) || length === 3 || length > LONGEST_BYTES) throw new RangeError('no pkt-line');
  return length;
}

/** Of a hexadecimal number, in capitals or not. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

// Owns: what single refs of this repository lead to, told from their files without reading all that there are.
// Leaves: which refs these are (known-refs.ts); git itself, which has the last word when a ref is moved (move-refs.ts).
import fs from 'node:fs';
import path from 'node:path';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../../shared/remote.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { looseRef } from '../refs-here.ts';

export interface Tips {
  /** `none`: there is no such ref. undefined: its files do not tell, as it leads to another or is broken, say. */
  readonly of: (ref: RefName) => ObjectName | 'none' | undefined;
  /** Whether there may be refs whose names begin so. */
  readonly mayBeUnder: (folder: string) => boolean;
  /** The first packed ref behind that name, as bytes are ordered; undefined: there is none, or the file does not tell. */
  readonly nextPacked: (name: string) => RefName | undefined;
  /** Packed refs whose names begin so, as far from each other as may be: at most so many, and each once. */
  readonly spreadUnder: (folder: string, most: number) => readonly RefName[];
}

/** `use` may keep nothing of it. */
export function withTips<T>(commonDir: string, use: (tips: Tips) => T): T {
  let packed: Packed | 'none' | 'odd' | undefined;
  const openOnce = (): Packed | 'none' | 'odd' => {
    packed ??= openPacked(commonDir);
    return packed;
  };
  const firstFrom = (name: string): Line | 'end' | undefined => {
    const file = openOnce();
    return file === 'none' ? 'end' : file === 'odd' ? undefined : firstLineFrom(file, Buffer.from(name));
  };
  const tips: Tips = {
    of: (ref) => {
      const loose = looseRef(commonDir, ref);
      if (loose !== 'none') return loose;
      const found = firstFrom(ref);
      if (found === undefined || found === 'end') return found && 'none';
      return found.name.equals(Buffer.from(ref)) ? found.tip : 'none';
    },
    mayBeUnder: (folder) => {
      if (fs.existsSync(path.join(commonDir, folder))) return true;
      const found = firstFrom(folder);
      return (
        found === undefined || (found !== 'end' && found.name.subarray(0, folder.length).equals(Buffer.from(folder)))
      );
    },
    nextPacked: (name) => {
      // No name has a sign so low.
      const found = firstFrom(`${name}\x01`);
      return found === undefined || found === 'end' ? undefined : parseRefName(found.name.toString());
    },
    spreadUnder: (folder, most) => {
      const file = openOnce();
      return typeof file === 'string' ? [] : spread(file, folder, most);
    },
  };
  try {
    return use(tips);
  } finally {
    if (typeof packed === 'object') fs.closeSync(packed.descriptor);
  }
}

interface Packed {
  readonly descriptor: number;
  readonly bytes: number;
  /** Where the first ref is. */
  readonly begins: number;
}

interface Line {
  readonly at: number;
  readonly name: Buffer;
  readonly tip: ObjectName;
}

const HEADER = /^# pack-refs with:(?: [^\n]*)? sorted [^\n]*\n/;
/** A name of 4 KB is the longest that any file system takes. */
const LONGEST_LINE = 8 * 1024;
/** What is left to be looked through one by one. */
const NEAR_BYTES = 2 * LONGEST_LINE;

function openPacked(commonDir: string): Packed | 'none' | 'odd' {
  // There no ref has a file.
  if (fs.existsSync(path.join(commonDir, 'reftable'))) return 'odd';
  const file = path.join(commonDir, 'packed-refs');
  try {
    if (!fs.lstatSync(file).isFile()) return 'odd';
    const descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    const { size } = fs.fstatSync(descriptor);
    const header = HEADER.exec(read(descriptor, 0, LONGEST_LINE).toString('latin1'));
    if (header !== null) return { descriptor, bytes: size, begins: header[0].length };
    fs.closeSync(descriptor);
    return 'odd';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'none' : 'odd';
  }
}

/** The first line whose name is not before that, as bytes are ordered; undefined: the file is not as git writes it. */
function firstLineFrom({ descriptor, bytes, begins }: Packed, name: Buffer): Line | 'end' | undefined {
  // It does not begin before `low`; behind `high` none needs to be looked at but the first.
  let [low, high] = [begins, bytes];
  while (high - low > NEAR_BYTES) {
    const middle = Math.floor((low + high) / 2);
    // From the byte before, as a line may begin just there.
    const found = firstBehindLineEnd(read(descriptor, middle - 1, LONGEST_LINE), middle - 1);
    if (found === undefined) return undefined;
    if (found === 'none') high = middle;
    else if (Buffer.compare(found.name, name) <= 0) low = found.at;
    else high = found.at < high ? found.at : middle;
  }
  const window = read(descriptor, low, high - low + LONGEST_LINE);
  for (const line of linesIn(window, low)) {
    if (line === 'odd') return undefined;
    if (Buffer.compare(line.name, name) >= 0) return line;
  }
  return low + window.length >= bytes ? 'end' : undefined;
}

function spread(file: Packed, folder: string, most: number): RefName[] {
  const first = firstLineFrom(file, Buffer.from(folder));
  // No name is between those that begin with the folder, and this.
  const behind = firstLineFrom(file, Buffer.concat([Buffer.from(folder), Buffer.from([0xff])]));
  if (first === undefined || first === 'end' || behind === undefined) return [];
  const end = behind === 'end' ? file.bytes : behind.at;
  const found = new Set<RefName>();
  for (let part = 0; part < most; part += 1) {
    const at = first.at + Math.floor(((end - first.at) * (part + 0.5)) / most);
    const line = firstBehindLineEnd(read(file.descriptor, at - 1, LONGEST_LINE), at - 1);
    const name = typeof line === 'object' ? parseRefName(line.name.toString()) : undefined;
    if (name?.startsWith(folder)) found.add(name);
  }
  return [...found];
}

/** `none`: no whole line begins there. */
function firstBehindLineEnd(window: Buffer, base: number): Line | 'none' | undefined {
  const lineEnd = window.indexOf(LINE_FEED);
  if (lineEnd === -1) return undefined;
  for (const line of linesIn(window.subarray(lineEnd + 1), base + lineEnd + 1))
    return line === 'odd' ? undefined : line;
  return window.length < LONGEST_LINE ? 'none' : undefined;
}

const LINE_FEED = 0x0a;
/** Before what the tag leads to that stands in the line before. */
const PEELED = 0x5e;

/** Whole ones; `base`: where the bytes are in the file. */
function* linesIn(bytes: Buffer, base: number): Generator<Line | 'odd'> {
  let from = 0;
  for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
    const line = bytes.subarray(from, end);
    const at = base + from;
    from = end + 1;
    if (line[0] === PEELED) continue;
    const space = line.indexOf(' ');
    const tip = parseObjectName(line.toString('latin1', 0, Math.max(space, 0)));
    yield tip === undefined ? 'odd' : { at, name: line.subarray(space + 1), tip };
  }
}

/** Fewer bytes only at the end of the file. */
function read(descriptor: number, from: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let filled = 0;
  for (let more = -1; more !== 0 && filled < bytes; filled += more)
    more = fs.readSync(descriptor, buffer, filled, bytes - filled, from + filled);
  return buffer.subarray(0, filled);
}

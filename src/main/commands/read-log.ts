// Owns: the lines of the log file and of its predecessor, and those that come, across rotation.
// Leaves: writing and rotating it (log/sinks.ts), and which lines are shown, and how (render-log.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIfThere } from '../instance/own-file.ts';
import { predecessorOf } from '../instance/state-directory.ts';

const LOOK_MS = 250;
/** It may be rotated while it is read. */
const MOST_TRIES = 3;

/** All there is, the oldest first; undefined if there is no log. Throws a UserError for what is no file of ours. */
export function readLog(at: string): readonly string[] | undefined {
  const whole = readWhole(at);
  if (whole === undefined) return undefined;
  const lines = createLines();
  return [...lines.push(whole.bytes), ...lines.rest()];
}

/** Tells first all lines there are, and then those that come, until `signal` is aborted. A log may also only come later. */
export async function followLog(
  at: string,
  told: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const before = predecessorOf(at);
  const lines = createLines();
  let { bytes, offset, predecessor } = readWhole(at) ?? { bytes: NOTHING, offset: 0, predecessor: inodeOf(before) };
  told(lines.push(bytes));
  while (!signal.aborted) {
    const present = inodeOf(before);
    bytes = NOTHING;
    if (present !== predecessor) {
      // Rotation copies the file to its predecessor and empties it (log/sinks.ts): what was not read yet is there.
      bytes = readFrom(before, offset) ?? NOTHING;
      predecessor = present;
      offset = 0;
    }
    if (sizeOf(at) < offset) offset = 0;
    const news = readFrom(at, offset) ?? NOTHING;
    offset += news.length;
    const come = lines.push(Buffer.concat([bytes, news]));
    if (come.length > 0) told(come);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const NOTHING = new Uint8Array();

interface Whole {
  readonly bytes: Uint8Array;
  /** How many of them are in the file itself. */
  readonly offset: number;
  readonly predecessor: number | undefined;
}

function readWhole(at: string): Whole | undefined {
  const before = predecessorOf(at);
  for (let tries = 1; ; tries += 1) {
    const predecessor = inodeOf(before);
    const [old, now] = [readFrom(before, 0), readFrom(at, 0)];
    if (old === undefined && now === undefined) return undefined;
    if (inodeOf(before) !== predecessor && tries < MOST_TRIES) continue;
    // Copied, and not emptied yet.
    const isTwice = old !== undefined && now !== undefined && Buffer.from(old).equals(now);
    const parts = isTwice ? [now] : [old ?? NOTHING, now ?? NOTHING];
    return { bytes: Buffer.concat(parts), offset: now?.length ?? 0, predecessor };
  }
}

const sizeOf = (at: string): number => fs.lstatSync(at, { throwIfNoEntry: false })?.size ?? 0;

const inodeOf = (at: string): number | undefined => fs.lstatSync(at, { throwIfNoEntry: false })?.ino;

/** What is behind a place; undefined: there is no such file. */
function readFrom(at: string, offset: number): Uint8Array | undefined {
  const found = openIfThere(at, fs.constants.O_RDONLY);
  if (found === undefined) return undefined;
  const { descriptor } = found;
  try {
    const content = Buffer.alloc(Math.max(0, fs.fstatSync(descriptor).size - offset));
    return content.subarray(0, fs.readSync(descriptor, content, 0, content.length, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Whole lines out of bytes that are cut anywhere. */
function createLines() {
  let begun: Uint8Array = NOTHING;
  return {
    push: (bytes: Uint8Array): string[] => {
      const all = Buffer.concat([begun, bytes]);
      const end = all.lastIndexOf(0x0a) + 1;
      begun = all.subarray(end);
      return end === 0 ? [] : all.toString('utf8', 0, end - 1).split('\n');
    },
    rest: (): string[] => (begun.length === 0 ? [] : [Buffer.from(begun).toString('utf8')]),
  };
}

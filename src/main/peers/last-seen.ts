// Owns: when each peer was last here, or was last reached: kept by the daemon alone, read by whoever shows it.
// Leaves: who they are (peers-file.ts).
import type { Instant } from '../../shared/status.ts';
import { readOwnText, replaceOwnFile } from '../instance/own-file.ts';
import type { StateDirectory } from '../instance/state-directory.ts';

export interface Sighting {
  readonly at: Instant;
  /** What it said it is. */
  readonly uuid: string;
}

/** By the id of a token, or by `remote NAME` of one that was reached. */
export type Sightings = Readonly<Record<string, Sighting>>;

export const sightedAs = (remote: string): string => `remote ${remote}`;

const MOST_BYTES = 4 * 1024 * 1024;
/** Of the many that may have been, the newest are kept. */
const MOST_SIGHTINGS = 5_000;
/** What a peer says of itself may be anything. */
const MOST_UUID = 128;
/** Replacing a file costs more than it is worth at each stream of each peer. */
const QUIET_MS = 2_000;

export interface LastSeen {
  readonly sight: (key: string, uuid: string) => void;
  readonly isSighted: (key: string) => boolean;
  /** Writes what is not written yet. */
  readonly close: () => void;
}

/** `fails` is called once: who cannot write it knows less, and nothing else is different. */
export function keepLastSeen(directory: StateDirectory, fails: (why: string) => void): LastSeen {
  const seen = new Map(Object.entries(readLastSeen(directory)));
  let timer: NodeJS.Timeout | undefined;
  let hasFailed = false;
  const write = (): void => {
    clearTimeout(timer);
    timer = undefined;
    try {
      replaceOwnFile(directory.peersSeen, `${JSON.stringify(Object.fromEntries(seen))}\n`);
    } catch (error) {
      if (!hasFailed) fails(error instanceof Error ? error.message : String(error));
      hasFailed = true;
    }
  };
  return {
    sight: (key, uuid) => {
      // Anew at the end, so that the oldest stand first.
      seen.delete(key);
      seen.set(key, { at: new Date().toISOString(), uuid: uuid.slice(0, MOST_UUID) });
      const [oldest] = seen.keys();
      if (seen.size > MOST_SIGHTINGS && oldest !== undefined) seen.delete(oldest);
      timer ??= setTimeout(write, QUIET_MS).unref();
    },
    isSighted: (key) => seen.has(key),
    close: () => {
      if (timer !== undefined) write();
    },
  };
}

/** What cannot be read is nothing to anybody: it comes anew. */
export function readLastSeen(directory: StateDirectory): Sightings {
  try {
    const read: unknown = JSON.parse(readOwnText(directory.peersSeen, MOST_BYTES) ?? '{}');
    const entries = Object.entries(read ?? {}).flatMap(([key, value]: [string, unknown]) => {
      const sighting = sightingOf(value);
      return sighting ? [[key, sighting] as const] : [];
    });
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

function sightingOf(value: unknown): Sighting | undefined {
  if (typeof value !== 'object' || value === null || !('at' in value) || !('uuid' in value)) return undefined;
  const { at, uuid } = value;
  return typeof at === 'string' && typeof uuid === 'string' && !Number.isNaN(Date.parse(at)) ? { at, uuid } : undefined;
}

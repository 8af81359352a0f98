// Owns: whether what was read of the config can be believed, or is a moment in which it was being written. Pure but for `lookAtConfig`.
// Leaves: reading it, and reading it again (live-config.ts).
import { statSync } from 'node:fs';
import { isLoss } from '../../shared/refs/loss.ts';
import { meaningOf } from '../../shared/system/errno.ts';
import { errorCode } from '../../shared/system/error-code.ts';

/** The repository's own config file. `empty` also where it is no file. */
export type ConfigFile = 'there' | 'missing' | 'empty';

/** What was read, once the file had been looked at, before it is looked at again. */
export interface Reading {
  readonly files: readonly ConfigFile[];
  /** Names of remotes, as they are known and as they were read. */
  readonly known: readonly string[];
  readonly read: readonly string[];
}

/** Why the last reading was not believed, and how often in a row. */
export interface ConfigDoubt {
  readonly why: string;
  readonly looks: number;
  /** When it was first so, in ms that only ever grow. */
  readonly sinceMs: number;
}

/** The first wait, which doubles: an editor, or git, has put the new file in its place by then. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** What has lasted for so many looks is told: three seconds. */
const TOLD_LOOKS = 3;

export const lookAgainMs = ({ looks }: ConfigDoubt): number =>
  Math.min(FIRST_WAIT_MS * 2 ** (looks - 1), LONGEST_WAIT_MS);
export const isTold = ({ looks }: ConfigDoubt): boolean => looks >= TOLD_LOOKS;

/**
 * undefined: it is believed. A repository that had a config has one: git would take the lack of it for a config that
 * says nothing. What says that all remotes are gone, or most, has to say so again a moment later.
 */
export function doubtReading(
  { files, known, read }: Reading,
  before: ConfigDoubt | undefined,
  nowMs: number,
): ConfigDoubt | undefined {
  const bad = files.find((file) => file !== 'there');
  if (bad !== undefined) return doubtOf(`the repository's config file is ${bad}`, before, nowMs);
  const gone = known.filter((name) => !read.includes(name));
  if (!isLoss(gone.length, known.length)) return undefined;
  const doubt = doubtOf(`${gone.length} of ${known.length} remotes are gone from it`, before, nowMs);
  return nowMs >= doubt.sinceMs + FIRST_WAIT_MS ? undefined : doubt;
}

/** `sinceMs` stays what it was while the reason does. */
export const doubtOf = (why: string, before: ConfigDoubt | undefined, nowMs: number): ConfigDoubt => ({
  why,
  looks: (before?.looks ?? 0) + 1,
  sinceMs: before?.why === why ? before.sinceMs : nowMs,
});

export function lookAtConfig(file: string): ConfigFile {
  try {
    const found = statSync(file);
    return found.isFile() && found.size > 0 ? 'there' : 'empty';
  } catch (error) {
    // What cannot be looked at (EIO, EACCES) git cannot read either, and says so.
    return meaningOf(errorCode(error)) === 'absent' ? 'missing' : 'there';
  }
}

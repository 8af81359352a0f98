// Owns: git's own brake on housekeeping: gc.log, which it writes only where it runs detached (git-gc(1), gc.logExpiry).
// Leaves: running maintenance (maintenance.ts), and when it is due (maintenance-schedule.ts).
import fs from 'node:fs';
import type { Environment } from '../../shared/git-environment.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import type { Steps } from './operation.ts';
import type { GitExit } from './run-git.ts';

export interface GcLog {
  readonly bytes: number;
  readonly writtenAtMs: number;
}

/** What git takes without gc.logExpiry. */
const DEFAULT_EXPIRY_MS = 86_400_000;

/**
 * Whether git would not pack again, as the last time it complained of something that will be no better.
 * `expiry`: what `git config --type=expiry-date --get gc.logExpiry` says: a time in seconds; '' where there is none.
 */
export function isResting(log: GcLog | undefined, expiry: string, nowMs: number): boolean {
  if (log === undefined || log.bytes === 0) return false;
  const expiredBeforeMs = /^\d+\n?$/.test(expiry) ? Number(expiry) * 1_000 : nowMs - DEFAULT_EXPIRY_MS;
  return log.writtenAtMs >= expiredBeforeMs;
}

/** Said when packing begins; only from then on git's own log would be written. */
const BEGINS = /^Auto packing the repository .*\n(?:See "git help gc" .*\n)?/m;
/** Done first; another git may be in its way, and it costs little to try again. */
const NOT_BEGUN = /^fatal: failed to run (?:pack-refs|reflog)\b/m;

/** What git's own gc would have left in gc.log; '' for nothing. `stderr`: of `git maintenance run --auto --no-quiet`. */
export function complaintsIn({ stderr }: Pick<GitExit, 'stderr'>): string {
  const begins = BEGINS.exec(stderr);
  if (begins === null || NOT_BEGUN.test(stderr)) return '';
  return stderr.slice(begins.index + begins[0].length);
}

/** Where git keeps it. */
export async function gcLogPath({ git }: Steps, env: Environment): Promise<string | undefined> {
  const { status, stdout } = await git(['rev-parse', '--path-format=absolute', '--git-path', 'gc.log'], env);
  return status === 0 ? stdout.replace(/\n$/, '') : undefined;
}

export async function isGcResting({ git }: Steps, env: Environment, path: string): Promise<boolean> {
  const log = lookAt(path);
  if (log === undefined) return false;
  const { stdout } = await git(['config', '--type=expiry-date', '--get', 'gc.logExpiry'], env);
  return isResting(log, stdout, Date.now());
}

function lookAt(path: string): GcLog | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? { bytes: found.size, writtenAtMs: found.mtimeMs } : undefined;
}

/** As git does: by its lock, and not at all where another gc holds that. Throws what the system says. */
export function writeGcLog(path: string, complaints: string): void {
  const lock = `${path}.lock`;
  try {
    fs.closeSync(fs.openSync(lock, 'wx'));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    throw error;
  }
  try {
    fs.writeFileSync(lock, complaints);
    fs.renameSync(lock, path);
  } catch (error) {
    // The disk is full. No gc would begin while it is there.
    fs.rmSync(lock, { force: true });
    throw error;
  }
}

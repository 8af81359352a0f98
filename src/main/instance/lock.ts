// Owns: the flock(2) that makes one daemon a repository's only one, or one process the only one that changes a file. The kernel frees it, however the holder ends.
// Leaves: the file as such (own-file.ts), who the holder is (pid-file.ts), and what is done about him (running-daemon.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonMode } from '../../shared/status.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { UserError } from '../user-error.ts';
import { noteText } from './elsewhere.ts';
import { closeToOthers, makeOwnFile, openIfThere, removeOwnFile } from './own-file.ts';
import { readPidFile, writePidFile } from './pid-file.ts';
import type { StateDirectory } from './state-directory.ts';

export interface Lock {
  /** Whether directory and repository are still those of this daemon: they may have been removed, and another may run there. */
  readonly isInPlace: () => boolean;
  /** Removes the pid file, then frees the lock; the lock file stays. A second call does nothing. */
  readonly release: () => void;
}

/** The file system has no locks, as Lustre's without its option, or NFS without its daemon. */
export class CannotLock extends UserError {}

/** What is said of ENOSYS, EOPNOTSUPP and ENOLCK: all else may pass, and is no reason to lock anything else. */
const HAS_NO_LOCKS = /not implemented|not supported|[Nn]o locks available/;

type Kind = 'exclusive' | 'shared';

/** Others hold it for a few ms when they look whether it is free (isLocked): that is no reason to be refused. */
const PATIENCE_MS = 1_000;
const AGAIN_MS = 40;
const OTHERS_MAY = 0o077;

/** Takes the lock for this process and writes the pid file, or says `held` if another daemon has it. */
export async function takeLock(
  directory: StateDirectory,
  mode: DaemonMode,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Lock | 'held'> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const attempt = await tryLock(directory.lock, 'exclusive', env);
    if (attempt.kind === 'locked') return holdLock(directory, mode, attempt.descriptor);
    if ((await readPidFile(directory)) || performance.now() > giveUpAt) return 'held';
    await sleep(AGAIN_MS);
  }
}

/** Locks a file of ours for a short while: closing the descriptor frees it. Undefined: another has it just now. */
export async function lockForNow(at: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const attempt = await tryLock(at, 'exclusive', env);
  return attempt.kind === 'locked' ? attempt.descriptor : undefined;
}

/** Whether a daemon runs here: none does where nothing can be locked. */
export async function isLocked(directory: StateDirectory, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const attempt = await tryLock(directory.lock, 'shared', env).catch((error: unknown): Attempt => {
    if (error instanceof CannotLock) return { kind: 'free' };
    throw error;
  });
  if (attempt.kind === 'locked') fs.closeSync(attempt.descriptor);
  return attempt.kind === 'held';
}

async function holdLock(directory: StateDirectory, mode: DaemonMode, descriptor: number): Promise<Lock> {
  const removePidFile = await writePidFile(directory, mode).catch((error: unknown) => {
    fs.closeSync(descriptor);
    throw error;
  });
  const { note } = directory;
  const noted = note && noteText(note);
  let held = true;
  return {
    isInPlace: () => held && isAt(directory.lock, descriptor) && (note === undefined || noteText(note) === noted),
    release: () => {
      if (!held) return;
      held = false;
      removePidFile();
      fs.closeSync(descriptor);
    },
  };
}

type Attempt = { readonly kind: 'locked'; readonly descriptor: number } | { readonly kind: 'free' | 'held' };

/** `locked`: the descriptor, close-on-exec, has the lock; `free`: it could be had; `held`: another's is in the way. */
async function tryLock(at: string, kind: Kind, env: NodeJS.ProcessEnv): Promise<Attempt> {
  const attempt = await lockFile(at, kind, env);
  if (attempt.kind !== 'locked') return attempt;
  const { descriptor } = attempt;
  // Another file has come in its place since it was opened: who locks that one never meets who locks this one.
  if (!isAt(at, descriptor)) return lost(descriptor);
  const { nlink, mode } = fs.fstatSync(descriptor);
  if (kind === 'exclusive' && nlink > 1) return renew(at, descriptor, env);
  // Of a file that has another name the mode may be somebody's wish.
  if (nlink === 1 && mode & OTHERS_MAY) closeToOthers(descriptor);
  return attempt;
}

function lost(descriptor: number): Attempt {
  fs.closeSync(descriptor);
  return { kind: 'held' };
}

/** Its other name (a hard link) may be anything: a new file takes its place, while both are locked. */
async function renew(at: string, old: number, env: NodeJS.ProcessEnv): Promise<Attempt> {
  try {
    const temporary = `${at}.${process.pid}.new`;
    removeOwnFile(temporary);
    const attempt = await lockFile(temporary, 'exclusive', env);
    // Nobody else knows it.
    if (attempt.kind === 'locked') fs.renameSync(temporary, at);
    return attempt;
  } finally {
    fs.closeSync(old);
  }
}

/** Makes it, where it is to be locked for good. Throws a UserError for what is no file of ours. */
function openLockFile(at: string, kind: Kind): number | undefined {
  const { O_RDWR, O_RDONLY } = fs.constants;
  // Who only looks may do so where nothing can be written just now.
  if (kind === 'shared') return openIfThere(at, O_RDONLY)?.descriptor;
  return makeOwnFile(at, O_RDWR) ?? openIfThere(at, O_RDWR)?.descriptor;
}

async function lockFile(at: string, kind: Kind, env: NodeJS.ProcessEnv): Promise<Attempt> {
  let problem: string | undefined;
  for (const [program, args] of waysToLock(kind)) {
    const descriptor = openLockFile(at, kind);
    if (descriptor === undefined) return { kind: 'free' };
    if (process.platform === 'darwin') return lockAnew(at, kind, descriptor);
    const ending = runSystemCommand(program, args, { descriptor, env });
    // flock(2) belongs to the open file, not to the process, so it stays ours when the program ends. One who only looks
    // leaves the file to the program, so that the lock is gone with it, after 0.1 ms.
    if (kind === 'shared') fs.closeSync(descriptor);
    const outcome = await ending;
    const status = outcome.kind === 'exited' ? outcome.status : undefined;
    if (kind === 'exclusive' && status === 0) return { kind: 'locked', descriptor };
    if (kind === 'exclusive') fs.closeSync(descriptor);
    if (status === 0) return { kind: 'free' };
    // The flock of busybox has the same status for whatever else is wrong, which it says.
    if (outcome.kind === 'exited' && status === 1 && outcome.stderr === '') return { kind: 'held' };
    if (outcome.kind === 'exited') problem = `${program}: ${outcome.stderr || `status ${outcome.status}`}`;
  }
  if (problem !== undefined && HAS_NO_LOCKS.test(problem)) throw new CannotLock(`cannot lock ${at}: ${problem}`);
  if (problem !== undefined) throw new UserError(`cannot lock ${at}: ${problem}`);
  throw new UserError(`cannot lock ${at}: neither flock nor perl was found on PATH: install util-linux`);
}

/** open(2) on macOS locks what it opens; the numbers are of its <fcntl.h>, since Node does not name them. */
function lockAnew(at: string, kind: Kind, looked: number): Attempt {
  fs.closeSync(looked);
  const lockFlag = kind === 'exclusive' ? 0x20 : 0x10;
  const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    return { kind: 'locked', descriptor: fs.openSync(at, O_RDWR | O_NOFOLLOW | O_NONBLOCK | lockFlag) };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return { kind: 'held' };
    if (code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOLCK')
      throw new CannotLock(`cannot lock ${at}: ${code}`);
    throw new UserError(`cannot lock ${at}: ${String(error)}`);
  }
}

/** Whether the file that is open is the one that is found there. An open file's number is nobody else's. */
function isAt(at: string, descriptor: number): boolean {
  const found = fs.lstatSync(at, { bigint: true, throwIfNoEntry: false });
  const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
  return found?.dev === dev && found.ino === ino;
}

function waysToLock(kind: Kind): readonly (readonly [string, readonly string[]])[] {
  // LOCK_NB is 4, LOCK_EX 2, LOCK_SH 1 on every system (flock(2)).
  const operation = 4 + (kind === 'exclusive' ? 2 : 1);
  const access = kind === 'exclusive' ? '+<' : '<';
  const script = `use Errno; open(my $f, "${access}&=", 3) or exit 2; exit 0 if flock($f, ${operation});
    exit 1 if $!{EWOULDBLOCK}; print STDERR $!; exit 2`;
  return [
    ['flock', [kind === 'exclusive' ? '-xn' : '-sn', '3']],
    ['perl', ['-e', script]],
  ];
}

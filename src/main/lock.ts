// Owns: the flock(2) that makes one daemon a repository's only one. The kernel frees it, however the holder ends.
// Leaves: who the holder is (pid-file.ts), and what is done about him (running-daemon.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonMode } from './daemon-options.ts';
import { readPidFile, removePidFile, writePidFile } from './pid-file.ts';
import { openPrivateFile, type StateDirectory } from './state-directory.ts';
import { runSystemCommand } from './system-command.ts';
import { UserError } from './user-error.ts';

export interface Lock {
  /** Removes the pid file, then frees the lock; the lock file stays. A second call does nothing. */
  readonly release: () => void;
}

type Kind = 'exclusive' | 'shared';

/** Others hold it for a few ms when they look whether it is free (isLocked): that is no reason to be refused. */
const PATIENCE_MS = 1_000;
const AGAIN_MS = 40;

/** Takes the lock for this process and writes the pid file, or says `held` if another daemon has it. */
export async function takeLock(
  directory: StateDirectory,
  mode: DaemonMode,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Lock | 'held'> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const descriptor = await openLocked(directory.lock, 'exclusive', env);
    if (descriptor !== undefined) return holdLock(directory, mode, descriptor);
    if ((await readPidFile(directory)) || performance.now() > giveUpAt) return 'held';
    await sleep(AGAIN_MS);
  }
}

/** Whether a daemon runs here. */
export async function isLocked(directory: StateDirectory, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  if (!fs.existsSync(directory.lock)) return false;
  const descriptor = await openLocked(directory.lock, 'shared', env);
  if (descriptor === undefined) return true;
  fs.closeSync(descriptor);
  return false;
}

async function holdLock(directory: StateDirectory, mode: DaemonMode, descriptor: number): Promise<Lock> {
  await writePidFile(directory, mode);
  let held = true;
  return {
    release: () => {
      if (!held) return;
      held = false;
      removePidFile(directory);
      fs.closeSync(descriptor);
    },
  };
}

/** A descriptor of the file that holds the lock, or undefined if another's lock is in the way. Node makes it close-on-exec. */
async function openLocked(at: string, kind: Kind, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  if (process.platform === 'darwin') return openWithLock(at, kind);
  const descriptor = openPrivateFile(at, fs.constants.O_RDWR);
  try {
    if (await lockDescriptor(descriptor, kind, env)) return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  fs.closeSync(descriptor);
  return undefined;
}

/** open(2) on macOS and BSD; the numbers are of its <fcntl.h>, since Node does not name them. */
function openWithLock(at: string, kind: Kind): number | undefined {
  const lockFlag = kind === 'exclusive' ? 0x20 : 0x10;
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    return fs.openSync(at, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | lockFlag, 0o600);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return undefined;
    throw new UserError(`cannot lock ${at}: ${String(error)}`);
  }
}

/** flock(2) belongs to the open file, not to the process: what a child does to the inherited descriptor stays for us. */
async function lockDescriptor(descriptor: number, kind: Kind, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const [program, args] of waysToLock(kind)) {
    const outcome = await runSystemCommand(program, args, { descriptor, env });
    if (outcome.kind === 'missing') continue;
    if (outcome.status === 0) return true;
    if (outcome.status === 1) return false;
    throw new UserError(`cannot lock the state directory: ${program}: ${outcome.stderr || `status ${outcome.status}`}`);
  }
  throw new UserError('neither flock nor perl was found on PATH: install util-linux');
}

function waysToLock(kind: Kind): readonly (readonly [string, readonly string[]])[] {
  // LOCK_NB is 4, LOCK_EX 2, LOCK_SH 1 on every system (flock(2)).
  const operation = 4 + (kind === 'exclusive' ? 2 : 1);
  const script = `use Errno; open(my $f, "+<&=", 3) and flock($f, ${operation}) and exit 0;
    exit 1 if $!{EWOULDBLOCK}; print STDERR $!; exit 2`;
  return [
    ['flock', [kind === 'exclusive' ? '-xn' : '-sn', '3']],
    ['perl', ['-e', script]],
  ];
}

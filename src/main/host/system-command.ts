// Owns: running the small programs of the system that do what Node cannot: flock, perl, mkfifo, ps.
// Leaves: git, but for what pairing asks and changes (main/peers/place.ts, commands/this-repository.ts; git/run-git.ts).
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collected, collect } from '../../shared/system/child-process.ts';
import { meaningOf } from '../../shared/system/errno.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { SYSTEM_COMMAND_MS } from '../patience.ts';
import { UserError } from '../user-error.ts';

export type Outcome =
  | { readonly kind: 'exited'; readonly status: number; readonly stdout: string; readonly stderr: string }
  /** There is no such program on PATH. */
  | { readonly kind: 'missing' };

export interface CommandOptions {
  /** Handed to the program as its descriptor 3. */
  readonly descriptor?: number;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Instead of SYSTEM_COMMAND_MS. */
  readonly limitMs?: number;
}

/** They say a line or two. */
const MOST_BYTES = 1024 * 1024;

/** What the system cannot start just now, as there are too many processes or too little memory, it often can a moment later. */
const MOST_TRIES = 5;
const AGAIN_MS = 200;

/**
 * Runs a program to its end; a signal counts as status 128. Rejects if it cannot be started for another reason than that
 * there is none, also a few moments later where that could help.
 */
export async function runSystemCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runOnce(program, args, options);
    } catch (error) {
      if (tries === MOST_TRIES || meaningOf(errorCode(error)) !== 'passes') throw error;
      await sleep(AGAIN_MS);
    }
  }
}

/** Rejects at once if it cannot be started. */
async function runOnce(
  program: string,
  args: readonly string[],
  { descriptor, env, cwd, limitMs = SYSTEM_COMMAND_MS }: CommandOptions,
): Promise<Outcome> {
  const child = spawn(program, args, {
    env: { ...env, LC_ALL: 'C' },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', ...(descriptor === undefined ? [] : [descriptor])],
  });
  // Not as an option of spawn, whose timer is left running where there is no such program, and keeps a process from its end.
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    // A child of its own may hold the other ends.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  }, limitMs);
  for (const event of ['close', 'error']) child.once(event, () => clearTimeout(timer));
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream && collect(stream, MOST_BYTES));
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ kind: 'missing' });
      else reject(error);
    });
    child.once('close', (status) =>
      resolve({ kind: 'exited', status: status ?? 128, stdout: lineOf(stdout), stderr: lineOf(stderr) }),
    );
  });
}

/** The file system has no named pipes. */
export class CannotMakeFifo extends UserError {}

/** What mkfifo says where it is for another reason. File systems without FIFOs say EPERM, ENOSYS, EOPNOTSUPP, EINVAL or EIO. */
const OTHER_REASON = /No space|[Qq]uota|Permission denied|File exists|No such file|Not a directory|Read-only/;

/** Whatever the umask; why one failed both say in the system's own words. */
const WAYS_TO_MAKE_FIFOS: readonly (readonly [string, readonly string[]])[] = [
  ['mkfifo', ['-m', '600']],
  ['perl', ['-MPOSIX=mkfifo', '-e', 'umask 0; for (@ARGV) { mkfifo($_, 0600) or die "$_: $!\\n" }']],
];

/** By mkfifo(1), or perl where that is missing; private, for as many as are wanted. Throws a UserError. */
export async function makeFifo(...paths: readonly string[]): Promise<void> {
  for (const [program, args] of WAYS_TO_MAKE_FIFOS) {
    const outcome = await runSystemCommand(program, [...args, ...paths], { env: process.env });
    if (outcome.kind === 'missing') continue;
    if (outcome.status === 0) return;
    const Failure = OTHER_REASON.test(outcome.stderr) ? UserError : CannotMakeFifo;
    const [first] = outcome.stderr.split('\n');
    throw new Failure(`cannot make a named pipe: ${first}`);
  }
  throw new UserError('neither mkfifo nor perl was found on PATH: install coreutils');
}

/** What a program says that succeeds; undefined of any other. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: Omit<CommandOptions, 'descriptor'>,
): Promise<string | undefined> {
  const outcome = await runSystemCommand(program, args, options).catch(() => undefined);
  return outcome?.kind === 'exited' && outcome.status === 0 ? outcome.stdout : undefined;
}

/** The status of a line of shell, whose output is nobody's. Never rejects: 128 is for all that went wrong. */
export async function shellStatus(command: string, options: Omit<CommandOptions, 'descriptor'>): Promise<number> {
  const script = 'exec >/dev/null 2>&1; eval "$1"';
  const outcome = await runSystemCommand('sh', ['-c', script, 'sh', command], options).catch(() => undefined);
  return outcome?.kind === 'exited' ? outcome.status : 128;
}

const lineOf = (said: Collected | null | undefined): string => (said?.text() ?? '').replace(/\n$/, '');

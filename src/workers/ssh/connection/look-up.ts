// Owns: the addresses of a host name, as this system finds them, without keeping any other remote from finding its own.
// Leaves: connecting to them (byte-stream.ts).
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { CommandNotStarted, type CommandOptions, runForOutput } from '../../run-command.ts';
import { script as LOOK_UP } from './look-up.pl';

/** 0: both. */
export type Family = 0 | 4 | 6;

export interface LookUpOptions extends Pick<CommandOptions, 'noteChild'> {
  readonly signal: AbortSignal;
  /** Programs that are asked, in this order; those of this system without it. */
  readonly ways?: readonly LookUpWay[];
}

export interface LookUpWay {
  readonly program: string;
  readonly args: (host: string) => readonly string[];
}

/**
 * Each is a process of its own, which takes 2 ms and can be ended. Node itself would call getaddrinfo(3) in its pool of four
 * threads, at most two of which may do that, for all remotes, and each until the name servers are given up: seven remotes
 * of an office whose server is away would keep all others from connecting for a minute. c-ares, which needs no thread,
 * knows nothing of nsswitch.conf.
 */
const WAYS: readonly LookUpWay[] = [
  // glibc and musl; a BSD's knows no `ahosts`, and says so by another status.
  { program: 'getent', args: (host) => ['ahosts', host] },
  { program: 'perl', args: (host) => ['-e', LOOK_UP, host] },
];
/** Of both programs: there is no such name, or nobody who could tell. */
const NOT_FOUND = 2;
/** A name has a few dozen addresses at most. */
const MOST_BYTES = 64 * 1024;

/**
 * In the order of the system (RFC 6724), each once. Throws unreachable for a name that has none, or none of this family,
 * and what the signal was aborted with.
 */
export async function addressesOf(host: string, family: Family, options: LookUpOptions): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  const found = (await foundByPrograms(host, options)) ?? (await foundByNode(host));
  const wanted = found.filter((address) => family === 0 || isIP(address) === family);
  if (wanted.length > 0) return wanted;
  throw new DaemonError('unreachable', `the host name ${printable(host)} cannot be looked up`);
}

/** Undefined where there is no program that can tell. */
async function foundByPrograms(
  host: string,
  { signal, noteChild, ways = WAYS }: LookUpOptions,
): Promise<readonly string[] | undefined> {
  // A program would take it for an option.
  if (host.startsWith('-')) return [];
  for (const { program, args } of ways) {
    try {
      const child = { directory: '/', signal, mostBytes: MOST_BYTES, ...(noteChild && { noteChild }) };
      const { exit, stdout } = await runForOutput(program, args(host), child);
      if (exit.status === 0) return addressesIn(stdout);
      if (exit.status === NOT_FOUND) return [];
    } catch (error) {
      if (!(error instanceof CommandNotStarted)) throw error;
    }
  }
  return undefined;
}

/** The last resort: one that cannot be ended, and may be in the way of others. */
async function foundByNode(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
  } catch {
    // ENOTFOUND, EAI_AGAIN: as the programs say it.
    return [];
  }
}

/** What stands first in each line. */
export function addressesIn(stdout: string): readonly string[] {
  const first = stdout.split('\n').map((line) => line.split(/\s/, 1)[0] ?? '');
  return [...new Set(first)].filter((word) => isIP(word) !== 0);
}

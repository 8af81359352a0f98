// Owns: what the ssh program's complaints mean, and which of them are its own.
// Leaves: what a command on the server complained about (watch/notify-failures.ts).
import { DaemonError, type FailureCode } from '../../../shared/failures.ts';
import { fetchAdvice, THEN_RESUME } from '../../../shared/login-advice.ts';
import { printable } from '../../../shared/printable.ts';
import { ownWordsOfSsh } from '../../../shared/ssh-words.ts';
import { PASSING_WORDS } from '../../../shared/system/errno.ts';
import type { ChannelExit } from '../../upload-pack/channel.ts';

/** Whom the program was to reach, and why. */
export interface Called {
  readonly host: string;
  /** What a person would type to get there. */
  readonly call: string;
  /** Its name in git's config. */
  readonly remote: string;
}

/** First match wins: the more particular sign stands higher. OpenSSH 7 to 10, and plink, under LC_ALL=C. */
const SIGNS: readonly (readonly [RegExp, FailureCode])[] = [
  // Said of a file that ssh could not read, or a process it could not start: what follows from that proves nothing.
  [PASSING_WORDS, 'not-now'],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|POTENTIAL SECURITY BREACH|is marked as revoked/, 'host-key-changed'],
  [/Host key verification failed|No \S+ host key is known for|host key is not cached/i, 'host-key-unknown'],
  [/: Permission denied \(|No supported authentication methods/, 'auth-refused'],
  [/Bad configuration option|terminating, \d+ bad|Bad owner or permissions|Can't open user config/, 'bad-ssh-config'],
  [/unknown option|Cannot execute command-line and remote command|name contains invalid/, 'bad-ssh-config'],
  [/^jumphost loop via /m, 'bad-ssh-config'],
  [/timed out|Timeout, server/, 'timed-out'],
  [/Could not resolve|Connection refused|No route to host|unreachable|Name or service not known/, 'unreachable'],
];

/**
 * Undefined unless the program itself failed (255, or a signal); a command's own end is not its business. What others
 * may have said, before any key was agreed on, is a connection that broke.
 */
export function opensshFailure(exit: ChannelExit, stderr: string, called: Called): DaemonError | undefined {
  if (exit.kind === 'status') return undefined;
  const own = ownWordsOfSsh(stderr);
  const unproven = saysTooManyKeys(stderr) ? 'maybe-refused' : 'dropped';
  const code = SIGNS.find(([sign]) => sign.test(own))?.[1] ?? unproven;
  return new DaemonError(
    code,
    `ssh to ${printable(called.host)}: ${detailOf(code, lastLine(stderr) || 'it ended', called)}`,
  );
}

/** Whether anybody, be it the server or not, has said that it wants no more logins. */
const saysTooManyKeys = (stderr: string): boolean =>
  /Too many authentication failures|No supported authentication methods/.test(stderr);

/** With what to do where only a person can mend it. */
function detailOf(code: FailureCode, line: string, { call, remote }: Called): string {
  switch (code) {
    case 'host-key-unknown':
      return `its host key is not known; connect once with \`${call}\`, ${THEN_RESUME}`;
    case 'host-key-changed':
      return `its host key has changed or is revoked; see \`${call}\`, correct known_hosts, ${THEN_RESUME}`;
    case 'auth-refused':
      return `${line.replace(/\.$/, '')}; ${fetchAdvice(remote)}`;
    default:
      return line;
  }
}

/** The summing-up stands last; warnings come before. */
function lastLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return printable(lines.at(-1) ?? '');
}

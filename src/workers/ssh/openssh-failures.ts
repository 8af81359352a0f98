// Owns: what the ssh program's complaints mean.
// Leaves: what a command on the server complained about (notify-failures.ts).
import { DaemonError, type FailureCode } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { ChannelExit } from './connection.ts';

/** First match wins: the more particular sign stands higher. OpenSSH 7 to 9, and plink, under LC_ALL=C. */
const SIGNS: readonly (readonly [RegExp, FailureCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|POTENTIAL SECURITY BREACH|is marked as revoked/, 'host-key-changed'],
  [/Host key verification failed|No .* host key is known for|host key is not cached/i, 'host-key-unknown'],
  [/Permission denied|Too many authentication failures|No supported authentication methods/, 'auth-refused'],
  [/Bad configuration option|terminating, \d+ bad|Bad owner or permissions|Can't open user config/, 'bad-ssh-config'],
  [/unknown option|Cannot execute command-line and remote command|invalid characters/, 'bad-ssh-config'],
  [/timed out|Timeout, server/, 'timed-out'],
  [/Could not resolve|Connection refused|No route to host|unreachable|Name or service not known/, 'unreachable'],
];

/**
 * Undefined unless the program itself failed (255, or a signal); a command's own end is not its business. `call`: what
 * a person would type to get to the host.
 */
export function opensshFailure(
  exit: ChannelExit,
  stderr: string,
  { host, call }: { readonly host: string; readonly call: string },
): DaemonError | undefined {
  if (exit.kind === 'status') return undefined;
  const code = SIGNS.find(([sign]) => sign.test(stderr))?.[1] ?? 'dropped';
  return new DaemonError(code, `ssh to ${printable(host)}: ${advice(code, call) ?? (lastLine(stderr) || 'it ended')}`);
}

/** For what only a person can mend. */
function advice(code: FailureCode, call: string): string | undefined {
  if (code === 'host-key-unknown') return `its host key is not known; connect once with: ${call}`;
  if (code === 'host-key-changed') return `its host key has changed or is revoked; see: ${call}`;
  return undefined;
}

/** The summing-up stands last; warnings come before. */
function lastLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return printable(lines.at(-1) ?? '');
}

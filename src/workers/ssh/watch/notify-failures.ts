// Owns: what it means that `git-annex-shell notifychanges` ended before it was READY. Pure.
// Leaves: failures of the connection itself (connection/ssh2-login.ts, connection/openssh-failures.ts).
import { DaemonError, type FailureCode } from '../../../shared/failures.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import type { ChannelExit } from '../../upload-pack/channel.ts';
import { SHORTAGE } from './shortage.ts';

/**
 * First match wins: the more particular sign stands higher. What git-annex-shell itself says carries its name
 * (git-annex, CmdLine/GitAnnexShell.hs); the other words are of git-shell, of shells, and of hosts that serve only git.
 */
const SIGNS: readonly (readonly [RegExp, FailureCode])[] = [
  // A plain repository on a host that has git-annex: nothing is wrong there, and the next rung is right for it.
  [/Not a git-annex or gcrypt repository/, 'shell-missing'],
  // One from before notifychanges (2014) hands the word on to git-shell.
  [/git-annex-shell: (?:git-shell failed|bad parameters|unknown command)/i, 'no-notifychanges'],
  [/unrecognized command 'notifychanges/, 'no-notifychanges'],
  [/git-annex-shell: (?:Only allowed to access|Action blocked by|.*not (?:available|supported))/, 'no-notifychanges'],
  [
    /failed to read git config|not a git repository|does not exist|No such file or directory: .*\.git/i,
    'no-repository',
  ],
  [SHORTAGE, 'remote-error'],
  [/git-annex-shell: /, 'remote-error'],
];

/** Plainer words for a person, where there are some. */
const PLAINER: readonly (readonly [RegExp, (shell: string, host: string) => string])[] = [
  [
    /Not a git-annex or gcrypt repository/,
    (shell, host) => `${shell} on ${host} tells of changes only where 'git annex init' was run`,
  ],
  [
    /unrecognized command 'notifychanges|git-annex-shell: (?:bad parameters|unknown command)/i,
    (shell, host) => `the ${shell} on ${host} is too old to tell of changes; upgrade git-annex there`,
  ],
];

/** A shell's own words for a program that is not there, which carry the program's name as well. */
const NOT_FOUND = /not found|No such file or directory|is not recognized as/i;

/** What was asked for, and where, as a person knows it. */
export interface AnnexShell {
  readonly shell: string;
  readonly host: string;
}

export function notifyFailure(exit: ChannelExit, stderr: string, annexShell: AnnexShell): DaemonError {
  const [shell, host] = [printable(annexShell.shell), printable(annexShell.host)];
  const line = firstLine(stderr);
  const said = line && saidBy('the server', line);
  if (exit.kind === 'signal') return new DaemonError('remote-error', `${shell} was ended by ${printable(exit.signal)}`);
  if (exit.kind === 'status' && (exit.status === 127 || exit.status === 126)) {
    return new DaemonError('shell-missing', said || `${shell}: command not found`);
  }
  const code = NOT_FOUND.test(line) && line.includes(annexShell.shell) ? 'shell-missing' : codeOf(stderr);
  const plainer = PLAINER.find(([sign]) => sign.test(stderr))?.[1];
  if (plainer) return new DaemonError(code, plainer(shell, host));
  return new DaemonError(code, said || `the server does not run ${shell}`);
}

/** Whoever answers without git-annex-shell's name is not git-annex-shell: a forge, gitolite, git-shell. */
const codeOf = (stderr: string): FailureCode => SIGNS.find(([sign]) => sign.test(stderr))?.[1] ?? 'shell-missing';

function firstLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => printable(line));
  return lines.find((line) => line !== '') ?? '';
}

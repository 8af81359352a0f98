// Owns: what is asked of a remote shell, and which host and user names are fit to be handed to ssh at all.
// Leaves: reading them from a URL (main/config), and carrying the command (the connections).
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { shellQuoted } from '../../../shared/shell-word.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';

/** `git-annex-shell 'notifychanges' '/dir'`; gitolite takes no other spelling. */
export function notifyChangesCommand(target: SshTarget): string {
  return `${programName(target.annexShell)} 'notifychanges' ${shellQuoted(annexDirectory(target.path))}`;
}

/** `git-upload-pack '/dir'` as git asks for it, or undefined where `uploadpack` is a piece of shell script. */
export function uploadPackCommand(target: SshTarget): string | undefined {
  return PLAIN_WORDS.test(target.uploadPack) ? `${target.uploadPack} ${shellQuoted(target.path)}` : undefined;
}

/** git-annex-shell's directory: what is under a home directory is spelled `/~/dir` (git-annex, Git/Construct.hs). */
export function annexDirectory(path: string): string {
  if (path.startsWith('/')) return path;
  return path.startsWith('~') ? `/${path}` : `/~/${path}`;
}

/**
 * Throws for a host or user that ssh would take for an option, or that OpenSSH refuses (ssh.c, valid_hostname and
 * valid_ruser): they reach ProxyCommand and its shell.
 */
export function refuseUnsafeTarget(target: SshTarget): void {
  if (isUnsafeName(target.host)) {
    throw new DaemonError('bad-ssh-config', `the host name "${printable(target.host)}" is not allowed`);
  }
  if (target.user !== undefined && isUnsafeName(target.user)) {
    throw new DaemonError('bad-ssh-config', `the user name "${printable(target.user)}" is not allowed`);
  }
}

export const isUnsafeName = (name: string): boolean =>
  name === '' || name.startsWith('-') || /[\s\p{Cc}'"`$\\;&<>|(){}]/u.test(name);

/** Words that mean themselves to every shell, `~` at the start of a path included. */
const PLAIN_WORDS = /^[A-Za-z0-9_./~][A-Za-z0-9_./~+:@%, -]*$/;

const programName = (program: string): string => (PLAIN_WORDS.test(program) ? program : shellQuoted(program));

// Owns: the environment that sends git through a relay rather than to a server of its own.
// Leaves: what git runs there instead of ssh (relay-client.ts), and the rest of git's environment (shared/git-environment.ts).
import { sshEnvironment } from '../../shared/git-environment.ts';
import { shellQuoted } from '../../shared/shell-word.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';

/**
 * Makes git run a stand-in (its program and first arguments; the socket comes last) instead of ssh where it asks for
 * exactly what the relay serves: the upload-pack of this remote. All that git starts inherits this, and may ask for
 * something else: a partial clone fetches what it lacks, maybe from another remote, and the URL may have changed since
 * the link was opened. That goes by the plain ssh.
 */
export function relayEnvironment(
  standIn: readonly string[],
  socketPath: string,
  target: SshTarget,
): Record<string, string> {
  const { GIT_SSH_COMMAND: plain, GIT_SSH_VARIANT: variant = 'ssh' } = sshEnvironment(target.command);
  const relay = [...standIn, socketPath].map(shellQuoted).join(' ');
  const served = askedFor(target).map(shellQuoted).join(' | ');
  // git has a shell run this with its arguments, and `"$@"` behind it.
  return { GIT_SSH_COMMAND: `case "$*" in ${served}) exec ${relay} ;; esac; ${plain}`, GIT_SSH_VARIANT: variant };
}

/** What git may give ssh to fetch from there (connect.c, push_ssh_options and git_connect). */
function askedFor(target: SshTarget): readonly string[] {
  const { host, user, port, path, uploadPack, command } = target;
  const variant = command.kind === 'shell' ? command.variant : 'ssh';
  const portOption = port === undefined ? '' : `-${variant === 'ssh' ? 'p' : 'P'} ${port} `;
  const login = user === undefined ? host : `${user}@${host}`;
  const asked = `${portOption}${login} ${uploadPack} ${shellQuoted(path)}`;
  if (variant === 'tortoiseplink') return [`-batch ${asked}`];
  // Without it where the config wants protocol v0.
  return variant === 'ssh' ? [`-o SendEnv=GIT_PROTOCOL ${asked}`, asked] : [asked];
}

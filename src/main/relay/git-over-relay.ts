// Owns: the environment that sends git through a relay rather than to a server of its own.
// Leaves: what git runs there instead of ssh (relay-client.ts), or as a helper (helper.pl), and the rest of git's environment (shared/git-environment.ts).
import path from 'node:path';
import { type Environment, sshEnvironment } from '../../shared/git-environment.ts';
import type { RelayedTo } from '../../shared/rungs/rung.ts';
import { shellQuoted } from '../../shared/shell-word.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';
import { isThere, type RelayClient, socketNumbers } from './relay-client.ts';

/** What execvp(3) goes through where there is none. */
const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * Makes git find our remote helpers, in this folder, before any other of the same names; and these find the Node that this
 * process is.
 */
export const withHelpers = (env: Environment, helpers: string): Record<string, string | undefined> => ({
  ...env,
  PATH: pathTo(env, helpers),
  GIT_REMOTE_DAEMON_NODE: process.execPath,
});

/** What is searched for programs, and that folder before all else. */
export const pathTo = ({ PATH }: Environment, folder: string): string =>
  `${folder}${path.delimiter}${PATH || USUAL_PATH}`;

/** The environment in which git gets to where a relay leads through that; undefined: what it would run is gone. */
export function gitOverRelay(client: RelayClient, socketPath: string, to: RelayedTo): Environment | undefined {
  if (to.kind === 'peer') return doorEnvironment(to, socketPath, client);
  return isThere(client) ? relayEnvironment(client, socketPath, to.target) : undefined;
}

type Peer = Extract<RelayedTo, { kind: 'peer' }>;

/** Makes our remote helpers go through the relay for this URL, and for no other that git may come to. */
const doorEnvironment = (target: Peer, socketPath: string, client: RelayClient): Record<string, string> => ({
  GIT_REMOTE_DAEMON_DOOR: doorText(target, socketPath, client),
});

/** What a helper has to know of a door, a line each: for which URL it is, its socket, and what perl needs to get there. */
export const doorText = ({ url }: Peer, socketPath: string, client: RelayClient): string =>
  `${url}\n${socketPath}\n${socketNumbers(client)}\n`;

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

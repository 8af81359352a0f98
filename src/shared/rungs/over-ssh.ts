// Owns: what all rungs have in common that reach their remote by ssh.
// Leaves: the rungs (server-watch.ts, annex-shell.ts, poll.ts).
import type { SshTarget } from '../ssh-target.ts';

/** `host`, `user@host` or `user@host:port`: what the URL leaves out, only ssh's own config knows. */
export const accountOf = ({ user, host, port }: SshTarget): string =>
  `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;

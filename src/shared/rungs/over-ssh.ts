// Owns: what all rungs have in common that reach their remote by ssh.
// Leaves: the rungs (server-watch.ts, annex-shell.ts, poll.ts).
import type { SshTarget } from '../ssh-target.ts';
import type { SecretSection } from './rung.ts';

/** Passphrases are for whoever logs in within the worker: a command of the user's own has its keys by itself. */
export const secretsFor = ({ command }: SshTarget): SecretSection | undefined =>
  command.kind === 'options' ? 'passphrases' : undefined;

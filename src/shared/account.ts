// Owns: whose login it is, as far as a refusal of it is one of all who log in as that; and what a login can come to.
// Leaves: what follows from a refusal (main/supervisor/link/account-verdicts.ts), and logging in (workers).
import { DaemonError, type Failure, failureOf } from './failures.ts';
import type { SshTarget } from './ssh-target.ts';

/** What may have to change here before a login that was refused is let in. */
export interface Clues {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Path of an ssh agent's socket. */
  readonly agent?: string;
}

export interface Account {
  /** Who, where, and by which keys: of two that are the same, one tries for both. `user@host:port`, or `https://user@host`. */
  readonly key: string;
  /** What is there for everybody is refused to nobody: only who was refused himself waits for the others. */
  readonly isOpenToAll?: true;
  readonly clues: Clues;
}

/** Who logs in: the built-in client, or a program of the user's. */
export type LoggedInBy = 'built-in' | 'program';

export type LoginOutcome =
  | { readonly kind: 'let-in' }
  /**
   * `isFinal`: there is nobody else to try, or he would ask the same of the same agent again. `isUnproven`: it may have
   * been said by somebody on the way.
   */
  | {
      readonly kind: 'refused';
      readonly failure: Failure;
      readonly isFinal: boolean;
      readonly isUnproven?: true;
    };

/** Why there is no turn for a login. */
export type Denial =
  /** So was the last one, and nothing has changed since. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** The program of the user's goes first: the built-in client is not let in here. */
  | { readonly kind: 'by-program' };

/** The account of a URL that git itself reaches; undefined: there is none, or only ssh knows. */
export function webAccount(url: string): Account | undefined {
  const [, scheme, user, host] = /^(https?):\/\/(?:([^/@]*)@)?([^/@?#]+)/i.exec(url) ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const name = user?.split(':')[0];
  const key = `${scheme.toLowerCase()}://${name ? `${name}@` : ''}${host.toLowerCase()}`;
  return { key, ...(!name && { isOpenToAll: true as const }), clues: { files: [] } };
}

/** The account of an ssh that is started as it is configured, where nobody has asked it for its settings. */
export function callAccount({ host, user, port, command }: SshTarget, agent: string | undefined): Account {
  const call = command.kind === 'options' ? [command.program, ...command.options] : [command.command];
  const key = [...call, `${user ?? ''}@${host}:${port ?? ''}`].join('\n');
  return { key, clues: { files: [], ...(agent && { agent }) } };
}

/** What it says of an account that git has failed in this way; undefined: nothing. */
export function outcomeOfFailure(thrown: unknown): LoginOutcome | undefined {
  if (!(thrown instanceof DaemonError) || thrown.code !== 'auth-refused') return undefined;
  return { kind: 'refused', failure: failureOf(thrown), isFinal: true };
}

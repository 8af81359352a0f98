// Owns: where an ssh remote is, and how ssh is called for it.
// Leaves: reading either from a URL and the config (main/config), and connecting (workers/ssh).

/** How `ssh` is called for a remote: git's core.sshCommand, GIT_SSH_COMMAND or GIT_SSH, understood as far as it can be. */
export type SshCommand =
  /** The plain program with options only; `options` go to `ssh -G` as they are (git-annex's ssh options included). */
  | { readonly kind: 'options'; readonly program: string; readonly options: readonly string[] }
  /** Anything else: `command` is handed to `sh -c` with the arguments git would append; `variant` as in ssh.variant. */
  | { readonly kind: 'shell'; readonly command: string; readonly variant: SshVariant };

export type SshVariant = 'ssh' | 'simple' | 'plink' | 'putty' | 'tortoiseplink';

/** Where an ssh remote is and what to call there. Nothing in it has been quoted for a shell. */
export interface SshTarget {
  /** As the user wrote it, before ssh's own aliases; never begins with `-`. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** The repository as git hands it to `git-upload-pack`: `/dir`, `~/dir`, `~user/dir` or `dir`. */
  readonly path: string;
  readonly command: SshCommand;
  /** `annex-shell` of git-annex's config, else `git-annex-shell`. */
  readonly annexShell: string;
  /** `uploadpack` of the remote, else `git-upload-pack`. */
  readonly uploadPack: string;
}

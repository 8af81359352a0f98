// Owns: that a command which is given names of remotes is given those that there are.
// Leaves: what is done with them.
import { nearest } from '../../../shared/nearest.ts';
import { printable } from '../../../shared/printable.ts';
import type { DaemonStatus } from '../../../shared/status.ts';
import { UserError } from '../../user-error.ts';

/** Throws a UserError that says which may have been meant, as git's for a remote that there is not. */
export function knowsRemotes(
  { remotes, skipped }: Pick<DaemonStatus, 'remotes' | 'skipped'>,
  names: readonly string[],
): void {
  const known = [...remotes, ...skipped].map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, known);
  const advice = meant === undefined ? '' : `; did you mean '${printable(meant)}'?`;
  throw new UserError(`there is no remote '${printable(unknown)}' here${advice}`);
}

// Owns: `status --short`: one line a remote, for prompts and bars, that stays as it is from version to version.
// Leaves: what a person is shown (view.ts).
import { printable } from '../../../shared/printable.ts';
import type { DaemonStatus, RemoteStatus } from '../../../shared/status.ts';
import { hasFailedSync } from './summary.ts';

/**
 * `origin connected syncing`: name, state, and any of `syncing`, `polled`, `failed` (the last sync has), with one space
 * between. A name has none of its own. What is not watched is `not-watched`.
 */
export function shortLines({ remotes, skipped }: Pick<DaemonStatus, 'remotes' | 'skipped'>): string[] {
  return [
    ...remotes.map((remote) => [printable(remote.name), printable(remote.state), ...flagsOf(remote)].join(' ')),
    ...skipped.map(({ name }) => `${printable(name)} not-watched`),
  ];
}

function flagsOf(remote: RemoteStatus): string[] {
  return [
    ...(remote.syncing ? ['syncing'] : []),
    ...(remote.state === 'connected' && remote.polledEveryS !== undefined ? ['polled'] : []),
    ...(hasFailedSync(remote) ? ['failed'] : []),
  ];
}

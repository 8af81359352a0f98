// Owns: what may be asked of all networks that this repository is served on.
// Leaves: doing it (services.ts), and who asks (main/supervisor).
import type { ServedNetwork } from '../../shared/status.ts';
import type { CloseHow } from '../../shared/thread-messages.ts';

export interface ServedNetworks {
  /** The config was read again: networks begin and end. `isAsked`: by a person, so whatever waits is tried at once. */
  readonly configured: (isAsked: boolean) => void;
  /** Nobody holds any more; also where nothing was held, what waits is tried at once. */
  readonly resume: () => void;
  readonly hold: (how: CloseHow) => void;
  /** The network is another, or the machine woke: whatever waits is tried at once. */
  readonly wake: () => void;
  /** Names of refs, or of objects, that are new or moved here. */
  readonly changed: (names: readonly string[]) => void;
  /** For the way out: each ends for good. Said again with `now` it hurries. */
  readonly remove: (how: CloseHow) => void;
  /** Resolves when none is left. */
  readonly gone: () => Promise<void>;
  readonly statuses: () => readonly ServedNetwork[];
  /** All that each is now, for the log. */
  readonly describe: () => readonly { readonly network: string; readonly lines: readonly string[] }[];
}

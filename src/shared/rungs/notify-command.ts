// Owns: the rung by which a remote is watched by a command of the user's own.
// Leaves: running it (workers/notify-command/notify-command.ts).
import { printable } from '../printable.ts';
import type { RungKind } from './rung.ts';

export interface NotifyCommandRung {
  readonly kind: 'notify-command';
  /** For `sh -c`. */
  readonly command: string;
}

export const notifyCommand: RungKind<NotifyCommandRung> = {
  describe: ({ command }) => `its own command, ${printable(command)}`,
  // The command says that the config asks for it.
  whyNoBetter: () => undefined,
  carrier: () => undefined,
  relay: () => undefined,
  secrets: () => undefined,
  longestWaitMs: () => undefined,
  everyMs: () => undefined,
  linkPart: (rung) => rung,
  isRuledOut: () => false,
};

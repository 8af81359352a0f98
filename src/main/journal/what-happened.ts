// Owns: what of an announcement the journal keeps. Pure.
// Leaves: keeping it (journal.ts), the orders (main/open-endpoint.ts), and the lines of the control protocol (main/control).
import type { Told } from '../../shared/control-protocol/control.ts';
import type { Happened } from '../../shared/events.ts';
import { printable } from '../../shared/printable.ts';

export function happenedBy(told: Told): Happened {
  const remote = told.remote.name;
  switch (told.kind) {
    case 'CONNECTED':
      return { event: told.kind, remote, ...(told.how !== undefined && { how: printable(told.how) }) };
    case 'DISCONNECTED':
      return { event: told.kind, remote, ...(told.why !== undefined && { why: printable(told.why) }) };
    case 'SYNCING':
      return { event: told.kind, remote };
    case 'DONESYNCING':
      return {
        event: told.kind,
        remote,
        ...told.sync,
        ...(told.sync.why !== undefined && { why: printable(told.sync.why) }),
      };
    case 'WARNING':
      return { event: told.kind, remote, text: printable(told.text) };
    default:
      return told satisfies never;
  }
}

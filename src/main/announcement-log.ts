// Owns: what the log says of what the daemon says: for people, in their words.
// Leaves: the lines for programs (control/control-loop.ts).
import type { Announcement } from '../shared/protocol/control.ts';
import type { Log } from './log.ts';

export function logAnnouncement(log: Log, message: Announcement): void {
  switch (message.kind) {
    case 'CONNECTED':
      log.info(message.remote.name, 'connected');
      break;
    case 'DISCONNECTED':
      log.info(message.remote.name, 'disconnected');
      break;
    case 'SYNCING':
      break;
    case 'DONESYNCING':
      log.info(message.remote.name, message.ok ? 'synced' : 'sync failed');
      break;
    case 'WARNING':
      log.warn(message.remote.name, message.text);
      break;
    default:
      message satisfies never;
  }
}

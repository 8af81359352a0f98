// Owns: what the log says of what the daemon says: for people, in their words.
// Leaves: the lines for programs (control/control-loop.ts).
import type { Announcement } from '../shared/control-protocol/control.ts';
import type { Log } from './log.ts';

/** `cutShort`: by us, so that a failure is none. */
export function logAnnouncement(log: Log, message: Announcement, cutShort: boolean): void {
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
      log.info(message.remote.name, message.ok ? 'synced' : cutShort ? 'sync cut short' : 'sync failed');
      break;
    case 'WARNING':
      log.warn(message.remote.name, message.text);
      break;
    default:
      message satisfies never;
  }
}

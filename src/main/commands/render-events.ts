// Owns: events as a person is shown them: a line each, in local time.
// Leaves: which are shown (events.ts), and the words for refs that moved (shared/move-words.ts).
import type { DaemonEvent } from '../../shared/events.ts';
import { moveWords, syncWords } from '../../shared/move-words.ts';
import { printable } from '../../shared/printable.ts';
import type { Instant } from '../../shared/status.ts';

/** One line with its end. */
export const renderEvent = (event: DaemonEvent): string => `${localTime(event.at)} ${sentence(event)}\n`;

function sentence(event: DaemonEvent): string {
  try {
    return ('remote' in event ? `${printable(event.remote)}: ` : '') + wordsOf(event);
  } catch {
    // A newer version, or somebody by hand, has given it another form.
    return printable(`${event.event} (in a form that this version does not know)`);
  }
}

function wordsOf(event: DaemonEvent): string {
  switch (event.event) {
    case 'STARTED':
      return printable(`the daemon has started (pid ${event.pid}, ${event.version}, ${event.mode})`);
    case 'ENDED':
      return printable(`the daemon has ended: ${event.why}`);
    case 'CONNECTED':
      return event.how === undefined ? 'connected' : `connected (${printable(event.how)})`;
    case 'DISCONNECTED':
      return event.why === undefined ? 'disconnected' : `disconnected: ${printable(event.why)}`;
    case 'SYNCING':
      return 'syncing';
    case 'DONESYNCING':
      return syncWords(event, event.remote);
    case 'WARNING':
      return `warning: ${printable(event.text)}`;
    case 'FORWARDED':
      return `forwarded ${moveWords(event, event.remote)}`;
    case 'CHANGED':
      return printable(`told CHANGED ${event.refs.join(' ')}`);
    case 'PAUSE':
    case 'LOSTNET':
    case 'RESUME':
    case 'RELOAD':
    case 'STOP':
      return printable(['told', event.event, ...(('remotes' in event && event.remotes) || [])].join(' '));
    default:
      return unknown(event);
  }
}

/** A newer version may note what this one does not know. */
const unknown = (event: never): string => printable((event as DaemonEvent).event);

/** `2025-11-30 20:15:03` */
function localTime(instant: Instant): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return printable(instant);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

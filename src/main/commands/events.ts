// Owns: the command that prints what has happened, and goes on as more happens.
// Leaves: the journal (main/journal), the words for a person (render-events.ts), and what a point in time is (shared/since.ts).
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSince } from '../../shared/since.ts';
import { findStateDirectory, type StateDirectory } from '../instance/state-directory.ts';
import { followJournal } from '../journal/follow-journal.ts';
import type { JournalLine } from '../journal/journal-files.ts';
import { parseEvent } from '../journal/lines.ts';
import { type From, openReader } from '../journal/read-journal.ts';
import { UserError } from '../user-error.ts';
import type { CommandTools, Handler } from './handler.ts';
import { renderEvent } from './render-events.ts';
import { commonDirectoryHere, stateDirectoryHere } from './this-repository.ts';

/** As `log -f` begins. */
const FOLLOWED_LINES = 10;
/** For a daemon that has never run here. */
const LOOK_MS = 500;

export const eventsCommand: Handler = async ({ options }, tools) => {
  const [isJson, follows] = [options.has('--json'), options.has('--follow')];
  const begin: From = follows && !isJson ? { kind: 'last', count: FOLLOWED_LINES } : { kind: 'oldest' };
  const since = options.get('--since');
  const from = since === undefined ? begin : readFrom(since, Date.now());
  const show = (lines: readonly JournalLine[]): Promise<void> => printAll(lines.map(isJson ? asKept : asWords), tools);
  if (!follows) return showKept(from, show, tools);
  const directory = await directoryToCome(tools.readerGone);
  if (directory === undefined) return 0;
  for await (const lines of followJournal(directory.journal, from, tools.readerGone)) await show(lines);
  return 0;
};

async function showKept(
  from: From,
  show: (lines: readonly JournalLine[]) => Promise<void>,
  { readerGone }: CommandTools,
) {
  const directory = await stateDirectoryHere();
  if (directory === undefined) throw new UserError('no daemon has ever run here: git remote-daemon start', 1);
  const reader = openReader(directory.journal, from);
  try {
    for (let lines = reader.next(); lines.length > 0 && !readerGone.aborted; lines = reader.next()) await show(lines);
  } finally {
    reader.close();
  }
  return 0;
}

/** What `--since` says. Throws a UserError. */
function readFrom(text: string, nowMs: number): From {
  if (/^\d{1,15}$/.test(text)) return { kind: 'after', id: Number(text) };
  const since = readSince(text, nowMs);
  if (since.kind === 'unclear') throw new UserError(since.why.replace('must be', 'must be the number of an event,'));
  return since;
}

/** Waits until there is one; undefined: nobody waits any more. */
async function directoryToCome(signal: AbortSignal): Promise<StateDirectory | undefined> {
  const commonDir = await commonDirectoryHere();
  for (;;) {
    const found = findStateDirectory(commonDir);
    if (found || signal.aborted) return found;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const asKept = ({ text }: JournalLine): string => `${text}\n`;

function asWords({ text }: JournalLine): string {
  const event = parseEvent(text);
  return event === undefined ? '' : renderEvent(event);
}

/** No faster than it is read: nothing is kept in memory for a reader that is slow. */
async function printAll(lines: readonly string[], { print, readerGone }: CommandTools): Promise<void> {
  print(lines.join(''));
  if (process.stdout.writableNeedDrain)
    await once(process.stdout, 'drain', { signal: readerGone }).catch(() => undefined);
}

// Owns: one consumed line makes one call, one thing to say makes one line.
// Leaves: how lines travel (stdio-endpoint.ts, pipe-endpoint.ts), and carrying the orders out (the supervisor).

import { type Announcement, type Consumed, consumed, emitted } from '../../shared/control-protocol/control.ts';
import { type Line, WHY_SKIPPED } from '../../shared/control-protocol/line-splitter.ts';
import { printable } from '../../shared/printable.ts';
import {
  type ObjectName,
  parseObjectName,
  parseRefName,
  type RefName,
  type RemoteIdentity,
} from '../../shared/remote.ts';

/** What the protocol can make happen. */
export interface Commands {
  readonly pause: () => void;
  readonly lostnet: () => void;
  readonly resume: () => void;
  /** At least one; words that are no full ref name or object name have been left out. */
  readonly changed: (refs: readonly (RefName | ObjectName)[]) => void;
  readonly reload: () => void;
  readonly stop: (why: string) => void;
}

type SetTimer = (callBack: () => void, ms: number) => void;

/** Lines about bad lines in one period; more are only counted, so that a parent gone mad fills no disk. */
const MOST_COMPLAINTS = 10;
/** So long that a flood stays small, so short that whoever looks for his line in the log finds the count. */
const COMPLAINT_PERIOD_MS = 10_000;

export interface LineHandler {
  readonly line: (line: Line) => void;
  /** No line comes any more: says now how many were kept back. */
  readonly end: () => void;
}

/** Takes what an endpoint reads, until STOP. Nothing that is read throws or ends anything. `setTimer` keeps no process alive. */
export function createLineHandler(
  commands: Commands,
  log: (text: string) => void,
  setTimer: SetTimer = (callBack, ms) => void setTimeout(callBack, ms).unref(),
): LineHandler {
  const { pass: complain, over } = atMost(MOST_COMPLAINTS, log, (periodOver) =>
    setTimer(periodOver, COMPLAINT_PERIOD_MS),
  );
  let stopped = false;
  const stop = (why: string): void => {
    stopped = true;
    commands.stop(why);
  };
  const take = (line: Line): void => {
    // The lines behind STOP may have come with it, and so before anything has begun to end.
    if (stopped) return;
    if (line.kind === 'skipped') {
      complain(`skipped a control line: ${WHY_SKIPPED[line.why]}`);
      return;
    }
    const message = consumed.parse(line.text);
    if (message) obey(message, { ...commands, stop }, complain);
    else if (line.text.trim() !== '') complain(`skipped a control line that is no message: ${quoted(line.text)}`);
  };
  return { line: take, end: over };
}

/** The line that says it, with the remote spelled as the reader wants it. */
export function formatAnnouncement(said: Announcement, spell: (remote: RemoteIdentity) => string): string {
  const remote = spell(said.remote);
  return emitted.format(
    said.kind === 'WARNING' ? { kind: said.kind, remote, text: printable(said.text) } : { ...said, remote },
  );
}

/** Blanks at its ends are what may be wrong with it. */
const quoted = (text: string): string => printable(JSON.stringify(text));

function obey(message: Consumed, commands: Commands, complain: (text: string) => void): void {
  switch (message.kind) {
    case 'PAUSE':
      commands.pause();
      break;
    case 'LOSTNET':
      commands.lostnet();
      break;
    case 'RESUME':
      commands.resume();
      break;
    case 'RELOAD':
      commands.reload();
      break;
    case 'STOP':
      commands.stop('STOP');
      break;
    case 'CHANGED':
      changed(message.refs, commands, complain);
      break;
    default:
      message satisfies never;
  }
}

function changed(words: readonly string[], commands: Commands, complain: (text: string) => void): void {
  const refs = words.flatMap((word) => parseObjectName(word) ?? parseRefName(word) ?? []);
  if (refs.length < words.length) {
    const bad = words.find((word) => !parseObjectName(word) && !parseRefName(word));
    complain(`CHANGED: passed over what is no full ref name or object name: ${quoted(bad ?? '')}`);
  }
  if (refs.length > 0) commands.changed(refs);
}

/** Passes on so many texts in a period, and at its end says how many it kept back. */
function atMost(
  most: number,
  log: (text: string) => void,
  startPeriod: (over: () => void) => void,
): { readonly pass: (text: string) => void; readonly over: () => void } {
  let count = 0;
  const over = (): void => {
    if (count > most) log(`skipped ${count - most} more control lines`);
    count = 0;
  };
  const pass = (text: string): void => {
    if (count === 0) startPeriod(over);
    count += 1;
    if (count <= most) log(text);
  };
  return { pass, over };
}

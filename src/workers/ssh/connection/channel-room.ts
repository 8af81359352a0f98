// Owns: over which connection the next command of a link goes, by what the link's own has shown to carry at once. Pure.
// Leaves: running commands (channels.ts), and remembering it beyond the link (main/supervisor/link/server-limits.ts).

/** Of the link's own connection. */
export interface ChannelRoom {
  readonly open: number;
  /** It has refused more than so many; undefined: none yet. */
  readonly most: number | undefined;
}

/** `own`: the link's own connection. `further`: one that is logged in to for it. `none`: it is done without. */
export type ChannelPlace = 'own' | 'further' | 'none';

/** `spare`: one that is started beforehand, and is to leave room for what is asked for next. */
export function placeFor({ open, most }: ChannelRoom, what: 'needed' | 'spare'): ChannelPlace {
  if (most === undefined) return 'own';
  if (what === 'needed') return open < most ? 'own' : 'further';
  return open + 1 < most ? 'own' : 'none';
}

/**
 * What a command that did not run shows of the server. `full`: it carries no more than are open. `maybe-full`: it broke
 * the connection, which others do, too. `nothing`: it runs no such command.
 */
export type Shown = 'full' | 'maybe-full' | 'nothing';

/** `refused`: the channel itself; `declined`: the command in it. */
export type NotRun = 'refused' | 'declined' | 'unanswered' | 'broken';

export function shownBy({ open, most }: ChannelRoom, how: NotRun): Shown {
  // The first of all is refused for another reason, and what was free before will be again.
  if (open === 0 || (most !== undefined && open >= most)) return 'nothing';
  return how === 'broken' ? 'maybe-full' : 'full';
}

// Owns: what of a status a person is shown, as data: a line that sums up, a row for each remote, and more where it is wanted.
// Leaves: choosing it (view.ts), and laying it out (render.ts).
import type { Paint, Tone } from '../terminal/colour.ts';

export interface StatusView {
  readonly summary: Toned;
  /** What holds for all of it, a sentence each. */
  readonly notes: readonly string[];
  readonly rows: readonly RemoteRow[];
  readonly blocks: readonly Block[];
}

export interface Toned {
  readonly text: string;
  readonly tone: Tone;
}

export interface RemoteRow {
  readonly name: string;
  readonly state: Toned;
  /** Empty while it is not. */
  readonly watchedBy: string;
  readonly lastChange: string;
}

/** More about one thing. */
export interface Block {
  readonly title: Toned;
  readonly lines: readonly string[];
  /** What to do, as `git status` says it. */
  readonly hint?: string;
}

/** What it is laid out for. */
export interface Page {
  /** Columns; undefined: no line is cut or broken. */
  readonly width: number | undefined;
  /** It is drawn again and again: its columns are not to move for a state that comes and goes. */
  readonly isLive?: boolean;
  readonly paint: Paint;
}

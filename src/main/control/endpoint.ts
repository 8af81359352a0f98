// Owns: what the control protocol needs of a way to talk: lines in, lines out, closed.
// Leaves: the ways (stdio-endpoint.ts, pipe-endpoint.ts), and what the lines mean (line-handler.ts).
import type { Line } from '../../shared/control-protocol/line-splitter.ts';

export interface EndpointListener {
  readonly line: (line: Line) => void;
  /** The other side is gone for good (only where that ends the daemon): end of file, EPIPE, or it does not read. */
  readonly closed: (why: string) => void;
  /** The lines a reader who comes late is told first. */
  readonly greeting: () => readonly string[];
}

export interface Endpoint {
  /** Writes a line, given without its line end. Never waits and never throws. */
  readonly send: (line: string) => void;
  /** Lines that were dropped because nobody read them. */
  readonly droppedLines: () => number;
  /** Writes out what was sent, within a limit, and lets go of everything. */
  readonly close: () => Promise<void>;
}

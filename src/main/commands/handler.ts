// Owns: what a command is to whoever runs it.
// Leaves: which there are (dispatch.ts).
import type { Call } from './command-line.ts';
import type { Output } from './this-repository.ts';

export interface CommandTools extends Output {
  /** Aborted once nobody reads stdout any more. */
  readonly readerGone: AbortSignal;
}

/** Resolves with the exit status. Throws a UserError for what makes it impossible. */
export type Handler = (call: Call, tools: CommandTools) => Promise<number>;

// Owns: what a command may ask the running daemon over its socket, and what it is answered: lines of JSON both ways.
// Leaves: the socket (main/instance/request-socket.ts), carrying it out (main/supervisor), and the words for a person (main/commands).
import type { DaemonStatus } from './status.ts';

/** One line. `remotes`: their names; none stands for all. */
export type Request =
  | { readonly ask: 'status' }
  /** Answered once for each remote: at once with `asked` where it does not wait, else when it is over. */
  | { readonly ask: 'fetch'; readonly remotes: readonly string[]; readonly waits: boolean }
  /** Answered for each remote once all that it had at this moment is here. */
  | { readonly ask: 'wait'; readonly remotes: readonly string[] }
  | { readonly ask: 'pause' | 'resume' | 'reload'; readonly remotes: readonly string[] }
  | { readonly ask: 'explain'; readonly remote: string };

/** Any number of lines, of which `end` is the last. */
export type Answer =
  | { readonly say: 'status'; readonly status: DaemonStatus }
  /** Of one remote: how it went, in a sentence where there is something to tell. */
  | { readonly say: 'remote'; readonly remote: string; readonly ok: boolean; readonly text?: string }
  | { readonly say: 'explained'; readonly explained: Explained }
  /** The request cannot be carried out; nothing was done. */
  | { readonly say: 'refused'; readonly why: string }
  | { readonly say: 'end' };

/** How a remote is watched, and why so. */
export interface Explained {
  readonly remote: string;
  readonly url: string;
  /** Of its ways, best first. */
  readonly ways: readonly ExplainedWay[];
  /** What would make it better, a sentence each. */
  readonly advice: readonly string[];
}

export interface ExplainedWay {
  readonly what: string;
  readonly state: 'in-use' | 'failed' | 'untried' | 'ruled-out';
  /** What it said, or why it is not tried. */
  readonly why?: string;
  /** When it is tried again. */
  readonly again?: string;
}

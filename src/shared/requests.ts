// Owns: what a command may ask the running daemon over its socket, and what it is answered: lines of JSON both ways.
// Leaves: the socket (main/instance/request-socket.ts), carrying it out (main/supervisor/requests), and the words for a person (main/commands).
import type { DaemonStatus, Instant } from './status.ts';

/** One line. `remotes`: their names; none stands for all. */
export type Request =
  | { readonly ask: 'status' }
  /** Answered once for each remote: at once where it does not wait, else when it is over. */
  | { readonly ask: 'fetch'; readonly remotes: readonly string[]; readonly waits: boolean }
  /** Answered for each remote once all that it had at this moment is here, or, `ok: false`, after so many ms. */
  | { readonly ask: 'wait'; readonly remotes: readonly string[]; readonly limitMs?: number }
  | { readonly ask: 'pause' | 'resume' | 'reload'; readonly remotes: readonly string[] }
  | { readonly ask: 'explain'; readonly remote: string };

/** Any number of lines, of which `end` is the last. */
export type Answer =
  | { readonly say: 'status'; readonly status: DaemonStatus }
  /** Of one remote: how it went, in a sentence where there is something to tell. */
  | { readonly say: 'remote'; readonly remote: string; readonly ok: boolean; readonly text?: string }
  /** Of the request as a whole. */
  | { readonly say: 'whole'; readonly ok: boolean; readonly text: string }
  | { readonly say: 'explained'; readonly explained: Explained }
  /** The request cannot be carried out; nothing was done. */
  | { readonly say: 'refused'; readonly why: string }
  /** It goes on: said again and again while there is nothing else to say. */
  | { readonly say: 'working' }
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
  readonly again?: Instant;
}

/** Many remotes with long names are a part of it. */
export const MOST_REQUEST_BYTES = 256 * 1024;
const MOST_NAMES = 10_000;
const LONGEST_WAIT_MS = 1_000_000_000;

/** What a client has written, or, as a text, what is wrong with it. */
export function parseRequest(line: string): Request | string {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return 'it is no line of JSON';
  }
  if (!isRecord(read)) return 'it is no object';
  const { ask, remotes, waits, limitMs, remote } = read;
  switch (ask) {
    case 'status':
      return { ask };
    case 'explain':
      return typeof remote === 'string' ? { ask, remote } : "'remote' must be a name";
    case 'pause':
    case 'resume':
    case 'reload':
      return areNames(remotes) ? { ask, remotes } : NO_NAMES;
    case 'fetch':
      if (typeof waits !== 'boolean') return "'waits' must be true or false";
      return areNames(remotes) ? { ask, remotes, waits } : NO_NAMES;
    case 'wait':
      if (!areNames(remotes)) return NO_NAMES;
      if (limitMs === undefined) return { ask, remotes };
      return isMs(limitMs) ? { ask, remotes, limitMs } : "'limitMs' must be a number of milliseconds";
    default:
      return 'this version knows no such request';
  }
}

const NO_NAMES = "'remotes' must be a list of names";

const isRecord = (read: unknown): read is Readonly<Record<string, unknown>> =>
  typeof read === 'object' && read !== null && !Array.isArray(read);

const areNames = (read: unknown): read is readonly string[] =>
  Array.isArray(read) && read.length <= MOST_NAMES && read.every((name) => typeof name === 'string');

const isMs = (read: unknown): read is number =>
  typeof read === 'number' && Number.isFinite(read) && read >= 0 && read <= LONGEST_WAIT_MS;

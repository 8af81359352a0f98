// Owns: asking the running daemon for something over its socket, and hearing what it answers.
// Leaves: the socket's other side (request-socket.ts), what may be asked (shared/requests.ts), and the file that is read where nobody answers (status-file.ts).
import net from 'node:net';
import path from 'node:path';
import { createLineSplitter } from '../../shared/control-protocol/line-splitter.ts';
import type { Answer, Request } from '../../shared/requests.ts';
import { type DaemonStatus, inThisForm } from '../../shared/status.ts';
import { type WayInto, wayInto } from '../../shared/system/socket-path.ts';
import type { StateDirectory } from './state-directory.ts';

/** How asking went. */
export type Asked =
  /** All was said. */
  | { readonly kind: 'answered' }
  /** It is of a version that is told nothing there, and answers by how it is. */
  | { readonly kind: 'older'; readonly status: DaemonStatus }
  /** Nobody listens. */
  | { readonly kind: 'nobody' }
  /** It listens, and says nothing in time. */
  | { readonly kind: 'silent' }
  /** It went away before all was said, or hung up on one more than it can take. */
  | { readonly kind: 'broken' }
  /** By the signal. */
  | { readonly kind: 'given-up' };

export interface Listening {
  /** Called for each answer but `working` and `end`. */
  readonly onAnswer: (answer: Exclude<Answer, { say: 'working' | 'end' }>) => void;
  readonly signal?: AbortSignal;
  /** Without a word for so long, it hangs. */
  readonly patienceMs?: number;
}

/** Two hundred remotes take about 200 KB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** It says every 5 s that it goes on; a main thread that lives is not so late. */
const PATIENCE_MS = 20_000;
/** For what needs no more than a moment. */
const STATUS_WITHIN_MS = 3_000;

/** Never rejects, unless what is called does. */
export async function askDaemon(directory: StateDirectory, request: Request, listening: Listening): Promise<Asked> {
  const name = path.basename(directory.requests);
  const way = wayIntoOrNone(path.dirname(directory.requests), name);
  if (way === undefined) return { kind: 'nobody' };
  try {
    return await converse(way.pathTo(name), request, listening);
  } finally {
    way.close();
  }
}

function wayIntoOrNone(...where: Parameters<typeof wayInto>): WayInto | undefined {
  try {
    return wayInto(...where);
  } catch {
    // No such directory.
    return undefined;
  }
}

/** What the daemon says of itself now; undefined: none answers. Never throws. */
export async function askForStatus(directory: StateDirectory): Promise<DaemonStatus | undefined> {
  let status: DaemonStatus | undefined;
  const asked = await askDaemon(
    directory,
    { ask: 'status' },
    {
      onAnswer: (answer) => {
        if (answer.say === 'status') status = inThisForm(answer.status);
      },
      patienceMs: STATUS_WITHIN_MS,
    },
  );
  return asked.kind === 'older' ? asked.status : status;
}

function converse(at: string, request: Request, { onAnswer, signal, patienceMs = PATIENCE_MS }: Listening) {
  return new Promise<Asked>((resolve, reject) => {
    const socket = net.connect(at);
    const lines = createLineSplitter(MOST_BYTES);
    let isConnected = false;
    const settle = (then: () => void): void => {
      clearTimeout(limit);
      signal?.removeEventListener('abort', giveUp);
      socket.destroy();
      then();
    };
    const over = (asked: Asked): void => settle(() => resolve(asked));
    const giveUp = (): void => over({ kind: 'given-up' });
    const limit = setTimeout(() => over({ kind: 'silent' }), patienceMs);
    if (signal?.aborted) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.on('connect', () => {
      isConnected = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('error', () => over({ kind: isConnected ? 'broken' : 'nobody' }));
    socket.on('close', () => over({ kind: 'broken' }));
    socket.on('data', (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        limit.refresh();
        const answer = line.kind === 'line' ? readAnswer(line.text) : undefined;
        if (answer === undefined) return over({ kind: 'broken' });
        if (!('say' in answer)) return over({ kind: 'older', status: inThisForm(answer) });
        if (answer.say === 'end') return over({ kind: 'answered' });
        if (answer.say === 'working') continue;
        try {
          onAnswer(answer);
        } catch (error) {
          return settle(() => reject(error));
        }
      }
    });
  });
}

/** It comes of our own account, through a directory that is ours alone. */
function readAnswer(line: string): Answer | DaemonStatus | undefined {
  try {
    const answer: Answer | DaemonStatus | null = JSON.parse(line);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

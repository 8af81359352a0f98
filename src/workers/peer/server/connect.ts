// Owns: `git upload-pack` and `git receive-pack` for a peer: when one may begin, and that it ends.
// Leaves: their streams (child-talk.ts), how many there are (rooms.ts), and turns to write here (questions.ts, main).
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { printable } from '../../../shared/printable.ts';
import type { ServeTask } from '../../../shared/serve-messages.ts';
import { collect, type Exit } from '../../../shared/system/child-process.ts';
import { atMostEvery } from '../../../shared/timing/at-most-every.ts';
import { within } from '../../../shared/timing/within.ts';
import { type Child, CommandNotStarted, endChild, type NoteChild, startChild } from '../../run-command.ts';
import type { P2pStream } from '../p2p-stream.ts';
import { type ChildTalk, connectDone, refuseGit, untilTalkIsOver } from './child-talk.ts';
import type { Asked } from './connection.ts';
import { type Guest, waitFor } from './guest.ts';
import { FETCHED_HERE } from './listed-refs.ts';
import type { Questions } from './questions.ts';
import { createRoom } from './rooms.ts';

/** One that is kept ready and asked nothing makes room for who waits. */
const ROOM = { most: 8, mostPerToken: 4, idleMs: 3_000 };
/** For a place among them. */
const ROOM_MS = 60_000;
/** For a turn to write: what runs before it may be a long fetch. */
const TURN_MS = 600_000;
/** Without a byte either way; git itself says something every five seconds while it works. */
const SILENT_MS = { 'git-upload-pack': 600_000, 'git-receive-pack': 120_000 } as const;
const ACTIVITY_MS = 250;
const LAST_MS = 2_000;
const COMPLAINT_BYTES = 4 * 1024;

export interface GitServiceOptions {
  readonly task: ServeTask;
  readonly questions: Questions;
  readonly noteChild: NoteChild;
  readonly log: (text: string) => void;
}

/** As Host.connect (connection.ts). */
export type GitService = (asked: Asked<'connect'>, stream: P2pStream, guest: Guest) => Promise<string | undefined>;

export function createGitService(options: GitServiceOptions): GitService {
  const room = createRoom(ROOM);
  const upload: GitService = async (asked, stream, guest) => {
    const talk = beginTalk(stream, guest);
    const place = await talk.within(ROOM_MS, (signal) => room.enter(asked.peer.tokenId, signal));
    if (place === undefined) return 'too many fetch from here just now: try again';
    try {
      const child = await start(options, asked);
      if (child !== undefined) await run(options, asked, { ...talk, child, moved: place.note, away: place.away });
      return child === undefined ? NOT_STARTED : undefined;
    } finally {
      place.leave();
    }
  };
  const receive: GitService = async (asked, stream, guest) => {
    const talk = beginTalk(stream, guest);
    const turn = await talk.within(TURN_MS, (signal) => options.questions.writeTurn(asked.peer, signal, guest.drop));
    if (turn === undefined) return 'there was no time to take a push: try again';
    if (typeof turn === 'string') return turn;
    const activity = atMostEvery(ACTIVITY_MS, turn.moved);
    let outcome: GitOutcome = { ok: false, detail: NOT_STARTED };
    try {
      const child = await start(options, asked);
      if (child !== undefined) outcome = await run(options, asked, { ...talk, child, moved: activity.add });
      return child === undefined ? NOT_STARTED : undefined;
    } finally {
      activity.flush();
      turn.over(outcome);
    }
  };
  return (asked, stream, guest) =>
    asked.service === 'git-upload-pack' ? upload(asked, stream, guest) : receive(asked, stream, guest);
}

/** The first line is read ahead, so that it is seen when the peer goes while it waits. */
function beginTalk(stream: P2pStream, guest: Guest) {
  const first = stream.readLine();
  const gone = first.then((line) => (line === undefined ? undefined : new Promise<never>(() => undefined)));
  gone.catch(() => undefined);
  return {
    ...{ stream, guest, first },
    /** Undefined: not in time, or the peer is gone. */
    within: async <T>(limitMs: number, wanted: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
      const { signal, release } = waitFor(guest, gone, limitMs);
      try {
        return await wanted(signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      } finally {
        release();
      }
    },
  };
}

const NOT_STARTED = 'git cannot be started there just now: try again';

interface GitOutcome {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Never rejects for what the peer does. */
async function run(
  options: GitServiceOptions,
  asked: Asked<'connect'>,
  talk: Omit<ChildTalk, 'silentMs'>,
): Promise<GitOutcome> {
  const { guest, child } = talk;
  const complaints = collect(child.stderr, COMPLAINT_BYTES);
  const why = await untilTalkIsOver({ ...talk, silentMs: SILENT_MS[asked.service] });
  const exit = await endChild(child, guest.dropped);
  if (!guest.dropped.aborted) await sayLast(talk, exit, why);
  const said = complaints.text().trim();
  const detail = why ?? (exit.status === 0 ? undefined : said || `it ended with ${exit.status ?? exit.signal}`);
  if (detail === undefined) return { ok: true };
  if (said !== '' && !guest.dropped.aborted) options.log(`${asked.service} for a peer: ${printable(said)}`);
  return { ok: false, detail: printable(detail) };
}

/** One that takes nothing in is not waited for. */
async function sayLast({ stream, guest }: Pick<ChildTalk, 'stream' | 'guest'>, exit: Exit, why: string | undefined) {
  const status = exit.status ?? 1;
  const told = why === undefined ? stream.writeLine(connectDone(status)) : refuseGit(stream, why);
  await within(told, LAST_MS, guest.dropped).catch(() => false);
}

async function start({ task, noteChild, log }: GitServiceOptions, asked: Asked<'connect'>): Promise<Child | undefined> {
  const environment = unattendedGitEnvironment(process.env, undefined, task.repositoryVariables);
  try {
    return await startChild('git', COMMANDS[asked.service](task.gitDir), {
      directory: task.directory,
      // Which repository it is, it is told by its argument alone.
      environment: { ...environment, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_PROTOCOL: asked.gitProtocol },
      noteChild,
    });
  } catch (error) {
    if (!(error instanceof CommandNotStarted)) throw error;
    log(printable(error.message));
    return undefined;
  }
}

/**
 * What was fetched here, and what waits here to be, is not told to others (listed-refs.ts): they do not see it either, as
 * which other remotes there are is not their concern, and do not write it, as it says what those have.
 */
const HIDDEN = FETCHED_HERE.map((refs) => `transfer.hideRefs=${refs}`);
/** Tidying up afterwards has turns of its own; foreign locks are waited for, as by git of ours (main/git/lock-patience.ts). */
const PUSH_SETTINGS = [
  ...['core.filesRefLockTimeout=10000', 'core.packedRefsTimeout=10000', 'reftable.lockTimeout=10000'],
  'receive.autogc=false',
];

const withSettings = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-c', setting]);

const COMMANDS = {
  'git-upload-pack': (gitDir: string) => [...withSettings(HIDDEN), 'upload-pack', '--strict', gitDir],
  'git-receive-pack': (gitDir: string) => [...withSettings([...HIDDEN, ...PUSH_SETTINGS]), 'receive-pack', gitDir],
} as const;

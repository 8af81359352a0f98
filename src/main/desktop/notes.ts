// Owns: when the desktop is told of new commits, and of which: one note at a time, now and then.
// Leaves: the words (note-text.ts), showing them (show-note.ts), and what a fetch moved (main/git).
import type { RefMove } from '../../shared/events.ts';
import { gatherMoves, type MovesGathered } from '../../shared/moves.ts';
import { type BranchNews, COMMIT_FORMAT, MOST_LOOKED_AT, noteOf, readCommits, toldMoves } from './note-text.ts';
import type { ShowNote } from './show-note.ts';

export interface NotesTools {
  /** Asked when a fetch has moved something. */
  readonly wanted: () => 'off' | 'upstream' | 'all';
  /** Whether everything is to be quiet. */
  readonly held: () => boolean;
  /** What git prints; undefined: it failed. */
  readonly ask: (...args: readonly string[]) => Promise<string | undefined>;
  /** What the repository is called. */
  readonly repository: string;
  /** It has no work tree, and so nothing is checked out. */
  readonly bare: boolean;
  readonly show: ShowNote;
  readonly fails: (why: string) => void;
  readonly works: () => void;
}

export interface DesktopNotes {
  /** A fetch has moved these. */
  readonly brought: (moved: readonly RefMove[]) => void;
  readonly close: () => void;
}

/** What comes sooner after one goes into the next. */
const BETWEEN_MS = 5_000;

/** Nothing waits for it, and whatever fails does no harm. */
export function createDesktopNotes(tools: NotesTools, betweenMs = BETWEEN_MS): DesktopNotes {
  let waiting: { readonly moves: MovesGathered; readonly timer?: NodeJS.Timeout } | undefined;
  let isClosed = false;
  /** Also while one is made. */
  let nextAtMs = 0;

  const tell = async (moves: MovesGathered): Promise<void> => {
    if (isClosed || tools.held()) return;
    const note = noteOf(tools.repository, await newsOf(moves.now().moved, tools));
    if (note === undefined || isClosed) return;
    const why = await tools.show(note);
    if (why === undefined) tools.works();
    else tools.fails(why);
  };
  const due = (): void => {
    const moves = waiting?.moves;
    waiting = undefined;
    nextAtMs = performance.now() + betweenMs;
    if (moves) void tell(moves).catch((error: unknown) => tools.fails(`no note can be made: ${String(error)}`));
  };
  const brought = async (moved: readonly RefMove[]): Promise<void> => {
    // Of what is checked out now: it may be another when the note is shown.
    const upstream = tools.wanted() === 'all' ? undefined : await upstreamHere(tools);
    if (upstream === NONE || isClosed) return;
    const told = toldMoves(moved, upstream);
    if (told.length === 0) return;
    const waitMs = Math.max(0, nextAtMs - performance.now());
    waiting ??= { moves: gatherMoves(), timer: setTimeout(due, waitMs).unref() };
    for (const move of told) waiting.moves.add(move);
  };
  return {
    brought: (moved) => {
      if (tools.wanted() === 'off' || tools.held()) return;
      void brought(moved).catch((error: unknown) => tools.fails(`no note can be made: ${String(error)}`));
    },
    close: () => {
      isClosed = true;
      clearTimeout(waiting?.timer);
    },
  };
}

const NONE = '';

/** Of the branch that the main work tree is on; NONE: there is none. */
async function upstreamHere({ ask, bare }: NotesTools): Promise<string> {
  if (bare) return NONE;
  const listed = await ask('for-each-ref', '--format=%(HEAD)%(upstream)', 'refs/heads/');
  const current = listed?.split('\n').find((line) => line.startsWith('*'));
  return current?.slice(1) ?? NONE;
}

async function newsOf(moved: readonly RefMove[], { ask }: NotesTools): Promise<BranchNews[]> {
  const news: BranchNews[] = [];
  // The others are only counted.
  for (const { ref, old, new: now } of moved.slice(0, MOST_BRANCHES)) {
    const range = [`--max-count=${MOST_LOOKED_AT + 1}`, `${now}`, `^${old}`, '--'];
    const printed = await ask('rev-list', '--encoding=UTF-8', `--format=${COMMIT_FORMAT}`, ...range);
    const commits = readCommits(printed ?? '');
    const branch = ref.replace(/^refs\/remotes\//, '');
    news.push({ branch, commits: commits.slice(0, MOST_LOOKED_AT), isPart: commits.length > MOST_LOOKED_AT });
  }
  return news;
}

const MOST_BRANCHES = 20;

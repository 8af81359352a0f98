// Owns: `status --watch`: showing how the daemon is doing all the while, also where it ends or starts meanwhile.
// Leaves: the terminal (../terminal/live-screen.ts), asking (ask.ts), and what is shown (view.ts, render.ts).
import process from 'node:process';
import type { DaemonStatus } from '../../../shared/status.ts';
import { createDirectoryWatches } from '../../../shared/system/directory-watches.ts';
import { findStateDirectory, type StateDirectory } from '../../instance/state-directory.ts';
import { type LastEnd, lastEnd } from '../../journal/journal-end.ts';
import { reasonOf, UserError } from '../../user-error.ts';
import type { Paint } from '../terminal/colour.ts';
import { openScreen, type Size } from '../terminal/live-screen.ts';
import { wrapToWidth } from '../terminal/text-width.ts';
import { commonDirectoryHere } from '../this-repository.ts';
import { askHow } from './ask.ts';
import { noneRuns } from './last-end.ts';
import { knowsRemotes } from './named-remotes.ts';
import { statusLines } from './render.ts';
import { viewOf } from './view.ts';

export interface Watching {
  /** Names: only these remotes. */
  readonly only: readonly string[];
  readonly isVerbose: boolean;
  readonly paint: Paint;
}

type Told =
  | { readonly kind: 'running'; readonly status: DaemonStatus }
  /** `isNew`: none ever ran, so that there is nothing to be watched. */
  | { readonly kind: 'none'; readonly lastEnd: LastEnd | undefined; readonly isNew?: true }
  /** One runs, and tells nothing. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Ages are counted in seconds. */
const TICK_MS = 1_000;
/** Many changes at once are asked after once. */
const PAUSE_MS = 150;
/** What the files tell of by themselves is looked at all the same, as not every file system tells. */
const LOOK_AGAIN_MS = 5_000;
/** How far git is stands in no file for each step that it takes. And to look for a directory costs nothing. */
const LOOK_SOON_MS = 1_000;

/** Resolves with the exit status once the user has seen enough. Throws a UserError where there is no terminal. */
export async function watchStatus(watching: Watching): Promise<number> {
  if (!process.stdout.isTTY) {
    throw new UserError("--watch needs a terminal; for programs: 'git remote-daemon events --follow --json'");
  }
  const commonDir = await commonDirectoryHere();
  const source = createSource(commonDir);
  let told = await source.ask();
  if (told.kind === 'running') knowsRemotes(told.status, watching.only);
  const screen = openScreen((size) => linesOf(told, watching, size));
  const state = { isOver: false };
  const ended = screen.ended.finally(() => {
    state.isOver = true;
    source.wake();
  });
  try {
    while (!state.isOver) {
      const isNews = await source.change(pauseAfter(told));
      if (state.isOver) break;
      if (isNews) told = await source.ask();
      screen.redraw();
    }
  } finally {
    source.close();
    screen.close();
  }
  const how = await ended;
  // Whoever waits for this process is to see how it ended, as of any other.
  if (how.by === 'signal') process.kill(process.pid, how.signal);
  return 0;
}

function pauseAfter(told: Told): number {
  const isSyncing = told.kind === 'running' && told.status.remotes.some(({ syncing }) => syncing);
  return isSyncing || (told.kind === 'none' && told.isNew) ? LOOK_SOON_MS : LOOK_AGAIN_MS;
}

function linesOf(told: Told, { only, isVerbose, paint }: Watching, { columns }: Size): string[] {
  const end = ['', paint('quiet', 'q ends this')];
  if (told.kind === 'running') {
    const view = viewOf(told.status, { only, isVerbose, nowMs: Date.now() });
    return [...statusLines(view, { width: columns, paint, isLive: true }), ...end];
  }
  const text = told.kind === 'none' ? noneRuns(told.lastEnd, Date.now()) : told.why;
  return [...wrapToWidth(text, columns, '    '), ...end];
}

interface Source {
  readonly ask: () => Promise<Told>;
  /** After a moment: whether there may be something new, which there is after `mostMs` in any case. */
  readonly change: (mostMs: number) => Promise<boolean>;
  readonly wake: () => void;
  readonly close: () => void;
}

function createSource(commonDir: string): Source {
  let isNews = false;
  let askedMs = Number.NEGATIVE_INFINITY;
  let wakeUp = (): void => undefined;
  const watches = createDirectoryWatches({
    persistent: false,
    onEvent: () => {
      isNews = true;
      wakeUp();
    },
  });
  const follow = (directory: StateDirectory): void => {
    const ours = new Set([directory.status, directory.requests, directory.pid]);
    watches.enter(directory.path, (name) => ours.has(`${directory.path}/${name}`));
    watches.sweep();
  };
  const askNow = async (): Promise<Told> => {
    const directory = findStateDirectory(commonDir);
    if (directory === undefined) return { kind: 'none', lastEnd: undefined, isNew: true };
    // Before it is asked, so that nothing falls in between; where nothing can be watched it is asked now and then.
    tryTo(() => follow(directory));
    const status = await askHow(directory);
    return status ? { kind: 'running', status } : { kind: 'none', lastEnd: lastEnd(directory) };
  };
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    ask: () => {
      isNews = false;
      askedMs = performance.now();
      return askNow().catch((error: unknown): Told => ({ kind: 'unknown', why: reasonOf(error) }));
    },
    change: async (mostMs) => {
      const sinceMs = performance.now() - askedMs;
      if (!isNews) await pause(TICK_MS);
      else if (sinceMs < PAUSE_MS) await pause(PAUSE_MS - sinceMs);
      return isNews || performance.now() - askedMs >= mostMs;
    },
    wake: () => wakeUp(),
    close: watches.close,
  };
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    // No watches are left, or none can be had here.
  }
}

// Owns: one fetch until it has brought what it can: run again without what stops git, and judged ref by ref where it did not end well.
// Leaves: which commands a fetch is made of (fetch.ts), what the words mean (fetch-words.ts), and reasons in refs (shared/refs/not-brought.ts).
import type { Failure } from '../../shared/failures.ts';
import { gitFailure, tellsOfBrokenRef } from '../../shared/git-failures.ts';
import type { LeftOut } from '../../shared/refs/left-out.ts';
import { type Asked, notBrought, type Sides } from '../../shared/refs/not-brought.ts';
import { refusals, tellsOfMoves, withoutWhatStops } from './fetch-words.ts';
import type { GitExit } from './run-git.ts';

export interface FetchCommand {
  /** Given to git; empty: it takes those of the config. */
  readonly refspecs: readonly string[];
  /** The same, or those of the config. */
  readonly all: readonly string[];
  /** Absent where it cannot be told from the refs whether they were brought. */
  readonly tags?: Asked['tags'];
}

export interface FetchTools {
  /** Runs git; again while it loses races. */
  readonly run: (refspecs: readonly string[]) => Promise<GitExit>;
  /** undefined: they cannot be listed, or not be compared. */
  readonly look: (refspecs: readonly string[]) => Promise<Sides | undefined>;
  /** Whether something was mended; or what is broken. */
  readonly mend: (stderr: string) => Promise<'mended' | Failure | undefined>;
}

export type Fetched =
  | { readonly ok: true; readonly leftOut: readonly LeftOut[]; readonly moves: boolean }
  | { readonly ok: false; readonly failure: Failure };

/** Each leaves out one more of what stops git. */
const MOST_RUNS = 10;

export async function runFetch(command: FetchCommand, { run, look, mend }: FetchTools): Promise<Fetched> {
  const state = { refspecs: command.refspecs, leftOut: [] as LeftOut[], moves: false, isMended: false };
  for (let runs = 1; ; runs += 1) {
    const exit = await run(state.refspecs);
    state.moves ||= tellsOfMoves(exit.stderr);
    const { leftOut, moves } = state;
    if (exit.status === 0) return { ok: true, leftOut, moves };
    const isLast = runs === MOST_RUNS;
    const asked = state.refspecs.length > 0 ? state.refspecs : command.all;
    if (!state.isMended && tellsOfBrokenRef(exit.stderr)) {
      state.isMended = true;
      const mended = await mend(exit.stderr);
      if (mended === 'mended') continue;
      if (mended !== undefined) return { ok: false, failure: mended };
    }
    const narrowed = isLast ? undefined : withoutWhatStops(exit.stderr, asked);
    const asksOn = narrowed?.refspecs.some((text) => !text.startsWith('^')) ?? false;
    // As in a clone of a single branch, which was merged and deleted. Tags that are asked for are not to go with it.
    if (narrowed && (asksOn || command.tags === 'followed' || command.tags === 'none')) {
      state.refspecs = narrowed.refspecs;
      state.leftOut.push(narrowed.leftOut);
      if (asksOn) continue;
      return { ok: true, leftOut, moves };
    }
    const judged = await judge(exit, { asked, tags: command.tags, look });
    if (judged.kind === 'failed') return { ok: false, failure: judged.failure };
    const known = new Set(leftOut.map(({ ref }) => ref));
    state.leftOut.push(...judged.leftOut.filter(({ ref }) => !known.has(ref)));
    if (judged.kind === 'done') return { ok: true, leftOut, moves };
    if (isLast || judged.refspecs.length === asked.length) return { ok: false, failure: gitFailure(exit.stderr) };
    state.refspecs = judged.refspecs;
  }
}

type Judged =
  | { readonly kind: 'done'; readonly leftOut: readonly LeftOut[] }
  /** git gave up all for some (2.51 to 2.53, for a tag). */
  | { readonly kind: 'again'; readonly leftOut: readonly LeftOut[]; readonly refspecs: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure };

interface Judging {
  readonly asked: readonly string[];
  readonly tags: Asked['tags'] | undefined;
  readonly look: FetchTools['look'];
}

async function judge({ status, stderr }: GitExit, { asked, tags, look }: Judging): Promise<Judged> {
  const failure = gitFailure(stderr);
  // It ends with 1 where it could not move each ref, and dies where it could do nothing (git, builtin/fetch.c).
  if (status !== 1 || !['unknown', 'locked'].includes(failure.code)) return { kind: 'failed', failure };
  const said = refusals(stderr);
  const sides = tags === undefined ? undefined : await look(asked);
  if (sides === undefined || tags === undefined) {
    return said && !said.isUnclear ? { kind: 'done', leftOut: said.leftOut } : { kind: 'failed', failure };
  }
  const { leftOut, sources, unexplained } = notBrought(sides, { refspecs: asked, tags }, said?.leftOut ?? []);
  if (unexplained.length === 0) return { kind: 'done', leftOut };
  if (sources.length === 0) return { kind: 'failed', failure };
  const without = sources.map((source) => `^${source}`).filter((text) => !asked.includes(text));
  return { kind: 'again', leftOut, refspecs: [...asked.filter((text) => !sources.some(isSourceOf(text))), ...without] };
}

/** A refspec by name, of which git would complain if what it names were left out. */
const isSourceOf = (refspec: string) => (source: string) => refspec.replace(/^\+/, '').split(':')[0] === source;

// Owns: choosing what of a status a person is shown: what is not well, and of what is well no more than a row.
// Leaves: how that is laid out (render.ts), the lines about one remote (remote-lines.ts), and the status itself (shared/status.ts).
import { printable } from '../../../shared/printable.ts';
import { shownWord } from '../../../shared/shell-word.ts';
import type { DaemonStatus, Held, RemoteStatus } from '../../../shared/status.ts';
import { ago, span } from '../times.ts';
import {
  answerLines,
  checkLines,
  errorLines,
  newsLines,
  progressLines,
  stateOf,
  stateWord,
  syncLines,
  watchLines,
} from './remote-lines.ts';
import { servedBlocks } from './served-lines.ts';
import type { Block, RemoteRow, StatusView } from './shown.ts';
import { hasFailedSync, summaryOf, toneOf } from './summary.ts';

export interface ViewOptions {
  /** The wall clock. */
  readonly nowMs: number;
  /** Names: only these remotes, with all that there is to tell of them. Empty: all. */
  readonly only: readonly string[];
  /** All that there is to tell of each, also where it is well. */
  readonly isVerbose: boolean;
}

export function viewOf(status: DaemonStatus, { nowMs, only, isVerbose }: ViewOptions): StatusView {
  const isShown = ({ name }: { readonly name: string }): boolean => only.length === 0 || only.includes(name);
  const remotes = status.remotes.filter(isShown);
  const skipped = status.skipped.filter(isShown);
  const tellsAll = isVerbose || only.length > 0;
  const ofRemotes = remotes.flatMap((remote) => blockOf(remote, tellsAll, nowMs) ?? []);
  return {
    summary: summaryOf({ remotes, skipped }),
    notes: notesOf(status, isVerbose, nowMs),
    rows: remotes.map((remote) => rowOf(remote, nowMs)),
    blocks: [
      ...ofRemotes,
      ...(only.length === 0 ? servedBlocks(status.served ?? [], nowMs) : []),
      ...skippedBlocks(skipped),
    ],
  };
}

/** Looked up by what was read from a file, which another version may have written. */
const HELD_LINES: Readonly<Record<string, string>> = {
  paused: "paused: all connections are closed until 'git remote-daemon resume'",
  // LOSTNET, which came from outside: only whoever said it knows when the network is back.
  'no-network': "no network, as it was told: all connections are closed until 'git remote-daemon resume'",
  stopping: 'stopping: all connections are being closed',
} satisfies Record<Exclude<Held, 'no'>, string>;

/** What holds by itself is over by itself, whatever a person says. */
function heldLine({ held, heldWhy }: DaemonStatus): string | undefined {
  if (held !== 'paused' || heldWhy === undefined) return HELD_LINES[held];
  return `paused: ${printable(heldWhy)}; it goes on by itself when that is over`;
}

const FETCH_MODE_LINE =
  'fetchMode is prefetch: what moves goes to refs/prefetch/, and remote-tracking refs stay as they are';

function notesOf(status: DaemonStatus, isVerbose: boolean, nowMs: number): string[] {
  const { pid, programVersion, startedAt, mode, elsewhere, configProblem, asOf, fetchMode } = status;
  const held = heldLine(status);
  return [
    ...(isVerbose
      ? [`running (pid ${pid}) for ${span(startedAt, nowMs)}, version ${printable(String(programVersion))}`]
      : []),
    ...versionLines(status),
    ...(asOf === undefined ? [] : [`it does not answer: this is what it wrote ${ago(asOf, nowMs)}`]),
    ...(configProblem === undefined ? [] : [`config: ${printable(configProblem)}`]),
    ...(status.doneWithout ?? []).map((line) => printable(line)),
    ...(mode === 'foreground' ? ['controlled by the program that started it'] : []),
    ...(isVerbose && elsewhere !== undefined ? [printable(elsewhere)] : []),
    ...(fetchMode === undefined ? [] : [FETCH_MODE_LINE]),
    ...(held === undefined ? [] : [held]),
  ];
}

function versionLines({ programVersion, installed = programVersion }: DaemonStatus): string[] {
  if (programVersion === installed) return [];
  const runs = printable(String(programVersion));
  return [`version ${runs} runs, and ${installed} is installed: 'git remote-daemon start --replace' runs that`];
}

function rowOf(remote: RemoteStatus, nowMs: number): RemoteRow {
  const { name, state, lastChange } = remote;
  return {
    name: printable(name),
    state: { text: stateCell(remote), tone: toneOf(remote) },
    watchedBy: state === 'connected' ? watchCell(remote) : phaseCell(remote),
    lastChange: lastChange === undefined ? '' : ago(lastChange, nowMs),
  };
}

/** Short, as it comes and goes: the table is not to jump at it. */
function stateCell({ state, syncing, progress }: RemoteStatus): string {
  const percent = progress?.percent === undefined ? '' : ` ${progress.percent}%`;
  if (!syncing) return stateWord(state);
  return state === 'connected' ? `syncing${percent}` : `${stateWord(state)}, syncing${percent}`;
}

/** By what it is to be watched is not known yet; what it is busy with is. */
const phaseCell = ({ state, phase }: RemoteStatus): string =>
  state === 'connecting' && phase ? `(${printable(phase)})` : '';

/** That a server offers no more is how it is, and no fault: then why it is polled is told where others have by what they are watched. */
function watchCell({ watchedBy, whyNotBetter, couldBeBetter, polledEveryS }: RemoteStatus): string {
  if (polledEveryS === undefined) return printable(watchedBy);
  if (whyNotBetter === undefined || couldBeBetter) return `polled every ${polledEveryS} s`;
  return `polled: ${printable(whyNotBetter)}`;
}

/** undefined: it is well, and nobody asked. */
function blockOf(remote: RemoteStatus, tellsAll: boolean, nowMs: number): Block | undefined {
  const lines = tellsAll ? allLines(remote, nowMs) : notableLines(remote, nowMs);
  const isAway = remote.state === 'waiting' || remote.state === 'down';
  if (lines.length === 0 && !isAway) return undefined;
  const hint = hintFor(remote, lines);
  const title = { text: `${printable(remote.name)}: ${stateOf(remote, nowMs)}`, tone: toneOf(remote) };
  return { title, lines, ...(hint !== undefined && { hint }) };
}

function allLines(remote: RemoteStatus, nowMs: number): string[] {
  const says = [progressLines, watchLines, answerLines, syncLines, checkLines, newsLines, errorLines];
  return [printable(remote.url), ...says.flatMap((say) => say(remote, nowMs))];
}

function notableLines(remote: RemoteStatus, nowMs: number): string[] {
  const isUp = remote.state === 'connected';
  const says = [
    progressLines,
    ...(remote.couldBeBetter ? [watchLines] : []),
    ...(remote.lastSync?.ok === false ? [syncLines] : []),
    newsLines,
    errorLines,
  ];
  const lines = says.flatMap((say) => say(remote, nowMs));
  if (lines.length === 0 && remote.crawls) return [printable(remote.url)];
  return isUp || lines.length === 0 ? lines : [printable(remote.url), ...lines];
}

/** Nothing where the words of the failure say it. */
function hintFor(remote: RemoteStatus, lines: readonly string[]): string | undefined {
  const { state, couldBeBetter } = remote;
  if (lines.some((line) => line.includes("'git "))) return undefined;
  const name = shownWord(printable(remote.name));
  if (state === 'down') return '(use "git remote-daemon resume" once that is mended)';
  if (state === 'waiting' || hasFailedSync(remote)) return `(use "git remote-daemon fetch ${name}" to try it now)`;
  if (state === 'connected' && couldBeBetter) return `(use "git remote-daemon watch --explain ${name}" to see why)`;
  return undefined;
}

function skippedBlocks(skipped: DaemonStatus['skipped']): Block[] {
  if (skipped.length === 0) return [];
  const lines = skipped.map(({ name, why }) => `${printable(name)}: ${printable(why)}`);
  return [{ title: { text: 'not watched:', tone: 'plain' }, lines }];
}

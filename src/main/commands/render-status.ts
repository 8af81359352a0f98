// Owns: what `status` tells a person, as text.
// Leaves: the data (shared/status.ts), and gathering it (supervisor).
import { printable } from '../../shared/printable.ts';
import type { DaemonStatus, Held, RemoteStatus } from '../../shared/status.ts';
import { servedLines } from './render-served.ts';
import { due, relative, span } from './render-times.ts';

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

/** What a person is told, line by line, each ended. `nowMs` is the wall clock. */
export function renderStatus(status: DaemonStatus, nowMs: number): string {
  const held = heldLine(status);
  const lines = [
    `running (pid ${status.pid}), ${counted(status.remotes)}${unwatched(status.skipped)}`,
    ...versionLines(status),
    ...(status.asOf === undefined ? [] : [`it does not answer: this is what it wrote ${relative(status.asOf, nowMs)}`]),
    ...(status.configProblem === undefined ? [] : [`config: ${printable(status.configProblem)}`]),
    ...(status.doneWithout ?? []).map((line) => printable(line)),
    ...(status.mode === 'foreground' ? ['controlled by the program that started it'] : []),
    ...(status.elsewhere === undefined ? [] : [printable(status.elsewhere)]),
    ...(status.fetchMode === undefined ? [] : [FETCH_MODE_LINE]),
    ...(held === undefined ? [] : [held]),
    ...status.remotes.flatMap((remote) => ['', ...remoteLines(remote, nowMs)]),
    ...servedLines(status.served ?? [], nowMs),
    ...skippedLines(status.skipped),
  ];
  return `${lines.join('\n')}\n`;
}

function versionLines({ version, installed = version }: DaemonStatus): string[] {
  if (version === installed) return [];
  return [
    `version ${printable(version)} runs, and ${installed} is installed: 'git remote-daemon start --replace' runs that`,
  ];
}

const STATE_WORDS: Readonly<Record<string, string>> = {
  connected: 'connected',
  connecting: 'connecting',
  waiting: 'waiting',
  down: 'down',
  paused: 'paused',
  'no-network': 'without network',
  closing: 'closing',
} satisfies Record<RemoteStatus['state'], string>;

const stateWord = (state: string): string => STATE_WORDS[state] ?? printable(state);

const FETCH_MODE_LINE =
  'fetchMode is prefetch: what moves goes to refs/prefetch/, and remote-tracking refs stay as they are';

const unwatched = ({ length }: DaemonStatus['skipped']): string => (length === 0 ? '' : `; ${length} not watched`);

/** `3 remotes: 2 connected, 1 waiting`. */
function counted(remotes: readonly RemoteStatus[]): string {
  if (remotes.length === 0) return 'no remotes';
  const counts = new Map(Object.values(STATE_WORDS).map((word) => [word, 0]));
  for (const { state } of remotes) counts.set(stateWord(state), (counts.get(stateWord(state)) ?? 0) + 1);
  const parts = [...counts].filter(([, count]) => count > 0).map(([word, count]) => `${count} ${word}`);
  return `${remotes.length} ${remotes.length === 1 ? 'remote' : 'remotes'}: ${parts.join(', ')}`;
}

function remoteLines(remote: RemoteStatus, nowMs: number): string[] {
  const { lastChange, lastPoll } = remote;
  const details = [
    printable(remote.url),
    ...watchLines(remote),
    ...(lastPoll ? [`asked ${relative(lastPoll, nowMs)}`] : []),
    ...(lastChange ? [`last change ${relative(lastChange, nowMs)}`] : []),
    ...syncLines(remote, nowMs),
    ...checkLines(remote, nowMs),
    ...newsLines(remote, nowMs),
    ...errorLines(remote, nowMs),
  ];
  return [`${printable(remote.name)}: ${stateOf(remote, nowMs)}`, ...details.map((line) => `  ${line}`)];
}

function stateOf(remote: RemoteStatus, nowMs: number): string {
  const syncing = remote.syncing ? `, syncing now${paceOf(remote)}` : '';
  switch (remote.state) {
    case 'connected':
      return `connected${remote.connectedSince ? ` for ${span(remote.connectedSince, nowMs)}` : ''}${syncing}`;
    case 'connecting':
      return `connecting${remote.phase ? ` (${printable(remote.phase)})` : ''}${syncing}`;
    case 'waiting':
    case 'no-network':
      return `${stateWord(remote.state)}${nextTryOf(remote, nowMs)}${syncing}`;
    case 'down':
      return `down, next try ${remote.nextTry ? due(remote.nextTry, nowMs) : 'later'}, or when something changes that may help${syncing}`;
    default:
      return `${stateWord(remote.state)}${syncing}`;
  }
}

/** Without a network where it was told so, none is planned. */
function nextTryOf({ state, nextTry }: RemoteStatus, nowMs: number): string {
  if (nextTry) return `, next try ${due(nextTry, nowMs)}`;
  return state === 'waiting' ? ', next try later' : '';
}

function paceOf({ crawls, receivedBytes }: RemoteStatus): string {
  const brought = receivedBytes === undefined ? '' : ` (${(receivedBytes / 2 ** 30).toFixed(1)} GiB so far)`;
  return `${brought}${crawls ? ', but next to nothing moves' : ''}`;
}

/** By what it would be watched is no news while it is not. */
function watchLines({ state, watchedBy, whyNotBetter }: RemoteStatus): string[] {
  if (state !== 'connected') return [];
  return [`watched by ${printable(watchedBy)}${whyNotBetter ? ` (${printable(whyNotBetter)})` : ''}`];
}

function syncLines({ lastSync, nextTry, state }: RemoteStatus, nowMs: number): string[] {
  if (!lastSync) return [];
  const when = relative(lastSync.at, nowMs);
  const detail = lastSync.detail ? `: ${printable(lastSync.detail)}` : '';
  if (lastSync.ok) return [`last sync ${when}${detail}`];
  // While waiting for a connection, nextTry is told with the state.
  const isTold = state === 'waiting' || state === 'no-network' || state === 'down';
  const again = nextTry && !isTold ? `, next try ${due(nextTry, nowMs)}` : '';
  return [`last sync failed ${when}${again}${detail}`];
}

/** What a later sync says better is not told. */
function checkLines({ lastCheck, lastSync }: RemoteStatus, nowMs: number): string[] {
  if (!lastCheck || (lastSync && Date.parse(lastSync.at) > Date.parse(lastCheck))) return [];
  return [`compared ${relative(lastCheck, nowMs)}: nothing new`];
}

function newsLines({ newsHeldUntil }: RemoteStatus, nowMs: number): string[] {
  if (!newsHeldUntil) return [];
  return [`what it told brought nothing many times in a row: the next fetch comes ${due(newsHeldUntil, nowMs)}`];
}

/** The last error, unless it is over or was told above. */
function errorLines(
  { state, lastError, lastSync, lastCheck, connectedSince, whyNotBetter }: RemoteStatus,
  nowMs: number,
): string[] {
  if (!lastError) return [];
  const successes = [connectedSince, lastCheck, lastSync?.ok ? lastSync.at : undefined];
  const isOver = successes.some((at) => at !== undefined && Date.parse(at) >= Date.parse(lastError.at));
  const shownAlready = [
    state === 'connected' ? whyNotBetter : undefined,
    lastSync?.ok === false ? lastSync.detail : undefined,
  ];
  // The words `fetch failed: ` may stand before it.
  const isTold = shownAlready.some((text) => text !== undefined && lastError.text.endsWith(text));
  return isOver || isTold ? [] : [`last error ${relative(lastError.at, nowMs)}: ${printable(lastError.text)}`];
}

function skippedLines(skipped: DaemonStatus['skipped']): string[] {
  if (skipped.length === 0) return [];
  return ['', 'not watched:', ...skipped.map(({ name, why }) => `  ${printable(name)}: ${printable(why)}`)];
}

// Owns: what a person is told of one remote, line by line.
// Leaves: which of it is shown (view.ts), and the data (shared/status.ts).
import { printable } from '../../../shared/printable.ts';
import type { RemoteStatus } from '../../../shared/status.ts';
import { ago, due, span } from '../times.ts';

/** Looked up by what was read from a file, which another version may have written. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  connected: 'connected',
  connecting: 'connecting',
  waiting: 'waiting',
  down: 'down',
  paused: 'paused',
  'no-network': 'without network',
  closing: 'closing',
} satisfies Record<RemoteStatus['state'], string>;

export const stateWord = (state: string): string => STATE_WORDS[state] ?? printable(state);
/** In the order in which they are counted. */
export const ALL_STATE_WORDS: readonly string[] = Object.values(STATE_WORDS);

export type Says = (remote: RemoteStatus, nowMs: number) => string[];

/** With what it is busy, and when it is tried again. */
export function stateOf(remote: RemoteStatus, nowMs: number): string {
  const syncing = remote.syncing ? `, syncing now${paceOf(remote, nowMs)}` : '';
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

function paceOf({ crawls, receivedBytes, progress }: RemoteStatus, nowMs: number): string {
  const since = progress ? ` for ${span(progress.since, nowMs)}` : '';
  const brought = receivedBytes === undefined ? '' : ` (${(receivedBytes / 2 ** 30).toFixed(1)} GiB so far)`;
  return `${since}${brought}${crawls ? ', but next to nothing moves' : ''}`;
}

export const progressLines: Says = ({ progress }) => (progress ? [printable(progress.text)] : []);

/** By what it would be watched is no news while it is not. */
export const watchLines: Says = ({ state, watchedBy, whyNotBetter }) => {
  if (state !== 'connected') return [];
  return [`watched by ${printable(watchedBy)}${whyNotBetter ? ` (${printable(whyNotBetter)})` : ''}`];
};

export const answerLines: Says = ({ lastPoll, lastChange }, nowMs) => [
  ...(lastPoll ? [`asked ${ago(lastPoll, nowMs)}`] : []),
  ...(lastChange ? [`last change ${ago(lastChange, nowMs)}`] : []),
];

export const syncLines: Says = ({ lastSync, nextTry, state }, nowMs) => {
  if (!lastSync) return [];
  const when = ago(lastSync.at, nowMs);
  const detail = lastSync.detail ? `: ${printable(lastSync.detail)}` : '';
  if (lastSync.ok) return [`last sync ${when}${detail}`];
  // While waiting for a connection, nextTry is told with the state.
  const isTold = state === 'waiting' || state === 'no-network' || state === 'down';
  const again = nextTry && !isTold ? `, next try ${due(nextTry, nowMs)}` : '';
  return [`last sync failed ${when}${again}${detail}`];
};

/** What a later sync says better is not told. */
export const checkLines: Says = ({ lastCheck, lastSync }, nowMs) => {
  if (!lastCheck || (lastSync && Date.parse(lastSync.at) > Date.parse(lastCheck))) return [];
  return [`compared ${ago(lastCheck, nowMs)}: nothing new`];
};

export const newsLines: Says = ({ newsHeldUntil }, nowMs) => {
  if (!newsHeldUntil) return [];
  return [`what it told brought nothing many times in a row: the next fetch comes ${due(newsHeldUntil, nowMs)}`];
};

/** The last error, unless it is over or was told above. */
export const errorLines: Says = ({ state, lastError, lastSync, lastCheck, connectedSince, whyNotBetter }, nowMs) => {
  if (!lastError) return [];
  const successes = [connectedSince, lastCheck, lastSync?.ok ? lastSync.at : undefined];
  const isOver = successes.some((at) => at !== undefined && Date.parse(at) >= Date.parse(lastError.at));
  const shownAlready = [
    state === 'connected' ? whyNotBetter : undefined,
    lastSync?.ok === false ? lastSync.detail : undefined,
  ];
  // The words `fetch failed: ` may stand before it.
  const isTold = shownAlready.some((text) => text !== undefined && lastError.text.endsWith(text));
  return isOver || isTold ? [] : [`last error ${ago(lastError.at, nowMs)}: ${printable(lastError.text)}`];
};

// Owns: all that one remote is at a moment, in one record; what `status` and the log are told is read from it.
// Leaves: how it changes (link-step.ts, sync-step.ts, push-state.ts), and doing what follows from that (remote.ts).
import type { RequestShapes } from '../../../shared/git-protocol/v2-request.ts';
import type { Doubt } from '../../../shared/refs/loss.ts';
import type { Remote, RemoteIdentity } from '../../../shared/remote.ts';
import { rowOf } from '../../../shared/rungs/rungs.ts';
import type { Held, Instant, RemoteStatus } from '../../../shared/status.ts';
import { withoutUrlSecrets } from '../../../shared/url-secrets.ts';
import type { Pace } from '../../git/lane-turn.ts';
import { bestRung, couldBeBetter, type RungChoice, rungOf, whyNotBetter } from '../link/rung-choice.ts';
import { type Answers, NO_ANSWERS } from './answers.ts';
import { type History, instant } from './history.ts';
import { type LeftOutTold, NOTHING_LEFT_OUT } from './left-out.ts';
import { isUp, type LinkState } from './link-state.ts';
import { heldUntilMs, type NewsPace, UNPACED } from './news-pace.ts';
import { NOTHING_OFFERED, type PushState } from './push-state.ts';
import { STILL, type SyncState } from './sync-state.ts';
import { TAGS_UNKNOWN, type TagsHere } from './tags-here.ts';
import { NOTHING_TOLD, type ToldMoves } from './told-moves.ts';

export interface RemoteRecord {
  /** As it is now; a link that is open keeps to the one it was made of. */
  readonly config: Remote;
  /** What the link that is open, or was last, speaks of. */
  readonly linked: RemoteIdentity;
  readonly link: LinkState;
  readonly rung: RungChoice;
  readonly sync: SyncState;
  readonly push: PushState;
  readonly news: NewsPace;
  readonly told: ToldMoves;
  /** Some of these were told while a fetch ran. */
  readonly toldLate: boolean;
  /** How many refs it had that are wanted here, when they were last compared. */
  readonly listed?: number;
  readonly tags: TagsHere;
  /** Of the operation that runs, once there is something to tell of it. */
  readonly pace?: Pace | undefined;
  /** Since when it does, and when the log was last told how far it is. */
  readonly running?: { readonly sinceMs: number; readonly loggedMs?: number } | undefined;
  readonly history: History;
  /** What the last fetch left as it is here; a person was told. */
  readonly leftOut: LeftOutTold;
  /** What the last fetch found gone, and did not believe yet. */
  readonly doubt?: Doubt | undefined;
  /** Of the link that is open. */
  readonly answers: Answers;
  /** How git asks this remote, as far as a link has heard it. */
  readonly shapes?: RequestShapes;
}

/** What the protocol calls it by. */
export const identityOf = ({ name, uri }: Remote): RemoteIdentity => ({ name, uri });

/** What a fetch has brought is told from here on. */
const TOLD_FROM_BYTES = 2 ** 30;

export const newRecord = (config: Remote, nowMs: number): RemoteRecord => ({
  config,
  linked: identityOf(config),
  link: { kind: 'idle' },
  rung: bestRung(nowMs),
  sync: STILL,
  push: NOTHING_OFFERED,
  news: UNPACED,
  told: NOTHING_TOLD,
  toldLate: false,
  tags: TAGS_UNKNOWN,
  history: {},
  leftOut: NOTHING_LEFT_OUT,
  answers: NO_ANSWERS,
});

/** Connected, and not held. */
export const isUpFor = ({ link }: RemoteRecord, isHeld: boolean): boolean => link.kind === 'connected' && !isHeld;

export const isSyncing = ({ sync, push }: RemoteRecord): boolean => sync.kind === 'fetching' || push.kind === 'pushing';

/** Whether a fetch runs that goes through the link's relay. */
export const usesLink = ({ sync }: RemoteRecord): boolean => sync.kind === 'fetching' && sync.over === 'link';

/** Whether the link can say that all is here. */
export const canCompare = ({ config, link }: RemoteRecord): boolean =>
  config.comparison !== undefined && isUp(link) && link.checks;

export const hasRelay = ({ link }: RemoteRecord): boolean => isUp(link) && link.way.kind !== 'no-relay';

/** The socket by which git is to reach the remote over its link; undefined: by a connection of its own. */
export const relaySocket = ({ link }: RemoteRecord): string | undefined =>
  isUp(link) && link.way.kind === 'relay' ? link.way.socket : undefined;

/** How often it is asked for its refs, where it is polled. */
export function pollMs({ config, rung }: RemoteRecord): number | undefined {
  const current = rungOf(config, rung);
  return rowOf(current).everyMs(current);
}

/** `wallMsOf`: what a moment of the record is called (shared/timing/clock.ts). */
export function statusOf(record: RemoteRecord, held: Held, wallMsOf = (ms: number): number => ms): RemoteStatus {
  const at = (ms: number): Instant => instant(wallMsOf(ms));
  const { config, link, rung, news, pace, running, history } = record;
  const up = isUp(link) ? link : undefined;
  const current = rungOf(config, rung);
  const why = whyNotBetter(config, rung);
  const everyMs = pollMs(record);
  const [nextTryMs, newsHeldMs] = [nextTry(record), heldUntilMs(news)];
  return {
    name: config.name,
    url: withoutUrlSecrets(config.url),
    state: shownState(link, held),
    ...(link.kind === 'opening' && { phase: link.phase }),
    watchedBy: up?.how ?? rowOf(current).describe(current),
    ...(why === undefined ? {} : { whyNotBetter: why }),
    ...(couldBeBetter(rung) && { couldBeBetter: true as const }),
    ...(everyMs === undefined ? {} : { polledEveryS: Math.round(everyMs / 1_000) }),
    ...(up && { connectedSince: at(up.sinceMs) }),
    ...(up?.lastPollMs === undefined ? {} : { lastPoll: at(up.lastPollMs) }),
    ...history,
    syncing: isSyncing(record),
    ...(newsHeldMs === undefined ? {} : { newsHeldUntil: at(newsHeldMs) }),
    ...(pace && pace.crawls !== 'no' && { crawls: true as const }),
    ...(pace && pace.bytes >= TOLD_FROM_BYTES && { receivedBytes: pace.bytes }),
    ...(pace?.step && running && { progress: { since: at(running.sinceMs), ...pace.step } }),
    ...(nextTryMs === undefined ? {} : { nextTry: at(nextTryMs) }),
  };
}

/** Its parts, for the log: one line each, which begins with the part's name. How ssh is called may hold a password. */
export function describeRecord({ config, doubt, ...others }: RemoteRecord): string[] {
  const { sshCommand: _, ...shown } = config;
  const configParts = { ...shown, rungs: config.rungs.map(({ kind }) => kind) };
  const parts = { ...others, ...(doubt && { doubt: { ...doubt, gone: doubt.gone.length } }) };
  // Value by value: in the text of all of them nobody can tell where a URL ends.
  const shownValue = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? withoutUrlSecrets(value) : value;
  return Object.entries({ config: configParts, ...parts }).flatMap(([name, part]) =>
    part === undefined ? [] : `${name} ${JSON.stringify(part, shownValue)}`,
  );
}

/** When something that failed is tried again, in ms since the epoch. */
function nextTry({ link, sync, push }: RemoteRecord): number | undefined {
  if ('wakeAtMs' in link) return link.wakeAtMs;
  const planned = [sync, push].flatMap((state) => (state.kind === 'backing-off' ? state.untilMs : []));
  return planned.length === 0 ? undefined : Math.min(...planned);
}

function shownState(state: LinkState, held: Held): RemoteStatus['state'] {
  switch (state.kind) {
    case 'opening':
      return 'connecting';
    case 'idle':
    case 'gone':
      return held === 'no-network' ? 'no-network' : held === 'paused' ? 'paused' : 'closing';
    case 'offline':
      return 'no-network';
    case 'finishing':
      return 'connected';
    case 'connected':
    case 'closing':
    case 'waiting':
    case 'down':
      return state.kind;
    default:
      return state satisfies never;
  }
}

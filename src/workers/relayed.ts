// Owns: what a link has whose remote's upload-pack git may use: the relay to it, its refs by the same way, and its news.
// Leaves: reaching the upload-pack (ssh/ssh-link.ts, peer/client/peer-link.ts), and watching (the transports).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestShapes } from '../shared/git-protocol/v2-request.ts';
import { printable } from '../shared/printable.ts';
import { wantedRefs } from '../shared/refs/ref-advertisement.ts';
import type { ObjectName } from '../shared/remote.ts';
import type { LinkTask } from '../shared/thread-messages.ts';
import { atMostEvery, type Tally } from '../shared/timing/at-most-every.ts';
import { remoteInTurn } from './refs/in-turn.ts';
import { type RememberedTips, rememberTips } from './refs/remembered-tips.ts';
import type { Closing, RemoteRefs, TakeTurn, TransportReport } from './transport.ts';
import type { News } from './upload-pack/ahead/ahead.ts';
import { listRefs } from './upload-pack/list-refs.ts';
import { openRelay, type Relay, type RelayOptions } from './upload-pack/relay.ts';
import type { UploadPack, UploadPackOptions } from './upload-pack/upload-pack.ts';

/** So often main is told that a fetch is alive, and how much of it has come. */
const ACTIVITY_MS = 250;

/** `tips`: where refs point now of which the names are not told; of use to this link alone. */
export type WatchReport =
  | Exclude<TransportReport, Moved>
  | (Moved & { readonly tips?: readonly ObjectName[]; readonly isLate?: true });
type OnReport = (report: TransportReport) => void;
type Moved = Extract<TransportReport, { kind: 'moved' }>;

export interface Relayed {
  /** Whether git may use the link. */
  readonly relay: boolean;
  /** Over the link; absent where there is no upload-pack to ask. */
  readonly refs?: RemoteRefs;
  /** For what the watcher has to say. */
  readonly report: (report: WatchReport) => void;
  /** Settles as a relay's own. */
  readonly close: (closing: Closing) => Promise<void>;
}

export interface RelayedOptions {
  readonly task: LinkTask;
  readonly report: OnReport;
  readonly takeTurn: TakeTurn;
  /** undefined: git reaches the remote by itself. */
  readonly uploadPack: ((surroundings: UploadPackSurroundings) => UploadPack) | undefined;
}

/** What any link has for its upload-pack. */
export type UploadPackSurroundings = Pick<UploadPackOptions, 'refs' | 'onActivity' | 'onShapes' | 'shapes'>;

/** Never throws: without a relay git goes its own way. */
export async function openRelayed({ task, report, takeTurn, ...options }: RelayedOptions): Promise<Relayed> {
  const tally = (): Tally => atMostEvery(ACTIVITY_MS, (bytes) => report({ kind: 'relay-activity', bytes }));
  const ahead = tally();
  const { refs, requestShapes: shapes } = task;
  const uploadPack = options.uploadPack?.({
    refs,
    onActivity: () => ahead.add(0),
    onShapes: (heard: RequestShapes) => report({ kind: 'request-shapes', shapes: heard }),
    ...(shapes && { shapes }),
  });
  const log = (text: string): void => report({ kind: 'log', text });
  const relay = uploadPack && (await offerRelay(task.relaySocket, { uploadPack, tally }, log));
  // While it waits for its turn, it is under way to whoever waits for it.
  const tips =
    uploadPack &&
    rememberTips(remoteInTurn((signal, options) => listRefs(uploadPack, refs, signal, options), takeTurn, report));
  const expectFetch = relay && uploadPack.expectFetch;
  return {
    relay: relay !== undefined,
    ...(tips && { refs: { list: tips.list, areHere: uploadPack.sawListing } }),
    report: createReporter(task, report, { ...(tips && { tips }), ...(expectFetch && { expectFetch }) }),
    close: async (closing) => relay?.close(closing),
  };
}

interface MoveHandlers {
  readonly tips?: RememberedTips;
  readonly expectFetch?: (news: News) => void;
}

/** Passes on what a watcher reports. What may be no news at all is worth a look, not a fetch. */
function createReporter(task: LinkTask, report: OnReport, { tips, expectFetch }: MoveHandlers): Relayed['report'] {
  const newsOf = newsFor(task);
  const reportMoved = (moved: Extract<WatchReport, { kind: 'moved' }>): void => {
    report({ kind: 'moved', ...(moved.refs && { refs: moved.refs }) });
    const news = newsOf(moved);
    if (news) expectFetch?.(moved.isLate || task.rung.kind === 'poll' ? { ...news, isLate: true } : news);
  };
  return (watched) => {
    if (watched.kind !== 'moved') report(watched);
    else if (watched.refs !== undefined || watched.tips === undefined || tips === undefined) reportMoved(watched);
    else void tips.hadAll(watched.tips).then((hadAll) => (hadAll ? report({ kind: 'unsure' }) : reportMoved(watched)));
  };
}

/** What a report says of the refs that are fetched; undefined: nothing, so that no fetch will come. */
function newsFor({
  refs,
  objectsDirectory,
}: LinkTask): (moved: Extract<WatchReport, { kind: 'moved' }>) => News | undefined {
  const isWanted = wantedRefs(refs);
  // What was pushed from here comes back as news. It is here as a loose object, mostly: no pack will be asked for.
  const isNew = (tip: ObjectName): boolean =>
    objectsDirectory === undefined || !existsSync(join(objectsDirectory, tip.slice(0, 2), tip.slice(2)));
  return (moved) => {
    const wanted = moved.refs?.filter(({ ref }) => isWanted(ref));
    if (wanted === undefined) return { tips: (moved.tips ?? []).filter(isNew) };
    if (wanted.length === 0) return undefined;
    const tips = wanted.flatMap(({ tip }) => (tip === undefined || tip === 'unknown' ? [] : tip));
    return { tips: tips.filter(isNew), refs: wanted.map(({ ref }) => ref), moves: wanted };
  };
}

async function offerRelay(
  socket: string | undefined,
  options: RelayOptions,
  log: (text: string) => void,
): Promise<Relay | undefined> {
  if (socket === undefined) return undefined;
  try {
    return await openRelay(socket, options);
  } catch (error) {
    // git then logs in by itself.
    log(`no relay: ${printable(String(error))}`);
    return undefined;
  }
}

/** What fails because it was told to close has not failed. */
export async function unlessClosing<T>(closing: Closing, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (closing.kindly.aborted) return undefined;
    throw error;
  }
}

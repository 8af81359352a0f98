// Owns: what every watcher over ssh has around it: the connection, the relay over it, and the end of both.
// Leaves: the watchers (watch/notify-changes.ts, watch/server-watch.ts, watch/poll-over-ssh.ts), and trying again (main/supervisor).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import type { RequestShapes } from '../../shared/git-protocol/v2-request.ts';
import { printable } from '../../shared/printable.ts';
import { wantedRefs } from '../../shared/refs/ref-advertisement.ts';
import type { ObjectName } from '../../shared/remote.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';
import type { LinkTask } from '../../shared/thread-messages.ts';
import { atMostEvery, type Tally } from '../../shared/timing/at-most-every.ts';
import { remoteInTurn } from '../refs/in-turn.ts';
import { type RememberedTips, rememberTips } from '../refs/remembered-tips.ts';
import type { Closing, RemoteRefs, Transport, TransportReport } from '../transport.ts';
import type { News } from '../upload-pack/ahead/ahead.ts';
import { listRefs } from '../upload-pack/list-refs.ts';
import { openRelay, type Relay, type RelayOptions } from '../upload-pack/relay.ts';
import { createUploadPack, type UploadPack, type UploadPackOptions } from '../upload-pack/upload-pack.ts';
import { type Channels, createChannels } from './connection/channels.ts';
import type { Connection } from './connection/connection.ts';
import { type OpenContext, openConnection } from './connection/open-connection.ts';
import { uploadPackCommand } from './settings/quote.ts';

/** So often main is told that a fetch is alive, and how much of it has come. */
const ACTIVITY_MS = 250;

export interface SshLink {
  readonly target: SshTarget;
  readonly connection: Connection;
  /** Whether git may use the connection. */
  readonly relay: boolean;
  /** Over this connection; absent where that is not shared, or the config names a shell script. */
  readonly refs?: RemoteRefs;
  readonly report: (report: SshReport) => void;
  readonly onPhase: OpenContext['onPhase'];
  readonly closing: Closing;
}

/** `tips`: where refs point now of which the names are not told; of use to this link alone. */
export type SshReport =
  | Exclude<TransportReport, Moved>
  | (Moved & { readonly tips?: readonly ObjectName[]; readonly isLate?: true });
type OnReport = (report: TransportReport) => void;
type Moved = Extract<TransportReport, { kind: 'moved' }>;

/** The transport that connects, offers a relay where the connection is shared, and leaves the rest to `watch`. */
export function overSsh(
  kind: 'annex-shell' | 'server-watch' | 'poll',
  watch: (link: SshLink) => Promise<void>,
): Transport {
  return async (task, report, closing, takeTurn, onDoubt) => {
    const { rung, remote, directory, secrets: passphrases } = task;
    if (rung.kind !== kind || rung.target === undefined)
      throw new DaemonError('unknown', `${kind} was asked to watch by ${rung.kind}`);
    if (closing.kindly.aborted) return;
    const log = (text: string): void => report({ kind: 'log', text });
    const received = (bytes: number): void => report({ kind: 'received', bytes });
    const noteChild: OpenContext['noteChild'] = (pgid, running) => report({ kind: 'child', pgid, running });
    const onPhase: SshLink['onPhase'] = (phase, limitMs) => report({ kind: 'phase', phase, limitMs });
    const told = { log, received, noteChild, onPhase };
    const context = { remote, directory, passphrases, ...told, signal: closing.kindly, takeTurn };
    const { target } = rung;
    const opening = openConnection(target, context);
    const own = await unlessClosing(closing, opening);
    if (own === undefined) return;
    onDoubt?.((limitMs) => own.prove?.(limitMs));
    const channels = createChannels({
      own,
      openFurther: () => openFurther(target, context),
      most: task.mostChannels,
      onFull: (most, isSure) => report({ kind: 'channels', most, isSure }),
      signal: closing.kindly,
    });
    const connection = { ...own, exec: channels.open };
    try {
      const tally = (): Tally => atMostEvery(ACTIVITY_MS, (bytes) => report({ kind: 'relay-activity', bytes }));
      const ahead = tally();
      const onShapes = (shapes: RequestShapes): void => report({ kind: 'request-shapes', shapes });
      const { refs, requestShapes: shapes } = task;
      const uploadPack = uploadPackOver(own.shared ? channels : undefined, rung.target, {
        refs,
        onActivity: () => ahead.add(0),
        onShapes,
        ...(shapes && { shapes }),
      });
      const relay = uploadPack && (await offerRelay(task.relaySocket, { uploadPack, tally }, log));
      try {
        // While it waits for its turn, it is under way to whoever waits for it.
        const tips =
          uploadPack && rememberTips(remoteInTurn((signal) => listRefs(uploadPack, refs, signal), takeTurn, report));
        const expectFetch = relay && uploadPack.expectFetch;
        const onReport = createReporter(task, report, { ...(tips && { tips }), ...(expectFetch && { expectFetch }) });
        const link = {
          target: rung.target,
          connection,
          relay: relay !== undefined,
          report: onReport,
          onPhase,
          closing,
        };
        const remoteRefs = tips && { list: tips.list, areHere: uploadPack.sawListing };
        await unlessClosing(closing, watch({ ...link, ...(remoteRefs && { refs: remoteRefs }) }));
      } finally {
        await relay?.close(closing);
      }
    } finally {
      await Promise.all([channels.close(closing.now), own.close(closing.now)]);
    }
  };
}

interface MoveHandlers {
  readonly tips?: RememberedTips;
  readonly expectFetch?: (news: News) => void;
}

/** Passes on what a watcher reports. What may be no news at all is worth a look, not a fetch. */
function createReporter(task: LinkTask, report: OnReport, { tips, expectFetch }: MoveHandlers): SshLink['report'] {
  const newsOf = newsFor(task);
  const reportMoved = (moved: Extract<SshReport, { kind: 'moved' }>): void => {
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

/** What fails because it was told to close has not failed. */
async function unlessClosing<T>(closing: Closing, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (closing.kindly.aborted) return undefined;
    throw error;
  }
}

/** Not of a connection that is up already: what it is busy with is nobody's phase. */
async function openFurther(target: SshTarget, context: OpenContext): Promise<Connection> {
  const connection = await openConnection(target, { ...context, onPhase: () => undefined });
  if (connection.shared) return connection;
  await connection.close(AbortSignal.abort());
  throw new DaemonError('remote-error', `a further connection would be ${connection.how}`);
}

/** `channels` undefined: each command is a login of its own, which git does as well. */
function uploadPackOver(
  channels: Channels | undefined,
  target: SshTarget,
  options: Omit<UploadPackOptions, 'openChannel' | 'openSpare' | 'command'>,
): UploadPack | undefined {
  const command = uploadPackCommand(target);
  if (channels === undefined || command === undefined) return undefined;
  return createUploadPack({ openChannel: channels.open, openSpare: channels.openSpare, command, ...options });
}

/** What a report says of the refs that are fetched; undefined: nothing, so that no fetch will come. */
function newsFor({
  refs,
  objectsDirectory,
}: LinkTask): (moved: Extract<SshReport, { kind: 'moved' }>) => News | undefined {
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

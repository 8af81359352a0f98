// Owns: what every watcher over ssh has around it: the connection, the relay over it, and the end of both.
// Leaves: the watchers (watch/notify-changes.ts, watch/server-watch.ts, watch/poll-over-ssh.ts), and trying again (main/supervisor).
import { DaemonError } from '../../shared/failures.ts';
import type { SshTarget } from '../../shared/ssh-target.ts';
import { openRelayed, type RelayedOptions, unlessClosing, type WatchReport } from '../relayed.ts';
import type { Closing, RemoteRefs, Transport } from '../transport.ts';
import { createUploadPack } from '../upload-pack/upload-pack.ts';
import { type Channels, createChannels } from './connection/channels.ts';
import type { Connection } from './connection/connection.ts';
import { type OpenContext, openConnection } from './connection/open-connection.ts';
import { uploadPackCommand } from './settings/quote.ts';

export interface SshLink {
  readonly target: SshTarget;
  readonly connection: Connection;
  /** Whether git may use the connection. */
  readonly relay: boolean;
  /** Over this connection; absent where that is not shared, or the config names a shell script. */
  readonly refs?: RemoteRefs;
  readonly report: (report: WatchReport) => void;
  readonly onPhase: OpenContext['onPhase'];
  readonly closing: Closing;
}

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
      const uploadPack = uploadPackOver(own.shared ? channels : undefined, target);
      const relayed = await openRelayed({ task, report, takeTurn, uploadPack });
      try {
        const { relay, refs, report: onReport } = relayed;
        const link = { target, connection, relay, report: onReport, onPhase, closing };
        await unlessClosing(closing, watch({ ...link, ...(refs && { refs }) }));
      } finally {
        await relayed.close(closing);
      }
    } finally {
      await Promise.all([channels.close(closing.now), own.close(closing.now)]);
    }
  };
}

/** Not of a connection that is up already: what it is busy with is nobody's phase. */
async function openFurther(target: SshTarget, context: OpenContext): Promise<Connection> {
  const connection = await openConnection(target, { ...context, onPhase: () => undefined });
  if (connection.shared) return connection;
  await connection.close(AbortSignal.abort());
  throw new DaemonError('remote-error', `a further connection would be ${connection.how}`);
}

/** `channels` undefined: each command is a login of its own, which git does as well. */
function uploadPackOver(channels: Channels | undefined, target: SshTarget): RelayedOptions['uploadPack'] {
  const command = uploadPackCommand(target);
  if (channels === undefined || command === undefined) return undefined;
  const { open: openChannel, openSpare } = channels;
  return (surroundings) => createUploadPack({ openChannel, openSpare, command, ...surroundings });
}

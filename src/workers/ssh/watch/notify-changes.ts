// Owns: watching a remote by `git-annex-shell notifychanges`: what it is asked, and what its lines mean.
// Leaves: the connection (ssh-link.ts), carrying lines (listen.ts), and what its failures mean (notify-failures.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { parseObjectName } from '../../../shared/remote.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';
import { notification } from '../../../shared/watch-protocol/notification.ts';
import type { Transport } from '../../transport.ts';
import { notifyChangesCommand } from '../settings/quote.ts';
import { overSsh } from '../ssh-link.ts';
import { listen, type Watcher } from './listen.ts';
import { notifyFailure } from './notify-failures.ts';
import type { LineMeaning } from './reading.ts';

/** Opens the link and listens until it is told to close or fails. A relay is offered where the connection is shared. */
export const watchByAnnexShell: Transport = overSsh('annex-shell', (link) =>
  listen(link, annexShellWatcher(link.target, link.connection.how)),
);

function annexShellWatcher(target: SshTarget, over: string): Watcher {
  const { annexShell } = target;
  return {
    command: notifyChangesCommand(target),
    read: (line, isReady) => meaningOf(line, isReady, `${annexShell} notifychanges over ${over}`),
    failure: (why, stderr) => {
      if (why.kind === 'silence') return new DaemonError('says-nothing', `no READY from ${annexShell}`);
      if (why.kind === 'noise') return new DaemonError('too-much-noise', `${annexShell} says other things than READY`);
      return notifyFailure(why, stderr, { shell: annexShell, host: target.host });
    },
  };
}

/** A CHANGED before READY is no notification, but some login script's. */
function meaningOf(line: string, isReady: boolean, how: string): LineMeaning | undefined {
  const message = notification.parse(line);
  if (message?.kind === 'READY') return { kind: 'ready', how };
  if (message === undefined || !isReady) return undefined;
  return { kind: 'moved', tips: message.tips.flatMap((tip) => parseObjectName(tip) ?? []) };
}

// Owns: watching a remote by a watcher that the server is handed over ssh: what its lines and its failures mean.
// Leaves: the watcher (server-watch-script.ts), the connection (ssh-link.ts), carrying lines (listen.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { gatherMovedRefs } from '../../../shared/refs/moved-refs.ts';
import type { RefMove } from '../../../shared/remote.ts';
import type { ServerWatchRung } from '../../../shared/rungs/server-watch.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';
import { type ServerWatchMessage, serverWatch } from '../../../shared/watch-protocol/server-watch.ts';
import type { Transport } from '../../transport.ts';
import { overSsh } from '../ssh-link.ts';
import { listen, type NoReady, type Watcher } from './listen.ts';
import type { LineMeaning } from './reading.ts';
import { serverWatchCommand, serverWatchInput, type WatchOptions } from './server-watch-script.ts';
import { SHORTAGE } from './shortage.ts';

/** Hands the server its watcher and listens until it is told to close or fails. */
export const watchOnServer: Transport = (task, ...others) => {
  const { rung, watcherMark: mark, isFirst = false } = task;
  const options = { ...(rung.kind === 'server-watch' && rung), ...(mark === undefined ? {} : { mark }), isFirst };
  const watch = overSsh('server-watch', (link) =>
    listen(link, createWatcher(link.target, link.connection.how, options)),
  );
  return watch(task, ...others);
};

type WatcherOptions = WatchOptions & Pick<ServerWatchRung, 'behindHelper'>;

/** What one link asks of the server, and what it makes of the answers. `over` names the connection for `status`. */
export function createWatcher(target: SshTarget, over: string, options: WatcherOptions = {}): Watcher {
  const { behindHelper } = options;
  let hasShell = false;
  let isLate = false;
  // What is more than a program may show the refs under other names: a namespace, or another repository.
  const isPlain = /^[\w./+-]+$/.test(target.uploadPack);
  const moves = gatherMovedRefs();
  const note = (move: RefMove): LineMeaning => {
    moves.add(move);
    return { kind: 'noted' };
  };
  const meaningOf = (message: ServerWatchMessage, isReady: boolean): LineMeaning | undefined => {
    switch (message.kind) {
      case 'WAITING':
        hasShell = true;
        return { kind: 'waiting' };
      case 'HELLO':
        hasShell = true;
        return { kind: 'noted' };
      case 'READY':
        isLate = message.by === 'looking';
        return { kind: 'ready', how: `a watcher on the server (${WAYS[message.by]}) over ${over}` };
      case 'MOVED':
        return isReady ? note({ ref: message.ref, tip: message.tip }) : undefined;
      case 'GONE':
        return isReady ? note({ ref: message.ref, tip: undefined }) : undefined;
      case 'DONE': {
        if (!isReady) return undefined;
        const moved = moves.take();
        return { kind: 'moved', ...(!behindHelper && isPlain && moved), ...(isLate && { isLate }) };
      }
      case 'UNSURE':
        return isReady ? { kind: 'unsure' } : undefined;
      case 'FAILED':
        return { kind: 'failed', error: watcherFailure(message, target, isReady) };
      default:
        return message satisfies never;
    }
  };
  return {
    command: serverWatchCommand(options),
    input: serverWatchInput(target, options),
    read: (line, isReady) => {
      // It begins with an empty line, as start-up files may leave one unfinished.
      if (line === '' && !isReady) return { kind: 'noted' };
      if (!hasShell && PACKET.test(line)) return { kind: 'failed', error: noShell({ kind: 'noise' }, '') };
      const message = serverWatch.parse(line);
      return message && meaningOf(message, isReady);
    },
    failure: (why, stderr) => (hasShell ? brokenWatcher(why, stderr) : noShell(why, stderr)),
  };
}

/** As an upload-pack begins (gitprotocol-pack(5)): whatever was asked for, it serves one repository, and waits for git. */
const PACKET = /^[0-9a-f]{4}(?:[0-9a-f]{40}|version \d)/;

const WAYS = { inotifywait: 'inotifywait', looking: 'looks once a second' } as const;

/** What the watcher itself says. Before READY another rung may do better; after it, this one was right. */
function watcherFailure(
  { why, text }: Extract<ServerWatchMessage, { kind: 'FAILED' }>,
  target: SshTarget,
  wasReady: boolean,
): DaemonError {
  const detail = saidBy('the server', text);
  switch (why) {
    case 'no-tools':
      return new DaemonError(why, detail);
    case 'refused':
      return new DaemonError('no-shell', detail);
    case 'no-repository':
      // In git's words, as a fetch says it, which is no news then. Where git is told to run something else, that may well find one.
      return new DaemonError(
        target.uploadPack === 'git-upload-pack' || wasReady ? 'no-repository' : 'no-shell',
        `'${printable(target.path)}' does not appear to be a git repository`,
      );
    case 'cannot-be-told':
    case 'nothing-tells':
      return new DaemonError(why, detail);
    case 'error':
      return new DaemonError('remote-error', detail);
    default:
      return why satisfies never;
  }
}

/** A git-shell, a forced command, gitolite, a forge: each says it in other words, and nobody says HELLO. */
function noShell(why: NoReady, stderr: string): DaemonError {
  if (why.kind === 'signal' || SHORTAGE.test(stderr)) return brokenWatcher(why, stderr);
  if (why.kind === 'silence') return new DaemonError('says-nothing', 'the account says nothing of the watcher');
  const said = why.kind === 'noise' ? 'it says other things' : firstWords(stderr);
  return new DaemonError('no-shell', `the account has no shell${said && ` (${said})`}`);
}

function brokenWatcher(why: NoReady, stderr: string): DaemonError {
  if (why.kind === 'silence') return new DaemonError('not-ready', 'the watcher on the server is not ready in time');
  return new DaemonError('remote-error', `the watcher on the server ended: ${firstWords(stderr) || why.kind}`);
}

function firstWords(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '');
  return line === undefined ? '' : saidBy('the server', line);
}

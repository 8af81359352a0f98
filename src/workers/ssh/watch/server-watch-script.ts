// Owns: what an ssh server is handed so that it watches: the command, and the text of the watcher with its arguments.
// Leaves: the watcher (server-watch.sh and the scripts that it names), and who sends it and listens (server-watch.ts).
import type { ServerWatchRung } from '../../../shared/rungs/server-watch.ts';
import { shellQuoted } from '../../../shared/shell-word.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';
import { script as BY_NAME } from './by-name.sh';
import { script as END_PREDECESSOR } from './end-predecessor.sh';
import { script as ENTER_REPOSITORY } from './enter-repository.sh';
import { script as INOTIFY } from './inotify.sh';
import { script as LOOKING } from './looking.sh';
import { script as WATCH } from './server-watch.sh';
import { script as SETTLE_IN } from './settle-in.sh';
import { script as TOLD } from './told.sh';
import { script as WHOLE } from './whole.sh';

export interface WatchOptions {
  readonly by?: ServerWatchRung['by'];
  /** A word that no other client, and no other remote of this one, has. */
  readonly mark?: string;
  /** None is there to be ended: to look for one costs the server 10 ms, and more the more it runs. */
  readonly isFirst?: boolean;
}

/**
 * The script goes to the stdin of a shell, which then stays open. It is sent when that shell has said WAITING, on a line
 * of its own: what the start-up files of the login shell may read from stdin, or do with it, is over then. A login
 * shell of any kind has three plain words to read and a quoted one, as of git itself, and an account without a shell
 * gets nothing but these. `ps` shows the mark. As for git itself, the shell is that of the system, whatever the PATH is.
 */
export const serverWatchCommand = ({ mark = '' }: WatchOptions): string =>
  `exec /bin/sh -c 'echo; echo WAITING; exec /bin/sh -s ${mark}'`;

const SCRIPT = [SETTLE_IN, ENTER_REPOSITORY, INOTIFY, TOLD, BY_NAME, WHOLE, LOOKING, WATCH].join('');

/** What to write to stdin. The watcher ends, with all that it started, at the end of stdin. */
export function serverWatchInput(target: SshTarget, { by, mark, isFirst = false }: WatchOptions): string {
  // Where git is found only by `uploadpack`, the rest of git is likely to be beside it.
  const folder = /^(\/[\w./+-]*)\/[\w.+-]+$/.exec(target.uploadPack)?.[1];
  // What is more than the name of a program is taken to be there: only the login shell knows.
  const annexShell = /^[\w./+][\w./+-]*$/.test(target.annexShell) ? target.annexShell : '';
  const words = [target.path, folder === undefined ? '' : `:${folder}`, by ?? 'any', annexShell].map(shellQuoted);
  // Nobody waits for it.
  const alone =
    mark === undefined || isFirst ? '' : `${END_PREDECESSOR}end_predecessor ${mark} </dev/null >/dev/null 2>&1 &\n`;
  return `${SCRIPT}${alone}watch ${words.join(' ')}\n`;
}

// Owns: what an ssh server is handed so that it watches: the command, and the text of the watcher with its arguments.
// Leaves: the watcher (server-watch.sh and the scripts that it names), and who sends it and listens (server-watch.ts).
import type { ServerWatchRung } from '../../../shared/rungs/server-watch.ts';
import { shellQuoted } from '../../../shared/shell-word.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';
import { script as ENTER_REPOSITORY } from './enter-repository.sh';
import { script as LOOKING } from './looking.sh';
import { script as WATCH } from './server-watch.sh';
import { script as SETTLE_IN } from './settle-in.sh';
import { script as TOLD } from './told.sh';

/**
 * The script goes to this shell's stdin, which then stays open: a login shell of any kind has four plain words to
 * read, and an account without a shell gets nothing but these.
 */
export const SERVER_WATCH_COMMAND = 'exec sh -s';

/** A login shell whose start-up file reads from stdin takes the first line. What the watcher is to do stands last. */
const MAY_BE_LOST = ':\n';

const SCRIPT = [MAY_BE_LOST, SETTLE_IN, ENTER_REPOSITORY, TOLD, LOOKING, WATCH].join('');

/** Where the tools of a system are, whatever the account's PATH is: git may well be somewhere else. */
const SYSTEM_FOLDERS = ':/usr/local/bin:/usr/bin:/bin';

/** What to write to stdin. The watcher ends, with all that it started, at the end of stdin. */
export function serverWatchInput(target: SshTarget, by?: ServerWatchRung['by']): string {
  // Where git is found only by `uploadpack`, the rest of git is likely to be beside it.
  const folder = /^(\/[\w./+-]*)\/[\w.+-]+$/.exec(target.uploadPack)?.[1];
  // What is more than the name of a program is taken to be there: only the login shell knows.
  const annexShell = /^[\w./+][\w./+-]*$/.test(target.annexShell) ? target.annexShell : '';
  const folders = `${folder === undefined ? '' : `:${folder}`}${SYSTEM_FOLDERS}`;
  const words = [target.path, folders, by ?? 'any', annexShell].map(shellQuoted);
  return `${SCRIPT}watch ${words.join(' ')}\n`;
}

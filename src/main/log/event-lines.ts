// Owns: what the log says, for people, of what the daemon announces, and of a changed config.
// Leaves: the lines for programs (control/line-handler.ts), orders (supervisor), reading the config (config).
import type { Told } from '../../shared/control-protocol/control.ts';
import { syncWords } from '../../shared/move-words.ts';
import type { RemoteChanges, SkippedRemote } from '../../shared/remote.ts';
import type { Log } from './log.ts';

/** `cutShort`: by us, so that a failure is none. */
export function logTold({ ofRemote: log }: Pick<Log, 'ofRemote'>, message: Told, cutShort: boolean): void {
  switch (message.kind) {
    case 'CONNECTED':
      log.info(message.remote.name, message.how === undefined ? 'connected' : `connected (${message.how})`);
      break;
    case 'DISCONNECTED':
      log.info(message.remote.name, message.why === undefined ? 'disconnected' : `disconnected: ${message.why}`);
      break;
    case 'SYNCING':
      break;
    case 'DONESYNCING':
      logSync(log, message, cutShort);
      break;
    case 'WARNING':
      log.warn(message.remote.name, message.text);
      break;
    default:
      message satisfies never;
  }
}

function logSync(
  log: Log['ofRemote'],
  { remote: { name }, sync }: Extract<Told, { kind: 'DONESYNCING' }>,
  cutShort: boolean,
): void {
  // That one has failed, and why, is told by a warning, once while nothing changes.
  const { why: _, ...shown } = sync;
  const said = syncWords(shown, name);
  const words = cutShort && !sync.ok ? said.replace(/^(\w+) failed/, '$1 cut short') : said;
  if (sync.moved.length === 0 && (sync.ok || !cutShort)) log.debug(name, () => words);
  else log.info(name, words);
}

export interface ConfigLog {
  /** Says of each remote that is not watched why, once for each reason that is new. */
  readonly skipped: (skipped: readonly SkippedRemote[]) => void;
  /** Says how many remotes differ; without a difference only to a person who asked. */
  readonly readAgain: (changes: RemoteChanges, isAsked: boolean) => void;
}

export function createConfigLog(log: Pick<Log, 'info'>): ConfigLog {
  let last: readonly SkippedRemote[] = [];
  return {
    skipped: (skipped) => {
      const isOld = (now: SkippedRemote): boolean => last.some(({ name, why }) => name === now.name && why === now.why);
      for (const each of skipped) if (!isOld(each)) log.info(each.name, `not watched: ${each.why}`);
      last = skipped;
    },
    readAgain: (changes, isAsked) => {
      const counts = (['added', 'changed', 'removed'] as const)
        .filter((kind) => changes[kind].length > 0)
        .map((kind) => `${changes[kind].length} ${kind}`);
      if (counts.length === 0 && !isAsked) return;
      log.info('daemon', `read the config again: ${counts.join(', ') || 'no remote is different'}`);
    },
  };
}

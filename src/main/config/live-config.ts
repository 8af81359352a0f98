// Owns: the config as it is now: read at the start, at RELOAD and when one of its files changes, and compared.
// Leaves: reading it (read-all.ts), what each key means (config/), and what a change does to the remotes (supervisor).
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RemoteChanges } from '../../shared/remote.ts';
import { UserError } from '../user-error.ts';
import { usualFiles } from './config-files.ts';
import {
  type ConfigDoubt,
  type ConfigFile,
  doubtOf,
  doubtReading,
  isTold,
  lookAgainMs,
  lookAtConfig,
} from './doubtful-reading.ts';
import { isReachedOtherwise } from './networks.ts';
import { createOnceLog } from './once-log.ts';
import { type ConfigNow, type LiveConfigOptions, type Read, readAll } from './read-all.ts';
import { compareRemotes } from './reload.ts';
import { watchFiles } from './watch-files.ts';

export type { ConfigNow, LiveConfigOptions };

export interface LiveConfig {
  readonly now: () => ConfigNow;
  /**
   * Reads it again and says what is different. What cannot be read, or believed, leaves all as it was, and is read again
   * after a moment; what lasts has a line in the log.
   */
  readonly reload: () => Promise<Reread>;
  /** Calls the listener when a file it was read from is different; also for what changed before there was a listener. */
  readonly onFileChange: (listener: () => void) => void;
  /** The network is another, by which commands in it may decide. */
  readonly networkChanged: () => void;
  /** Why remotes are only to be polled from now on, as seldom as they are checked; undefined: as the config says. */
  readonly pollOnly: (why: string | undefined) => void;
  readonly close: () => void;
}

/** What reading it again came to. */
export interface Reread extends RemoteChanges {
  /** Why all stays as it was. */
  readonly refused?: string;
  /** What of it is not taken, a line each, whether it is new or not. */
  readonly warnings: readonly string[];
  /** What no remote has for itself is another, and may mend what failed: credentials, say. */
  readonly mends: boolean;
}

/** Reads the config for the first time. Throws a UserError if it cannot be used. */
export async function openLiveConfig(options: LiveConfigOptions): Promise<LiveConfig> {
  const logOnce = createOnceLog(options.log);
  let changedEarly = false;
  let pollOnly: string | undefined;
  let closed = false;
  let listener = (): void => {
    changedEarly = true;
  };
  const { without } = options;
  const watch = watchFiles({
    changed: () => listener(),
    failed: (why) => without.lacks('config watches', `${why}; the config is looked at every few seconds instead`),
    recovered: () => without.found('config watches'),
  });
  // Before it is read: what changes from here on is read again.
  watch.follow(usualFiles(options));
  const first = await readAll(options, logOnce, pollOnly).catch((error: unknown) => {
    watch.close();
    throw error;
  });
  let now = first.config;
  watch.follow(first.files);
  let asksCommands = first.asksCommands;
  let lastRead: Promise<unknown> = Promise.resolve();
  const askAgain = setInterval(() => asksCommands && listener(), ASK_AGAIN_MS).unref();
  const ownFile = path.join(options.repository.commonDir, 'config');
  /** Where there was none, none is missing. */
  const look = (): ConfigFile => (hadFile ? lookAtConfig(ownFile) : 'there');
  let hadFile = lookAtConfig(ownFile) === 'there';
  let doubt: ConfigDoubt | undefined;
  let timer: NodeJS.Timeout | undefined;

  const keep = (why: string): void => {
    if (now.problem !== why) options.log(`the config stays as it was: ${why}`);
    now = { ...now, problem: why };
  };
  const take = ({ config, files, ...read }: Read): void => {
    now = config;
    asksCommands = read.asksCommands;
    watch.follow(files);
    hadFile ||= lookAtConfig(ownFile) === 'there';
  };
  const readAgain = async (): Promise<Reread> => {
    const before = now;
    let warnings: readonly string[] = [];
    clearTimeout(timer);
    try {
      const file = look();
      const read = await readAll(options, logOnce, pollOnly);
      warnings = read.warnings;
      const reading = { files: [file, look()], known: namesIn(now), read: namesIn(read.config) };
      doubt = doubtReading(reading, doubt, performance.now());
      if (doubt === undefined) take(read);
      else if (isTold(doubt)) keep(doubt.why);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      doubt = doubtOf(error.message, doubt, performance.now());
      keep(error.message);
    }
    // What is wrong may be over without an event.
    if (doubt !== undefined && !closed) timer = setTimeout(() => listener(), lookAgainMs(doubt)).unref();
    const changes = compareRemotes(before.remotes, now.remotes, (remote) => isReachedOtherwise(remote, before, now));
    const mends = !isDeepStrictEqual([before.means.keys, before.secrets], [now.means.keys, now.secrets]);
    return { ...changes, warnings, mends, ...(doubt && { refused: doubt.why }) };
  };
  return {
    now: () => now,
    // One after another: each compares with what the one before has left.
    reload: () => {
      const read = lastRead.then(readAgain);
      lastRead = read.catch(() => undefined);
      return read;
    },
    onFileChange: (onChange) => {
      listener = onChange;
      if (changedEarly) onChange();
    },
    networkChanged: () => {
      if (asksCommands) listener();
    },
    pollOnly: (why) => {
      if (why === pollOnly) return;
      pollOnly = why;
      listener();
    },
    close: () => {
      closed = true;
      clearInterval(askAgain);
      clearTimeout(timer);
      watch.close();
    },
  };
}

const namesIn = ({ remotes, skipped }: Pick<ConfigNow, 'remotes' | 'skipped'>): string[] =>
  [...remotes, ...skipped].map(({ name }) => name);

/** They may look at anything, of which nobody tells. */
const ASK_AGAIN_MS = 300_000;

// Owns: the log: one line per event, of the levels that are wanted, to stderr or to a file.
// Leaves: what is worth a line, where lines end up (sinks.ts), and reading the file (commands/show-log.ts).
import { fileLine, isShown, journalLine, type LogLevel } from '../../shared/log-line.ts';
import { leftOutText } from '../../shared/timing/line-budget.ts';
import { isJournal } from './journald.ts';
import { createLogShares } from './log-shares.ts';
import { fileSink, stderrSink } from './sinks.ts';

export interface Log extends Lines {
  /** Lines about remotes, of each of which there is only so much room; `scope` is the name of one. */
  readonly ofRemote: Lines;
  /** The least that is told from now on; that it is another is told, too. */
  readonly setLevel: (level: LogLevel) => void;
  /** Writes out what is still queued, within a limit. Later lines are lost. */
  readonly close: () => Promise<void>;
}

export interface Lines {
  /** `scope` is a part of the program. */
  readonly info: (scope: string, text: string) => void;
  readonly warn: (scope: string, text: string) => void;
  readonly error: (scope: string, text: string) => void;
  /** What is done, and why; the text is made only where it is wanted. undefined: it is not worth a line. */
  readonly debug: (scope: string, text: () => string | undefined) => void;
  /** For information, and told whatever is wanted: somebody has just asked for it. */
  readonly asked: (scope: string, text: string) => void;
}

export type LogTarget =
  | { readonly kind: 'stderr' }
  /** The predecessor (instance/state-directory.ts) is as large at most. */
  | { readonly kind: 'file'; readonly path: string; readonly mostBytes?: number };

export interface LogOptions {
  /** Absent: `info`. */
  readonly level?: LogLevel;
  readonly nowMs?: () => number;
}

const MOST_BYTES = 1024 * 1024;

/** Opens a log. Throws a UserError if the file cannot be opened; afterwards nothing that befalls it reaches the caller. */
export function createLog(target: LogTarget, { level: least = 'info', nowMs = Date.now }: LogOptions = {}): Log {
  let wanted = least;
  const format = target.kind === 'stderr' && isJournal(process.env.JOURNAL_STREAM, 2) ? journalLine : fileLine;
  const lineOf = (level: LogLevel, scope: string, text: string): string =>
    format({ atMs: nowMs(), level, scope, text });
  const sink =
    target.kind === 'stderr'
      ? stderrSink((leftOut) => lineOf('warn', 'daemon', `${leftOutText(leftOut)}: nobody read them`))
      : fileSink(target.path, target.mostBytes ?? MOST_BYTES);
  const shares = createLogShares((remote, text) => sink.write(lineOf('warn', remote, text)));
  const linesTo = (write: (level: LogLevel, scope: string, text: string) => void): Lines => {
    const at = (level: LogLevel) => (scope: string, text: string) => {
      if (isShown(level, wanted)) write(level, scope, text);
    };
    return {
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      debug: (scope, text) => {
        const said = isShown('debug', wanted) ? text() : undefined;
        if (said !== undefined) write('debug', scope, said);
      },
      asked: (scope, text) => write('info', scope, text),
    };
  };
  return {
    ...linesTo((level, scope, text) => sink.write(lineOf(level, scope, text))),
    ofRemote: linesTo((level, remote, text) => {
      const line = lineOf(level, remote, text);
      shares.write(remote, { bytes: Buffer.byteLength(line), level }, () => sink.write(line));
    }),
    setLevel: (level) => {
      if (level === wanted) return;
      wanted = level;
      sink.write(lineOf('info', 'daemon', `logLevel is ${level} from here on`));
    },
    close: () => {
      shares.close();
      return sink.close();
    },
  };
}

// Owns: the command that shows the log, and goes on as it grows.
// Leaves: reading it (read-log.ts), how it looks (render-log.ts, pager.ts), and where it is if not in a file (log-elsewhere.ts).
import fs from 'node:fs';
import { nearest } from '../../shared/nearest.ts';
import { loggable, printable } from '../../shared/printable.ts';
import { readSince } from '../../shared/since.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { pidOf, runningDaemon } from '../instance/running-daemon.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import type { Call } from './command-line.ts';
import type { Handler } from './handler.ts';
import { stderrFactsOf, whereLogGoes } from './log-elsewhere.ts';
import { page } from './pager.ts';
import { followLog, readLog } from './read-log.ts';
import { createLogView, type LogChoice, scopesIn } from './render-log.ts';
import { stateDirectoryHere } from './this-repository.ts';

const FOLLOW_LINES = 10;

/** Throws a UserError (1) if there is none to show, or it would be that of an earlier daemon than the one that runs. */
export const logCommand: Handler = async (call, { print, readerGone }) => {
  const choice = choiceOf(call);
  const directory = await directoryOfLog();
  const view = createLogView(choice, { colours: hasColours(), nowMs: Date.now() });
  const lines = readLog(directory.log);
  const follows = call.options.has('--follow');
  if (lines === undefined && !follows) throw new UserError(NO_LOG, 1);
  await refuseUnknown(choice.names, lines ?? []);
  const most = call.options.get('--lines');
  const last = most === undefined ? (follows ? FOLLOW_LINES : Number.POSITIVE_INFINITY) : Number(most);
  const shown = (some: readonly string[], count = Number.POSITIVE_INFINITY): string => {
    const chosen = some.flatMap((line) => view(line) ?? []);
    return chosen
      .slice(Math.max(0, chosen.length - count))
      .map((line) => `${line}\n`)
      .join('');
  };
  if (follows) {
    let count: number | undefined = last;
    await followLog(
      directory.log,
      (some) => {
        print(shown(some, count));
        count = undefined;
      },
      readerGone,
    );
    return 0;
  }
  const text = shown(lines ?? [], last);
  if (process.stdout.isTTY && !call.options.has('--no-pager')) await page(text, print);
  else print(text);
  return 0;
};

const NO_LOG = 'there is no log here';

function choiceOf({ words, options }: Call): LogChoice {
  const text = options.get('--since');
  if (text === undefined) return { names: words };
  const since = readSince(text, Date.now());
  if (since.kind === 'unclear') throw new UserError(since.why);
  return { names: words, sinceMs: since.atMs };
}

async function directoryOfLog(): Promise<StateDirectory> {
  const directory = await stateDirectoryHere();
  const running = directory && (await runningDaemon(directory));
  if (running?.kind === 'named' && running.mode !== 'background') {
    const where = whereLogGoes(running.mode, stderrFactsOf(running.pid));
    const left = fs.existsSync(directory?.log ?? '') ? `; ${directory?.log} is an earlier one's` : '';
    throw new UserError(`the daemon${pidOf(running)} that runs here keeps no log file: ${where}${left}`, 1);
  }
  if (directory === undefined) throw new UserError(NO_LOG, 1);
  return directory;
}

/** A remote that is no more may still be in the log, and one that is there may have no line in it yet. */
async function refuseUnknown(names: readonly string[], lines: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const known = new Set([...(await remotesHere()), ...scopesIn(lines)]);
  const unknown = names.find((name) => !known.has(name) && !known.has(loggable(name)));
  if (unknown === undefined) return;
  const meant = nearest(unknown, [...known]);
  const offer = meant === undefined ? '' : `; did you mean '${printable(meant)}'?`;
  throw new UserError(`there is no remote '${printable(unknown)}' here, and none was in the log${offer}`, 1);
}

async function remotesHere(): Promise<readonly string[]> {
  const outcome = await runSystemCommand('git', ['remote'], { cwd: workingDirectory(), env: process.env });
  return outcome.kind !== 'missing' && outcome.status === 0 ? outcome.stdout.split('\n').filter(Boolean) : [];
}

/** Where git shows our output by its pager, it says so, and takes colours. */
const hasColours = (): boolean =>
  process.stdout.isTTY
    ? process.stdout.hasColors()
    : process.env.GIT_PAGER_IN_USE !== undefined && !process.env.NO_COLOR;

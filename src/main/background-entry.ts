// Owns: the process of a daemon in the background, from its first report to its exit.
// Leaves: the daemon (daemon.ts), and starting this process (commands/start.ts).
import './host/no-debugger.ts';
import { openCode } from './code/open-code.ts';
import type { ProgramCode } from './code/program-code.ts';
import { parseCommandLine } from './commands/command-line.ts';
import { dropMallocSettings } from './commands/malloc-settings.ts';
import type { StartReport } from './commands/start.ts';
import { startingOf } from './commands/starting.ts';
import { workingDirectory } from './host/working-directory.ts';
import { createLog } from './log/log.ts';
import { isUserError } from './user-error.ts';

/** The starter waits for one report, then goes. */
async function report(what: StartReport): Promise<void> {
  await new Promise<void>((resolve) => {
    if (process.send && process.connected) process.send(what, undefined, undefined, () => resolve());
    else resolve();
  });
  if (process.connected) process.disconnect();
}

async function main(code: ProgramCode): Promise<number> {
  dropMallocSettings(process.env);
  const command = parseCommandLine(['start', ...process.argv.slice(2)], {});
  if (command.kind !== 'call') throw new Error('started with arguments that start.ts does not give');
  const { runDaemon }: typeof import('./daemon.ts') = code.load('daemon.js');
  const onReady = (watched: number): void => void report({ kind: 'ready', watched });
  return runDaemon({
    mode: 'background',
    ...startingOf(command.call),
    ...{ cwd: workingDirectory(), env: process.env },
    onReady,
    keepCode: code.keep,
  });
}

async function failed(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  // stderr is the log file. What is no UserError is a bug, and keeps its stack.
  createLog({ kind: 'stderr' }).error('daemon', `it did not start: ${message}`);
  if (!isUserError(error) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  await report({ kind: 'failed', message, exitStatus: isUserError(error) ? error.exitStatus : 128 });
  process.exit(128);
}

main(openCode(process.env)).then((status) => process.exit(status), failed);

// Owns: the program a user runs: one command, its output, its exit status as git's are (design.md §3).
// Leaves: the words of the command line (commands/command-line.ts), the commands (commands/dispatch.ts), the daemon (daemon.ts).
import './host/no-debugger.ts';
import { printable } from '../shared/printable.ts';
import { withoutUrlSecrets } from '../shared/url-secrets.ts';
import { type Call, type Command, parseCommandLine } from './commands/command-line.ts';
import { buildOptions, controlPath, handlerOf } from './commands/dispatch.ts';
import { helpOf, shortUsage } from './commands/help.ts';
import { dropMallocSettings } from './commands/malloc-settings.ts';
import { startingOf } from './commands/starting.ts';
import { versionLine } from './commands/version-line.ts';
import { closeInherited } from './host/inherited.ts';
import { leaveStdioAsLent } from './host/lent-stdio.ts';
import { workingDirectory } from './host/working-directory.ts';
import { isUserError, reasonOf, UserError } from './user-error.ts';

const NO_HELPER =
  "git-remote-daemon is no transport for git: a remote's URL must not begin with 'daemon::' " +
  '(nor has it such a command of two words)';

/** Does what the command line says and returns the exit status. Throws what makes that impossible. */
async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'remote-helper':
      throw new UserError(NO_HELPER);
    case 'wrong':
      complain(`error: ${printable(command.why)}\n${shortUsage(command.about, columns(process.stderr))}`);
      return 129;
    case 'help':
      return printed(helpOf(command.about, columns(process.stdout)));
    case 'version':
      return printed(command.buildOptions ? await buildOptions(process.env) : versionLine());
    case 'control-path':
      return printed(`${await controlPath()}\n`);
    case 'call':
      return call(command.call);
    default:
      return command satisfies never;
  }
}

/** Longer lines are harder to read. */
const MOST_COLUMNS = 80;
const columns = (stream: NodeJS.WriteStream): number => Math.min(stream.columns || MOST_COLUMNS, MOST_COLUMNS);

async function call(called: Call): Promise<number> {
  const { command } = called;
  if (command === 'run' || command === 'foreground') return beDaemon(command, called);
  const handler = await handlerOf({ ...called, command });
  const note = (text: string): void => complain(`${text}\n`);
  return handler(called, { print: printed, note, readerGone: readerGone.signal });
}

async function beDaemon(mode: 'run' | 'foreground', called: Call): Promise<number> {
  // What this process was lent is not for what git leaves running on purpose, such as a credential cache.
  closeInherited();
  dropMallocSettings(process.env);
  // Loaded late: the other commands need nothing of it, and are there in a moment.
  const { openCode } = await import('./code/open-code.ts');
  const code = openCode(process.env);
  const { runDaemon }: typeof import('./daemon.ts') = code.load('daemon.js');
  const begun = async (): Promise<number> =>
    runDaemon({ mode, ...startingOf(called), cwd: workingDirectory(), env: process.env, keepCode: code.keep });
  // Also one that was refused has closed all that was its own; nothing that is left over may keep the process, as the
  // cat(1) does that reads a stdin which others have, too.
  process.exit(await begun().catch(statusOf));
}

const readerGone = new AbortController();

function printed(text: string | Uint8Array): 0 {
  // Others may listen as well (host/lent-stdio.ts).
  if (!process.stdout.listeners('error').includes(outputFailed)) process.stdout.on('error', outputFailed);
  process.stdout.write(text);
  return 0;
}

function outputFailed(error: NodeJS.ErrnoException): void {
  // EPIPE: the reader, such as `head`, has seen enough. That is no failure, as for git.
  const first = !readerGone.signal.aborted;
  readerGone.abort();
  if (first && error.code !== 'EPIPE')
    process.exitCode = statusOf(new UserError(`cannot write the output: ${reasonOf(error)}`));
}

/** On stderr. Where nobody hears it, the exit status tells all the same. */
function complain(text: string): void {
  if (!process.stderr.listeners('error').includes(unheard)) process.stderr.on('error', unheard);
  process.stderr.write(text);
}

const unheard = (): void => undefined;

function statusOf(error: unknown): number {
  if (isUserError(error)) {
    complain(`${error.exitStatus === 128 ? 'fatal' : 'error'}: ${withoutUrlSecrets(error.message)}\n`);
    return error.exitStatus;
  }
  complain(`fatal: ${(error instanceof Error && error.stack) || String(error)}\n`);
  return 128;
}

async function main(): Promise<void> {
  leaveStdioAsLent();
  try {
    const status = await run(parseCommandLine(process.argv.slice(2), process.env));
    // Output that could not be written has set one of its own, and may still do so.
    process.exitCode ||= status;
  } catch (error) {
    process.exitCode = statusOf(error);
  }
}

void main();

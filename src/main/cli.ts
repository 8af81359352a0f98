#!/usr/bin/env node
// Owns: the program a user runs: one command, its output, its exit status as git's are (design.md §3).
// Leaves: the words of the command line (commands/command-line.ts), the commands (commands/), the daemon (daemon.ts).
import './host/no-debugger.ts';
import { withoutUrlSecrets } from '../shared/url-secrets.ts';
import { type Command, parseCommandLine } from './commands/command-line.ts';
import { HELP, PEER_USAGE, SHORT_USAGE } from './commands/help.ts';
import { controlPath, giveOrder, stop } from './commands/orders.ts';
import type { PeerCommand } from './commands/peer-words.ts';
import { showLog } from './commands/show-log.ts';
import { showStatus } from './commands/show-status.ts';
import { startInBackground } from './commands/start.ts';
import { findCommonDirectory } from './commands/this-repository.ts';
import { closeInherited } from './host/inherited.ts';
import { leaveStdioAsLent } from './host/lent-stdio.ts';
import { workingDirectory } from './host/working-directory.ts';
import { alreadyRunning, runningDaemon } from './instance/running-daemon.ts';
import { prepareStateDirectory } from './instance/state-directory.ts';
import { programVersion } from './places.ts';
import { reasonOf, UserError } from './user-error.ts';

const NO_HELPER =
  "git-remote-daemon is no transport for git: a remote's URL must not begin with 'daemon::' " +
  '(nor has it such a command of two words)';

type Starting = Extract<Command, { readonly replace: boolean }>;

/** Does what the command line says and returns the exit status. Throws what makes that impossible. */
async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'remote-helper':
      throw new UserError(NO_HELPER);
    case 'wrong':
      process.stderr.write(`error: ${command.why}\n${command.ofPeer ? PEER_USAGE : SHORT_USAGE}`);
      return 129;
    case 'help':
      return printed(HELP);
    case 'version':
      return printed(`git-remote-daemon version ${programVersion()}\n`);
    case 'control-path':
      return printed(`${await controlPath()}\n`);
    case 'start':
      return start(command);
    case 'foreground':
    case 'run':
      return beDaemon(command);
    case 'stop':
      await stop((text) => void process.stderr.write(`warning: ${text}\n`));
      return 0;
    case 'status':
      return showStatus(command.json, printed);
    case 'log':
      await showLog(command.follow, printed, readerGone.signal);
      return 0;
    case 'pause':
    case 'resume':
    case 'reload':
      await giveOrder(command.kind);
      return 0;
    case 'peer':
      return peer(command.peer);
    default:
      return command satisfies never;
  }
}

async function start({ replace, remoteId }: Starting): Promise<number> {
  // What this process was lent is not for one that outlives it.
  closeInherited();
  const cwd = workingDirectory();
  const directory = prepareStateDirectory(await findCommonDirectory(cwd, process.env));
  const running = replace ? undefined : await runningDaemon(directory);
  if (running) throw alreadyRunning(running, 'background');
  const options = { replace, cwd, env: process.env, ...(remoteId && { remoteId }) };
  await startInBackground(directory, options);
  return 0;
}

async function beDaemon({ kind, ...starting }: Starting): Promise<number> {
  // Nor is it for what git leaves running on purpose, such as a credential cache.
  closeInherited();
  // Loaded late: the other commands need nothing of it, and are there in a moment.
  const { runDaemon } = await import('./daemon.ts');
  const mode = kind === 'foreground' ? 'foreground' : 'run';
  const options = { mode, ...starting, cwd: workingDirectory(), env: process.env } as const;
  // Also one that was refused has closed all that was its own; nothing that is left over may keep the process.
  const status = await runDaemon(options).catch(statusOf);
  process.exit(status);
}

async function peer(command: PeerCommand): Promise<number> {
  // Loaded late, as above.
  const { peerCommand } = await import('./commands/peer.ts');
  return peerCommand(command, { print: printed, note: (text) => void process.stderr.write(`${text}\n`) });
}

const readerGone = new AbortController();

function printed(text: string | Uint8Array): 0 {
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', outputFailed);
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

function statusOf(error: unknown): number {
  if (error instanceof UserError) {
    process.stderr.write(`${error.exitStatus === 128 ? 'fatal' : 'error'}: ${withoutUrlSecrets(error.message)}\n`);
    return error.exitStatus;
  }
  process.stderr.write(`fatal: ${(error instanceof Error && error.stack) || String(error)}\n`);
  return 128;
}

leaveStdioAsLent();
try {
  const status = await run(parseCommandLine(process.argv.slice(2), process.env));
  // Output that could not be written has set one of its own, and may still do so.
  process.exitCode ||= status;
} catch (error) {
  process.exitCode = statusOf(error);
}

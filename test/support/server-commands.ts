// Owns: what a command does on the embedded ssh server: real git under a real shell, and notifychanges.
// Leaves: logins and connections (ssh-peer.ts), and watching refs (ref-notifier.ts).
import { execFileSync, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import type { ServerChannel } from 'ssh2';
import { killQuietly } from './processes.ts';
import { watchRefs } from './ref-notifier.ts';
import type { Environment } from './temp-repo.ts';

const NOTIFY = /^git-annex-shell (?:'notifychanges'|notifychanges) (?:'([^']*)'|([^\s']+))$/;

/** Runs a command as the account's shell would; `git-annex-shell notifychanges` is this process's own. */
export function runCommand(command: string, channel: ServerChannel, env: Environment): void {
  const notify = NOTIFY.exec(command);
  const directory = notify?.[1] ?? notify?.[2];
  if (directory === undefined) runInShell(command, channel, env);
  else void notifyChanges(inHome(directory, env), channel, env);
}

/** Ends a command's channel with its exit status. */
export function endChannel(channel: ServerChannel, status: number): void {
  if (!channel.writable) return;
  channel.exit(status);
  channel.end();
}

/** READY, then CHANGED with the new tips, until the client ends its input; then it fails, as the real one does. */
async function notifyChanges(directory: string, channel: ServerChannel, env: Environment): Promise<void> {
  channel.resume();
  try {
    const watching = await watchRefs(directory, env, (tips) => channel.write(`CHANGED ${tips.join(' ')}\n`));
    channel.on('end', () => endChannel(channel, 1));
    channel.on('close', watching.stop);
    if (channel.destroyed) watching.stop();
    else channel.write('READY\n');
  } catch {
    channel.stderr.write(`git-annex-shell: failed to read git config of git repository in ${directory}\n`);
    endChannel(channel, 1);
  }
}

function runInShell(command: string, channel: ServerChannel, env: Environment): void {
  const child = spawn('/bin/sh', ['-c', command], { env: withGitPrograms(env), cwd: env.HOME, detached: true });
  channel.pipe(child.stdin);
  // The command ended before its input did.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  channel.on('close', () => {
    if (child.pid !== undefined && child.exitCode === null) killQuietly(-child.pid);
  });
  child.on('error', () => endChannel(channel, 127));
  child.on('close', (status) => endChannel(channel, status ?? 255));
}

/** `git-upload-pack` need not be on PATH where `git` is, but is always where git keeps its own programs. */
function withGitPrograms(env: Environment): Environment {
  gitPrograms ??= execFileSync('git', ['--exec-path'], { env, encoding: 'utf8' }).trim();
  return { ...env, PATH: [env.PATH, gitPrograms].join(delimiter) };
}
let gitPrograms: string | undefined;

/** As git-annex-shell reads it: `/~/dir` and what is not absolute are below the home directory. */
function inHome(directory: string, env: Environment): string {
  const below = /^(?:\/?~\/)(.*)$/.exec(directory)?.[1] ?? (directory.startsWith('/') ? undefined : directory);
  return below === undefined ? directory : join(env.HOME ?? '/', below);
}

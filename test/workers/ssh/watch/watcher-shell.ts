// Owns: the watcher's script run by a shell of this machine, for tests: its lines, its end, what it leaves running.
// Leaves: carrying it over ssh (link.ts), and the script itself (src/workers/ssh/watch/server-watch-script.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverWatchInput } from '../../../../src/workers/ssh/watch/server-watch-script.ts';
import type { AtEnd } from '../../../support/at-end.ts';
import { createLineLog, type LineLog, logLines } from '../../../support/next-line.ts';
import { findProgram, lacksPeers } from '../../../support/peers.ts';
import { type FoundProcess, killQuietly, MARKER, processesMarked } from '../../../support/processes.ts';
import type { Environment, Scratch } from '../../../support/temp-repo.ts';

/** A program and its arguments. */
export type Shell = readonly [string, ...string[]];
type NamedShell = readonly [string, Shell];

const USUAL_SHELLS = [
  ['dash', ['dash', '-s']],
  ['bash', ['bash', '-s']],
  ['busybox', ['busybox', 'ash', '-s']],
] as const satisfies readonly NamedShell[];

const OTHER_SHELLS: readonly NamedShell[] = (
  [
    ['ksh', ['ksh', '-s']],
    ['mksh', ['mksh', '-s']],
    ['yash', ['yash', '-s']],
    // As it is where it is called sh.
    ['zsh', ['zsh', '--emulate', 'sh', '-s']],
  ] as const satisfies readonly NamedShell[]
).filter(([name]) => findProgram(name));

/** The shells that servers have, and those of the others that are here. */
export const SHELLS: readonly [NamedShell, ...NamedShell[]] = [...USUAL_SHELLS, ...OTHER_SHELLS];

/** Whether this machine lacks one of them; says so, with what is not tested then. */
export const lacksShells = (what: string): boolean => lacksPeers(what, ...USUAL_SHELLS.map(([name]) => name));

export interface ShellWatcher {
  readonly lines: LineLog;
  readonly child: ChildProcess;
  /** All that runs of it, the shell included. */
  readonly processes: () => readonly FoundProcess[];
}

export interface ShellWatcherOptions {
  readonly scratch: Scratch;
  /** As in a URL. */
  readonly path: string;
  /** Program and arguments; `sh -s` where nothing else is said. */
  readonly shell?: Shell;
  readonly env?: Environment;
  readonly uploadPack?: string;
  readonly annexShell?: string;
  /** By either, where nothing else is said. */
  readonly by?: 'inotifywait' | 'looking';
}

/** Runs the script in $HOME; whatever is left of it at the end is killed. */
export function startWatcher(atEnd: AtEnd, options: ShellWatcherOptions): ShellWatcher {
  const { scratch, path, shell = ['sh', '-s'], env = scratch.env } = options;
  const { uploadPack = 'git-upload-pack', annexShell = 'git-annex-shell', by } = options;
  const id = randomUUID();
  const [program, ...args] = shell;
  const child = spawn(program, args, {
    cwd: scratch.home,
    env: { ...env, [MARKER]: id },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const processes = (): FoundProcess[] => processesMarked(id);
  atEnd(() => {
    // One by one, what is started in the meantime would be left.
    if (child.pid !== undefined) killQuietly(-child.pid);
    for (const { pid } of processes()) killQuietly(pid);
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = createLineLog('the watcher', () => `Its stderr:\n${said || '  nothing'}\n`);
  logLines(child.stdout, lines);
  // The shell is gone before it has read all: its lines tell.
  child.stdin.on('error', () => undefined);
  const target = { host: 'h', path, command: { kind: 'options', program: 'ssh', options: [] }, uploadPack } as const;
  const input = serverWatchInput({ ...target, annexShell }, { ...(by && { by }) });
  child.stdin.write(isRestricted(env) ? input.replace(/(?::\/[\w/]*bin)+/, '') : input);
  return { lines, child, processes };
}

/** Made by `pathOf`: then nothing else is to be found either. */
const isRestricted = (env: Environment): boolean => /^[^:]*\/path-[^:/]*$/.test(env.PATH ?? '');

const TOOLS = ['git', 'awk', 'dd', 'find', 'sleep', 'stat', 'sh'];

/** What a watcher that looks once a second waits for between two looks: a tenth of it. */
export function quickenLooks(path: string): void {
  rmSync(join(path, 'sleep'));
  const text = `case $1 in 1) exec ${findProgram('sleep')} 0.1 ;; esac\nexec ${findProgram('sleep')} "$@"`;
  writeFileSync(join(path, 'sleep'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** A PATH on which there is nothing but these tools, taken from busybox where that is asked for. */
export function pathOf(
  scratch: Scratch,
  { without = [], busybox = [] }: { without?: readonly string[]; busybox?: readonly string[] },
): string {
  const folder = join(scratch.directory, `path-${randomUUID()}`);
  mkdirSync(folder);
  for (const tool of TOOLS.filter((name) => !without.includes(name))) {
    const program = findProgram(busybox.includes(tool) ? 'busybox' : tool);
    if (program === undefined) throw new Error(`${tool} is not here`);
    symlinkSync(program, join(folder, tool));
  }
  return folder;
}

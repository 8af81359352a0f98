// Owns: a real terminal for a test, of any size, with a shell in it: typing, what is on the screen, and its end.
// Leaves: what is run in it.
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AtEnd } from './at-end.ts';
import { PROGRAM } from './daemon.ts';
import { LIMIT_MS } from './next-line.ts';
import type { Scratch } from './temp-repo.ts';

export interface Terminal {
  /** A line for the shell. `git-remote-daemon` is the built program. */
  readonly enter: (line: string) => Promise<void>;
  /** Keys as tmux calls them: `q`, `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  /** What is on the screen: its lines, without the empty ones at its end. */
  readonly screen: () => Promise<string>;
  /** Waits until the screen shows it, and returns all that it shows then. */
  readonly shows: (what: string | RegExp, limitMs?: number) => Promise<string>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** A format of tmux, as `#{cursor_flag}`. */
  readonly asks: (format: string) => Promise<string>;
}

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs in it, as a line for a shell. */
  readonly shell?: string;
}

export async function openTerminal(
  atEnd: AtEnd,
  { directory, env }: Scratch,
  cwd: string,
  { columns = 80, rows = 24, env: more = {}, shell = 'exec sh' }: TerminalOptions = {},
): Promise<Terminal> {
  const socket = join(directory, 'tmux');
  const program = join(directory, 'git-remote-daemon');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, { mode: 0o755 });
  const terminalEnv = { ...env, LC_ALL: 'C.UTF-8', PATH: `${directory}:${env.PATH}`, ...more };
  const run = promisify(execFile);
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await run('tmux', ['-S', socket, '-f', '/dev/null', ...args], { env: terminalEnv, timeout: LIMIT_MS })).stdout;
  atEnd(() => {
    try {
      execFileSync('tmux', ['-S', socket, 'kill-server'], { env: terminalEnv, stdio: 'ignore' });
    } catch {
      // It has ended with its shell.
    }
  });
  await tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, '-c', cwd, shell);
  await tmux('set-option', '-g', 'status', 'off');
  const screen = async (): Promise<string> => (await tmux('capture-pane', '-p')).trimEnd();
  return {
    enter: async (line) => {
      await tmux('send-keys', '-l', line);
      await tmux('send-keys', 'Enter');
    },
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    screen,
    shows: async (what, limitMs = LIMIT_MS) => {
      const giveUpAtMs = performance.now() + limitMs;
      for (;;) {
        const shown = await screen();
        if (typeof what === 'string' ? shown.includes(what) : what.test(shown)) return shown;
        if (performance.now() > giveUpAtMs) throw new Error(`the terminal does not show ${what}, but:\n${shown}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    resize: async (width, height) => void (await tmux('resize-window', '-x', `${width}`, '-y', `${height}`)),
    asks: async (format) => (await tmux('display-message', '-p', format)).trimEnd(),
  };
}

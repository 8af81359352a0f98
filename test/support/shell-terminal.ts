// Owns: a real terminal, by tmux: a shell in it, what is typed, and what is to be seen.
// Leaves: whether tmux is installed (peers.ts), and what is typed (whoever starts one).
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AtEnd } from './at-end.ts';
import { until } from './next-line.ts';
import type { Environment, Scratch } from './temp-repo.ts';

const run = promisify(execFile);
const PROMPT = '$ ';

export interface TerminalOptions {
  readonly scratch: Scratch;
  readonly cwd: string;
  readonly env: Environment;
  readonly columns: number;
  readonly rows: number;
}

export interface Terminal {
  /** Types a command and Enter, and waits for the next prompt. Resolves to all that is on the screen then. */
  readonly command: (line: string, limitMs?: number) => Promise<string>;
  /** The same of one that goes on: it waits for what is on the screen to match. */
  readonly begin: (line: string, shows: RegExp) => Promise<string>;
  /** Keys by tmux's names, such as `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly prompted: () => Promise<void>;
  /** What is to be seen, without the empty lines at its end; `coloured`: with its SGR sequences. */
  readonly screen: (coloured?: 'coloured') => Promise<string>;
  readonly untilShown: (shows: RegExp, limitMs?: number) => Promise<string>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
}

let opened = 0;

/** With a prompt of its own and no start-up files; at the end it is killed with all that runs in it. */
export async function openTerminal(
  atEnd: AtEnd,
  { scratch, cwd, env, columns, rows }: TerminalOptions,
): Promise<Terminal> {
  opened += 1;
  const socket = join(scratch.directory, `tmux-${opened}`);
  const shell = join(scratch.directory, 'terminal.rc');
  writeFileSync(shell, `PS1='${PROMPT}'\nunset HISTFILE\n`);
  const clean = { ...env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', ENV: '' };
  const tmux = async (...words: readonly string[]): Promise<string> =>
    (await run('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...words], { cwd, env: clean })).stdout;
  const size = (width: number, height: number): string[] => ['-x', String(width), '-y', String(height)];
  await tmux('new-session', '-d', ...size(columns, rows), `exec bash --noprofile --rcfile ${shell}`);
  atEnd(() => {
    execFileSync('tmux', ['-S', socket, 'kill-server'], { env: clean, stdio: 'ignore' });
  });
  const screen = async (coloured?: 'coloured'): Promise<string> =>
    (await tmux('capture-pane', '-p', ...(coloured ? ['-e'] : []))).replace(/\s+$/, '');
  const untilShown = async (shows: RegExp, limitMs?: number): Promise<string> => {
    let seen = '';
    await until(
      `the terminal shows ${shows}`,
      async () => {
        seen = await screen();
        return shows.test(seen);
      },
      limitMs,
    );
    return seen;
  };
  const prompted = async (limitMs?: number): Promise<void> => {
    await untilShown(/(?:^|\n)\$$/, limitMs);
  };
  const type = async (line: string): Promise<void> => {
    await tmux('send-keys', '-l', line);
    await tmux('send-keys', 'Enter');
  };
  const cleared = async (): Promise<void> => {
    await tmux('send-keys', 'C-l');
    await untilShown(/^\$$/);
  };
  await prompted();
  return {
    command: async (line, limitMs) => {
      await cleared();
      await type(line);
      await untilShown(/^\$ .*\n(?:[\s\S]*\n)?\$$/, limitMs);
      return (await screen()).replace(/\n\$$/, '');
    },
    begin: async (line, shows) => {
      await cleared();
      await type(line);
      return untilShown(shows);
    },
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    prompted,
    screen,
    untilShown,
    resize: async (width, height) => void (await tmux('resize-window', ...size(width, height))),
  };
}

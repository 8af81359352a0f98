// Owns: somebody who types commands in a terminal, one after the other, each on a clean screen.
// Leaves: the terminal (support/terminal.ts), and what is typed (first-session.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shownWord } from '../../src/shared/shell-word.ts';
import type { AtEnd } from '../support/at-end.ts';
import type { Environment, Scratch } from '../support/temp-repo.ts';
import { openTerminal } from '../support/terminal.ts';

export interface Typing {
  /** Types it and Enter, and waits for the next prompt. Resolves to what is on the screen then, the prompt left out. */
  readonly command: (line: string, limitMs?: number) => Promise<string>;
  /** The same of one that goes on, until the screen shows this. */
  readonly begin: (line: string, shows: RegExp) => Promise<string>;
  readonly shows: (what: RegExp) => Promise<string>;
  /** C-c; waits for the next prompt. */
  readonly interrupt: () => Promise<void>;
}

export interface TypingOptions {
  readonly scratch: Scratch;
  readonly env: Environment;
  readonly columns: number;
  readonly rows: number;
  /** Words that go before the shell, of a command that becomes it, such as `nsenter … `. */
  readonly within: readonly string[];
}

const PROMPT = '$ ';

export async function startTyping(
  atEnd: AtEnd,
  { scratch, env, columns, rows, within }: TypingOptions,
): Promise<Typing> {
  const rc = join(scratch.directory, 'typing.rc');
  // nsenter with namespaces of mounts begins at their root.
  writeFileSync(rc, `PS1='${PROMPT}'\nunset HISTFILE\ncd ${shownWord(scratch.directory)}\n`);
  const shell = ['exec', ...within, 'bash', '--noprofile', '--rcfile', rc].map(shownWord).join(' ');
  const terminal = await openTerminal(atEnd, scratch, scratch.directory, {
    columns,
    rows,
    shell,
    env: { ...env, TERM: 'xterm-256color' },
  });
  const onCleanScreen = async (line: string): Promise<void> => {
    await terminal.press('C-l');
    await terminal.shows(/^\$$/);
    await terminal.enter(line);
  };
  await terminal.shows(/^\$$/);
  return {
    command: async (line, limitMs) => {
      await onCleanScreen(line);
      return (await terminal.shows(/^\$ .*\n(?:[\s\S]*\n)?\$$/, limitMs)).replace(/\n\$$/, '');
    },
    begin: async (line, shows) => {
      await onCleanScreen(line);
      return terminal.shows(shows);
    },
    shows: terminal.shows,
    interrupt: async () => {
      await terminal.press('C-c');
      await terminal.shows(/(?:^|\n)\$$/);
    },
  };
}

// Owns: the commands that make it at home on a machine, and those of help: one row each.
// Leaves: what a row is (row.ts), and all other commands (table.ts).
import { ALL } from './options.ts';
import type { CommandRow } from './row.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const HOME_ROWS = [
  {
    name: 'register',
    group: 'home',
    summary: 'note this repository as one of those that --all means',
    description: [
      "It is kept in git's global configuration, as remotedaemon.repo, as 'git maintenance register' does.",
    ],
    words: [],
    options: [],
  },
  {
    name: 'unregister',
    group: 'home',
    summary: 'forget it again',
    description: [],
    words: [],
    options: [],
  },
  {
    name: 'service install',
    group: 'home',
    summary: 'have it started when you log in, and again should it end',
    description: [],
    words: [],
    options: [ALL],
  },
  {
    name: 'service remove',
    group: 'home',
    summary: 'undo that',
    description: [],
    words: [],
    options: [ALL],
  },
  {
    name: 'service status',
    group: 'home',
    summary: 'whether it is installed, and how it is doing',
    description: [],
    words: [],
    options: [ALL],
  },
  {
    name: 'completion',
    group: 'home',
    summary: "print what completes this program's commands in a shell",
    description: [],
    words: [{ name: 'SHELL', kind: 'shell', choices: SHELLS }],
    options: [],
  },
  {
    name: 'annex-wrapper',
    group: 'home',
    summary: 'write to a folder what makes the git-annex assistant use this daemon',
    description: [
      "What is written is a git-annex that passes everything on to the real one but 'remotedaemon --foreground', which becomes this daemon. Put the folder first on PATH, and start the assistant anew.",
      'Run it again after Node or this program has moved. A git-annex that is in the folder already, and was not written so, is left alone.',
    ],
    words: [{ name: 'DIR', kind: 'directory' }],
    options: [],
  },
] as const satisfies readonly CommandRow[];

export const MORE_ROWS = [
  {
    name: 'help',
    group: 'more',
    summary: 'all commands, or all about one',
    description: [],
    words: [{ name: 'COMMAND', kind: 'command', optional: true, many: true }],
    options: [],
  },
] as const satisfies readonly CommandRow[];

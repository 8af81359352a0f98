// Owns: the commands that make it at home on a machine, and those of help: one row each.
// Leaves: what a row is (row.ts), and all other commands (table.ts).
import { ALL } from './options.ts';
import type { CommandRow } from './row.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const HOME_ROWS = [
  {
    name: 'register',
    group: 'home',
    summary: 'make this repository one of those that --all means',
    description: [
      "It is kept in git's global configuration, as a value of remotedaemon.repo, as 'git maintenance register' does. All its work trees are one repository.",
    ],
    words: [],
    options: [],
  },
  {
    name: 'unregister',
    group: 'home',
    summary: 'take it out of those again',
    description: ['DIRECTORY is needed only where the repository is gone.'],
    words: [{ name: 'DIRECTORY', kind: 'directory', optional: true }],
    options: [],
  },
  {
    name: 'service install',
    group: 'home',
    summary: 'have it started when you log in, and again if it ends',
    description: [
      'By a user unit of systemd, or an agent of launchd; where there is neither, by the desktop session (XDG autostart). A daemon that runs here already is stopped, and the service takes its place.',
      'The service has the PATH and the node that it was installed with, and the ssh agent if that has a lasting socket. Run it again when one of them has changed: the unit of systemd is one file for all repositories.',
    ],
    words: [],
    options: [ALL],
  },
  {
    name: 'service remove',
    group: 'home',
    summary: 'stop it, and have it started no more',
    description: [
      'The daemon is stopped, and nothing of the service is left. DIRECTORY is needed only where the repository is gone.',
    ],
    words: [{ name: 'DIRECTORY', kind: 'directory', optional: true }],
    options: [ALL],
  },
  {
    name: 'service status',
    group: 'home',
    summary: 'whether it is installed, and how it is doing',
    description: ['It exits with 0 where it is installed and its daemon runs, else with 1.'],
    words: [],
    options: [ALL],
  },
  {
    name: 'completion',
    group: 'home',
    summary: 'print what completes these commands in your shell',
    description: [
      "In bash, with git's own completion beside it, put into ~/.bashrc:",
      '    source <(git remote-daemon completion bash)',
      'In zsh, put into ~/.zshrc, below the line with compinit:',
      '    source <(git remote-daemon completion zsh)',
      'In fish:',
      '    git remote-daemon completion fish > ~/.config/fish/conf.d/git-remote-daemon.fish',
      "It completes commands, options, and the names of remotes and peers, behind 'git remote-daemon' and 'git-remote-daemon'.",
    ],
    words: [{ name: 'SHELL', kind: 'shell', choices: SHELLS }],
    options: [],
  },
  {
    name: 'annex-wrapper',
    group: 'home',
    summary: "make git-annex's assistant use this daemon",
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
    description: ['Without COMMAND: of all commands, one line each.'],
    words: [{ name: 'COMMAND', kind: 'command', optional: true, many: true }],
    options: [],
  },
] as const satisfies readonly CommandRow[];

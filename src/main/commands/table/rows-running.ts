// Owns: the commands that start a daemon, show what it does, and steer it: one row each.
// Leaves: what a row is (row.ts), and all other commands (table.ts).
import { ALL, FOLLOW, JSON_OPTION, QUIET, REMOTE_ID, STARTING, VERBOSE } from './options.ts';
import type { CommandRow } from './row.ts';

const REMOTES = { name: 'REMOTE', kind: 'remote', optional: true, many: true } as const;
const REMOTE = { name: 'REMOTE', kind: 'remote' } as const;

export const START_ROWS = [
  {
    name: 'start',
    group: 'start',
    summary: 'run in the background; so does no command at all',
    description: [
      "It returns once the daemon runs, and says what it has started. Where one runs already, it says so, and is content. The log is kept in the repository: 'git remote-daemon log' shows it.",
      "One daemon serves a repository with all its work trees. It ends when it is told to ('git remote-daemon stop'), at SIGTERM, or with the machine; 'git remote-daemon service install' has it started again then.",
    ],
    words: [],
    options: [...STARTING, ALL],
  },
  {
    name: 'run',
    group: 'start',
    summary: 'run in this process, with the log on stderr',
    description: [
      "For whatever starts and watches programs, such as systemd or launchd. It ends at SIGTERM, SIGINT and 'git remote-daemon stop', and reads its configuration again at SIGHUP.",
    ],
    words: [],
    options: STARTING,
  },
  {
    name: 'foreground',
    saidBy: '--foreground',
    group: 'start',
    summary: 'run as the child of a program (best with --parent-pid=PID)',
    description: [
      "For programs that want to know at once what happens, such as git-annex's assistant: they write lines such as PAUSE to its stdin, and read lines such as CONNECTED from its stdout. The log goes to stderr.",
      'It ends when its stdin does, at STOP, SIGTERM and SIGINT.',
    ],
    words: [],
    options: [
      ...STARTING,
      {
        name: '--parent-pid',
        value: { name: 'PID', number: { least: 1, most: 2 ** 31 - 1, what: 'the number of a process' } },
        summary: 'stop, too, when that process is gone, as others may hold the other end of stdin open',
      },
    ],
  },
  {
    name: 'restart',
    group: 'start',
    summary: 'stop the one that runs, and start another',
    description: [
      "Where none runs, one is started. Where a service manager runs it, as 'git remote-daemon service install' has set up, that is told to restart it.",
    ],
    words: [],
    options: [REMOTE_ID, VERBOSE, QUIET, ALL],
  },
  {
    name: 'stop',
    group: 'start',
    summary: 'stop the one that runs, and wait until it is gone',
    description: [
      'It closes all connections, ends what git was doing for it, and leaves nothing running. One that does not end within its time is killed, with a warning.',
    ],
    words: [],
    options: [ALL],
  },
] as const satisfies readonly CommandRow[];

export const SEE_ROWS = [
  {
    name: 'status',
    group: 'see',
    summary: 'how each remote is doing, and why',
    description: [
      'First a line that sums up, then a line for each remote: its state, how it is watched, and when it last changed; and below that what is not well, with what to do.',
      'Of remotes that are named, and with --verbose of each, it tells all there is. What does not fit in the terminal is cut; in a file or a pipe nothing is, and there are no colours, unless --color or FORCE_COLOR asks for them. NO_COLOR is obeyed.',
      'With --short there is one line for each remote, which stays as it is from version to version: its name, its state (connecting, connected, waiting, down, paused, no-network, closing or not-watched), and any of: syncing, polled, failed (its last sync did).',
      'With --watch it goes on as things change, also while the daemon is stopped and started, until q or Ctrl-C.',
      'The exit status is 0 where a daemon runs, and 1 where none does; then it tells how the last one ended. With --exit-code it is 2 where one runs and a remote is down: it does not let us in until somebody mends that.',
    ],
    words: [REMOTES],
    options: [
      JSON_OPTION,
      { name: '--short', summary: 'one line for each remote, for prompts and bars' },
      { name: '--verbose', short: '-v', summary: 'all about each remote, also where it is well' },
      { name: '--watch', summary: 'go on showing it, until interrupted' },
      { name: '--exit-code', summary: 'exit with 2 where a remote is down' },
      {
        name: '--color',
        value: { name: 'WHEN', absent: 'always', choices: ['auto', 'always', 'never'] },
        summary: 'colour where the output is a terminal, always, or never',
      },
      ALL,
    ],
  },
  {
    name: 'events',
    group: 'see',
    summary: 'what has happened, numbered, for scripts',
    description: [
      'One event a line: a remote that connected or went away, a fetch that began or ended, the refs that it moved with their old and new commits, a warning. Each has a number, one more than the one before, also after a restart; any number of programs can read them.',
      'With --follow it goes on, also when the daemon is stopped and started.',
    ],
    words: [],
    options: [
      FOLLOW,
      {
        name: '--since',
        value: { name: 'WHEN' },
        summary: 'only what came after: the number of an event, a point in time, or a span such as 5m',
      },
      JSON_OPTION,
    ],
  },
  {
    name: 'log',
    group: 'see',
    summary: 'what has happened, for a person',
    description: [
      'The log of a daemon in the background, with its times in your time zone, by your pager where the output is a terminal. Where a service manager runs the daemon, it says how to see the log there.',
    ],
    words: [REMOTES],
    options: [
      FOLLOW,
      {
        name: '--lines',
        short: '-n',
        value: { name: 'N', number: { least: 0, most: 1_000_000, what: 'a number of lines' } },
        summary: 'only so many, the last ones',
      },
      {
        name: '--since',
        value: { name: 'WHEN' },
        summary: 'only what came after: a point in time, or a span such as 5m',
      },
      { name: '--no-pager', summary: 'print it, also where the output is a terminal' },
    ],
  },
  {
    name: 'watch',
    group: 'see',
    summary: 'how a remote is watched, and why not better',
    description: [
      'A remote is watched in the best way that works with it. With --explain all ways are listed, best first: which one is chosen, what was answered where one was tried, and what would make it better.',
    ],
    words: [REMOTE],
    options: [{ name: '--explain', summary: 'which ways were tried, what each said, and what would make it better' }],
  },
] as const satisfies readonly CommandRow[];

export const STEER_ROWS = [
  {
    name: 'fetch',
    group: 'steer',
    summary: 'fetch now, from these remotes or all',
    description: [
      'Also from those that wait for their next try, or are asked only now and then. The exit status is 0 where all were fetched, and 1 where one could not be.',
    ],
    words: [REMOTES],
    options: [{ name: '--no-wait', summary: 'return at once' }],
  },
  {
    name: 'wait',
    group: 'steer',
    summary: 'wait until what the remotes have now is here',
    description: [
      'It returns as soon as the branches and tags that the remotes have at this moment are here, with the exit status 0; with 1 if that cannot be, or takes longer than --timeout.',
    ],
    words: [REMOTES],
    options: [
      {
        name: '--timeout',
        value: { name: 'SECONDS', number: { least: 0, most: 1_000_000, what: 'a plain number of seconds' } },
        summary: 'give up after so long',
      },
    ],
  },
  {
    name: 'pause',
    group: 'steer',
    summary: 'close the connections, and keep quiet',
    description: [
      'A git operation that runs may finish. Then nothing goes out and nobody is let in until it is resumed.',
    ],
    words: [REMOTES],
    options: [ALL],
  },
  {
    name: 'resume',
    group: 'steer',
    summary: 'connect again, and fetch what was missed',
    description: ['What failed and waits to be tried again is tried at once, too.'],
    words: [REMOTES],
    options: [ALL],
  },
  {
    name: 'reload',
    group: 'steer',
    summary: 'read the configuration again',
    description: [
      "git's configuration, and secrets.ini. The daemon does this by itself when one of these files changes. What is not taken is printed, and then the exit status is 1. Remotes that are watched in a lesser way try the better ones again.",
    ],
    words: [REMOTES],
    options: [],
  },
] as const satisfies readonly CommandRow[];

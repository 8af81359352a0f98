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
    summary: 'run in the background; no command at all means this, too',
    description: [
      'It returns once the daemon runs, and says what it has started. Where one runs already, that is said, and nothing is done.',
    ],
    words: [],
    options: [...STARTING, ALL],
  },
  {
    name: 'run',
    group: 'start',
    summary: 'run in this process and log to stderr, for systemd or launchd',
    description: ['It ends at SIGTERM, SIGINT and STOP.'],
    words: [],
    options: STARTING,
  },
  {
    name: 'foreground',
    saidBy: '--foreground',
    group: 'start',
    summary: 'run in this process, controlled by its parent over stdin and stdout',
    description: ['It ends when stdin does, and logs to stderr.'],
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
    summary: 'stop the daemon that runs here, if one does, and start one in the background',
    description: ['Where a service runs it, its service manager is told to.'],
    words: [],
    options: [REMOTE_ID, VERBOSE, QUIET, ALL],
  },
  {
    name: 'stop',
    group: 'start',
    summary: 'end it, and wait until it is gone',
    description: [],
    words: [],
    options: [ALL],
  },
] as const satisfies readonly CommandRow[];

export const SEE_ROWS = [
  {
    name: 'status',
    group: 'see',
    summary: 'how each remote is doing, and why',
    description: [],
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
    summary: 'what has happened, with numbers without gaps, for scripts',
    description: [],
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
    summary: 'what a person is told of what has happened',
    description: [],
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
    summary: 'by which way a remote is watched, and with --explain why by that',
    description: [],
    words: [REMOTE],
    options: [{ name: '--explain', summary: 'which ways were tried, what each said, and what would make it better' }],
  },
] as const satisfies readonly CommandRow[];

export const STEER_ROWS = [
  {
    name: 'fetch',
    group: 'steer',
    summary: 'fetch these remotes now, or all, and wait for the end',
    description: [],
    words: [REMOTES],
    options: [{ name: '--no-wait', summary: 'return at once' }],
  },
  {
    name: 'wait',
    group: 'steer',
    summary: 'wait until what these remotes have now, or all, is here',
    description: [],
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
    summary: 'close all connections, or those of these remotes, and keep quiet',
    description: [],
    words: [REMOTES],
    options: [ALL],
  },
  {
    name: 'resume',
    group: 'steer',
    summary: 'connect again, and fetch what was missed',
    description: [],
    words: [REMOTES],
    options: [ALL],
  },
  {
    name: 'reload',
    group: 'steer',
    summary: "read git's configuration again; it also does that by itself when a file changes",
    description: [],
    words: [REMOTES],
    options: [],
  },
] as const satisfies readonly CommandRow[];

// Owns: argv → what the user wants, and the text that tells him what he can want.
// Leaves: doing it (cli.ts), and the environment beyond GIT_DIR.
import type { RemoteId } from '../daemon-context.ts';

interface Starting {
  readonly replace: boolean;
  readonly remoteId?: RemoteId;
}

export type Command =
  | ({ readonly kind: 'foreground' | 'start' | 'run' } & Starting)
  | { readonly kind: 'stop' | 'pause' | 'resume' | 'reload' }
  | { readonly kind: 'status'; readonly json: boolean }
  | { readonly kind: 'log'; readonly follow: boolean }
  | { readonly kind: 'version' | 'help' | 'control-path' }
  /** git calls it as the transport of `daemon::…` URLs, which it is not. */
  | { readonly kind: 'remote-helper' }
  | { readonly kind: 'wrong'; readonly why: string };

/** The words of a command line, by what they are. */
interface Words {
  readonly commands: readonly string[];
  readonly options: ReadonlySet<string>;
  readonly remoteId: string | undefined;
}

/** Which options each command takes. `foreground` is said with an option. */
const OPTIONS = {
  foreground: ['--foreground', '--replace', '--remote-id'],
  start: ['--replace', '--remote-id'],
  run: ['--replace', '--remote-id'],
  stop: [],
  pause: [],
  resume: [],
  reload: [],
  status: ['--json'],
  log: ['-f'],
  help: [],
} as const satisfies Record<string, readonly string[]>;
type CommandWord = keyof typeof OPTIONS;
const KNOWN_OPTIONS: readonly string[] = Object.values(OPTIONS).flat();

const isCommandWord = (text: string): text is CommandWord => Object.hasOwn(OPTIONS, text);

/** Reads the arguments after the program's name. Never throws. */
export function parseCommandLine(args: readonly string[], env: { readonly GIT_DIR?: string | undefined }): Command {
  const words = sortWords(args);
  if (env.GIT_DIR !== undefined && isHelperCall(args)) return { kind: 'remote-helper' };
  if (words.options.has('-h')) return { kind: 'help' };
  if (words.options.has('--version')) return { kind: 'version' };
  if (words.options.has('--control-path')) return { kind: 'control-path' };
  // Its value may stand after it, where it would be taken for a command.
  if (words.options.has('--remote-id') && !words.remoteId) return wrong(NO_REMOTE_ID);
  // So may that of an option that does not exist: it is the option that is wrong.
  const unknown = [...words.options].find((option) => !KNOWN_OPTIONS.includes(option));
  if (unknown !== undefined) return wrong(`there is no option '${unknown}'`);
  const foreground = words.options.has('--foreground');
  const [command = 'start', tooMany] = foreground ? ['foreground', ...words.commands] : words.commands;
  if (!isCommandWord(command) || (command === 'foreground' && !foreground)) {
    return wrong(`there is no command '${command}'`);
  }
  if (tooMany !== undefined) return wrong(`'${tooMany}' is one word too many`);
  const allowed: readonly string[] = OPTIONS[command];
  const foreign = [...words.options].find((option) => !allowed.includes(option));
  if (foreign !== undefined) return wrong(`${foreground ? '--foreground' : `'${command}'`} has no option '${foreign}'`);
  return commandOf(command, words);
}

/**
 * gitremote-helpers(7): a remote's name and its URL, which may look like an option (`daemon::--json`). git reads what is
 * said on stdout, so this comes before all else. An option in the first place cannot be a name that git was given.
 */
const isHelperCall = (args: readonly string[]): boolean => args.length === 2 && !args[0]?.startsWith('-');

function sortWords(args: readonly string[]): Words {
  const commands = args.filter((arg) => !arg.startsWith('-'));
  const options = args.filter((arg) => arg.startsWith('-'));
  const remoteId = options.findLast((option) => option.startsWith('--remote-id='))?.slice('--remote-id='.length);
  return { commands, options: new Set(options.map(canonical)), remoteId };
}

function canonical(option: string): string {
  if (option === '--help') return '-h';
  if (option === '--follow') return '-f';
  return option.startsWith('--remote-id=') ? '--remote-id' : option;
}

const NO_REMOTE_ID = '--remote-id needs a value: --remote-id=name or --remote-id=uri';

const wrong = (why: string): Command => ({ kind: 'wrong', why });

function commandOf(command: CommandWord, words: Words): Command {
  switch (command) {
    case 'foreground':
    case 'start':
    case 'run':
      return startingCommand(command, words);
    case 'stop':
    case 'pause':
    case 'resume':
    case 'reload':
    case 'help':
      return { kind: command };
    case 'status':
      return { kind: 'status', json: words.options.has('--json') };
    case 'log':
      return { kind: 'log', follow: words.options.has('-f') };
    default:
      return command satisfies never;
  }
}

function startingCommand(kind: 'foreground' | 'start' | 'run', { options, remoteId }: Words): Command {
  const replace = options.has('--replace');
  if (!options.has('--remote-id')) return { kind, replace };
  if (remoteId !== 'name' && remoteId !== 'uri') return wrong(`--remote-id must be name or uri, not '${remoteId}'`);
  return { kind, replace, remoteId };
}

/** For a call that is wrong. */
export const SHORT_USAGE = `\
usage: git remote-daemon [start|run|stop|pause|resume|reload|status|log]
       git remote-daemon -h tells of each, and of its options
`;

export const USAGE = `\
usage: git remote-daemon [start] [--replace] [--remote-id=(name|uri)]
   or: git remote-daemon run [--replace] [--remote-id=(name|uri)]
   or: git remote-daemon --foreground [--replace] [--remote-id=(name|uri)]
   or: git remote-daemon (stop | pause | resume | reload)
   or: git remote-daemon status [--json]
   or: git remote-daemon log [-f]
   or: git remote-daemon (-h | --version | --control-path)
`;

export const HELP = `\
${USAGE}
Keeps a live link to each remote of this repository and fetches when branches or
tags move there: within a moment where it can be watched, else at the next
comparison. Your own branches, index and work tree are never touched.

Starting
    start             run in the background; no command at all means this, too
    run               run in this process, log to stderr: for systemd, launchd
    --foreground      run in this process, controlled by its parent over stdin
                      and stdout; it stops when stdin ends
    --replace         stop the daemon that runs here first
    --remote-id=name  call remotes by their names when talking to a program
    --remote-id=uri   call them by their URIs, as git-annex's assistant expects

While it runs
    status            how each remote is doing; with --json, for programs
    log               what has happened; with -f, go on as more happens
    pause             close all connections and keep quiet
    resume            connect again and fetch what was missed
    reload            read git's configuration again; it also does that by
                      itself when a file changes
    stop              end it, and wait until it is gone

A program can do the same by writing a line such as PAUSE or RESUME to
.git/remote-daemon/control, and can read from .git/remote-daemon/events what
happens. Where the file system has no named pipes both are elsewhere, and
--control-path tells where.

Where GIT_DIR is set, as in a hook, an option goes before its command: git calls
a transport with two arguments, too, and this is none.

To leave a remote alone: git config remote.<name>.remotedaemon false

The exit status is 0; or 1 if the answer is no (none is running, or one already
is); 128 if it cannot be done; 129 if the command line is wrong.
`;

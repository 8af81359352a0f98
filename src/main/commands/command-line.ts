// Owns: argv → what the user wants.
// Leaves: doing it (cli.ts), the words behind `peer` (peer-words.ts), what he is told (help.ts), the environment beyond GIT_DIR.
import type { RemoteId } from '../daemon-context.ts';
import { isPeerWord, type PeerCommand, parsePeerWords } from './peer-words.ts';

interface Starting {
  readonly replace: boolean;
  readonly remoteId?: RemoteId;
  /** Of the process with which it is to end. */
  readonly parentPid?: number;
}

export type Command =
  | ({ readonly kind: 'foreground' | 'start' | 'run' } & Starting)
  | { readonly kind: 'stop' | 'pause' | 'resume' | 'reload' }
  | { readonly kind: 'status'; readonly json: boolean }
  | { readonly kind: 'log'; readonly follow: boolean }
  | { readonly kind: 'version' | 'help' | 'control-path' }
  | { readonly kind: 'peer'; readonly peer: PeerCommand }
  /** git calls it as the transport of `daemon::…` URLs, which it is not. */
  | { readonly kind: 'remote-helper' }
  /** `ofPeer`: one of the commands about peers was meant. */
  | { readonly kind: 'wrong'; readonly why: string; readonly ofPeer?: true };

/** The words of a command line, by what they are. */
interface Words {
  readonly commands: readonly string[];
  readonly options: ReadonlySet<string>;
  /** What stands behind the `=` of an option that has a value. */
  readonly values: ReadonlyMap<string, string>;
}

/** Which options each command takes. `foreground` is said with an option. */
const OPTIONS = {
  foreground: ['--foreground', '--replace', '--remote-id', '--parent-pid'],
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
  if (words.commands[0] === 'peer') return peerCommand(args.toSpliced(args.indexOf('peer'), 1));
  if (words.options.has('--version')) return { kind: 'version' };
  if (words.options.has('--control-path')) return { kind: 'control-path' };
  // Its value may stand after it, where it would be taken for a command.
  const without = Object.keys(NEEDS_VALUE).find((option) => words.options.has(option) && !words.values.get(option));
  if (without !== undefined) return wrong(`${without} needs a value: ${NEEDS_VALUE[without]}`);
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

function peerCommand(args: readonly string[]): Command {
  if (args.includes('-h') || args.includes('--help')) return { kind: 'help' };
  const peer = parsePeerWords(args);
  return peer.kind === 'wrong' ? { ...peer, ofPeer: true } : { kind: 'peer', peer };
}

/**
 * gitremote-helpers(7): a remote's name and its URL, which may look like an option (`daemon::--json`). git reads what is
 * said on stdout, so this comes before all else. GIT_DIR is set where a user calls it, too: by `git --git-dir`, in an
 * alias, a hook, `git submodule foreach`. An option in the first place cannot be a name that git was given, and a
 * command of ours with an option is that, unless somebody has named a remote so and given it such a URL.
 */
function isHelperCall(args: readonly string[]): boolean {
  const [first = '', second = ''] = args;
  if (args.length !== 2 || first.startsWith('-')) return false;
  // `peer list` and its like: no URL looks so.
  if (first === 'peer' && isPeerWord(second)) return false;
  return !(isCommandWord(first) && second.startsWith('-'));
}

function sortWords(args: readonly string[]): Words {
  const commands = args.filter((arg) => !arg.startsWith('-'));
  const options = args.filter((arg) => arg.startsWith('-'));
  const values = options.flatMap((option) => {
    const [, name, value] = /^(--[^=]+)=(.*)$/s.exec(option) ?? [];
    return name !== undefined && value !== undefined && Object.hasOwn(NEEDS_VALUE, name)
      ? [[name, value] as const]
      : [];
  });
  return { commands, options: new Set(options.map(canonical)), values: new Map(values) };
}

function canonical(option: string): string {
  if (option === '--help') return '-h';
  if (option === '--follow') return '-f';
  const name = option.slice(0, option.indexOf('='));
  return Object.hasOwn(NEEDS_VALUE, name) ? name : option;
}

/** Options with a value, and what that may be. */
const NEEDS_VALUE: Readonly<Record<string, string>> = {
  '--remote-id': '--remote-id=name or --remote-id=uri',
  '--parent-pid': '--parent-pid=PID',
};

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

function startingCommand(kind: 'foreground' | 'start' | 'run', { options, values }: Words): Command {
  const replace = options.has('--replace');
  const remoteId = values.get('--remote-id');
  if (remoteId !== undefined && remoteId !== 'name' && remoteId !== 'uri') {
    return wrong(`--remote-id must be name or uri, not '${remoteId}'`);
  }
  const parentPid = values.get('--parent-pid');
  if (parentPid !== undefined && !isPid(parentPid)) {
    return wrong(`--parent-pid must be the number of a process, not '${parentPid}'`);
  }
  return { kind, replace, ...(remoteId && { remoteId }), ...(parentPid && { parentPid: Number(parentPid) }) };
}

/** No system counts further than a pid_t of 32 bits. */
const isPid = (text: string): boolean => /^[1-9]\d{0,9}$/.test(text) && Number(text) < 2 ** 31;

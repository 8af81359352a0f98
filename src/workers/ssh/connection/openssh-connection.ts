// Owns: connections through the ssh program, or whatever command the user has put in its place.
// Leaves: whether it is used (open-connection.ts), and what its complaints mean (openssh-failures.ts).
import { callAccount, type LoginOutcome } from '../../../shared/account.ts';
import { DaemonError, failureOf } from '../../../shared/failures.ts';
import { gatherBytes } from '../../../shared/gathered-bytes.ts';
import type { SshTarget, SshVariant } from '../../../shared/ssh-target.ts';
import { allSaid, type Exit } from '../../../shared/system/child-process.ts';
import type { Login } from '../../../shared/thread-messages.ts';
import { within } from '../../../shared/timing/within.ts';
import { ANSWER, CLOSING } from '../../patience.ts';
import {
  type Child,
  CommandNotStarted,
  type CommandOptions,
  endChild,
  type NoteChild,
  startChild,
  startFailure,
} from '../../run-command.ts';
import type { TakeTurn } from '../../transport.ts';
import { failureOfDenial } from '../../turns.ts';
import type { Channel, ChannelExit } from '../../upload-pack/channel.ts';
import { accountOf } from '../settings/account.ts';
import { destinationArguments, type ReadSettings, typedCall } from '../settings/read-settings.ts';
import { isYes, type RawSettings, settingOf } from '../settings/settings.ts';
import type { Connection } from './connection.ts';
import { opensshFailure } from './openssh-failures.ts';

export interface OpensshContext {
  readonly remote: string;
  readonly directory: string;
  /** Why not ssh2. */
  readonly why: string;
  /** What ssh -G said of the host; absent where it could not be asked. */
  readonly settings?: ReadSettings;
  /** So many bytes came in. */
  readonly received: (bytes: number) => void;
  readonly noteChild: NoteChild;
  readonly takeTurn: TakeTurn;
  /** Ends the wait for a turn. */
  readonly signal: AbortSignal;
}

interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
}

/** Nothing is opened yet: each command is a login of its own. Throws bad-ssh-config. */
export function connectOpenssh(target: SshTarget, context: OpensshContext): Connection {
  const { remote, directory, why, settings, received, noteChild, takeTurn, signal } = context;
  const raw = settings?.raw;
  const { program, args } = invocation(target, raw);
  const { command } = target;
  const call = typedCall(command.kind === 'options' ? command : { program: 'ssh', options: [] }, target);
  const server = serverOf(
    (raw && settingOf(raw, 'hostname')) ?? target.host,
    (raw && settingOf(raw, 'port')) ?? target.port ?? 22,
  );
  const account = settings ? accountOf(settings.raw, settings.context) : callAccount(target, process.env.SSH_AUTH_SOCK);
  const failureBehind = (exit: ChannelExit, stderr: string): DaemonError | undefined =>
    opensshFailure(exit, stderr, { host: target.host, call, remote });
  const children = new Set<Child>();
  return {
    how: `the ssh program (${why})`,
    shared: false,
    loginMs: ANSWER.programLoginMs,
    exec: async (remoteCommand) => {
      const login: Login = { account, by: 'program' };
      const over = await takeTurn({ kind: 'login', server, login }, signal).catch((error: unknown) => {
        throw failureOfDenial(error);
      });
      try {
        const child = await start(program, [...args, remoteCommand], { directory, noteChild });
        children.add(child);
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => received(chunk.length));
        void loginOver(child, failureBehind).then(over);
        return channelOf(child);
      } catch (error) {
        over();
        throw error;
      }
    },
    failureBehind,
    gone: new Promise(() => undefined),
    close: async (now) => {
      await Promise.all([...children].map((child) => endChild(child, now)));
    },
  };
}

/** What logins are counted by. */
export const serverOf = (hostname: string, port: number | string): string => `${hostname.toLowerCase()}:${port}`;

/** Of what the program says of its login the reason stands last; the rest is for others to read. */
const COMPLAINT_BYTES = 8 * 1024;

/**
 * By the first that the command says, or its end; one that says nothing has its time until READY (watch/listen.ts).
 * Undefined: that says nothing of the account.
 */
async function loginOver(
  { stdout, stderr, exited }: Child,
  failureBehind: Connection['failureBehind'],
): Promise<LoginOutcome | undefined> {
  const said = gatherBytes(COMPLAINT_BYTES);
  stderr.on('data', said.add);
  const answered = new Promise<'answered'>((resolve) => stdout.once('data', () => resolve('answered')));
  const exit = await Promise.race([answered, exited.then(channelExit)]);
  if (exit === 'answered') return { kind: 'let-in' };
  // It came to an end of the command's own.
  if (exit.kind === 'status') return { kind: 'let-in' };
  await within(allSaid([stderr]), CLOSING.lastWordsMs);
  const failure = failureBehind(exit, new TextDecoder().decode(said.view()));
  if (failure?.code !== 'auth-refused' && failure?.code !== 'maybe-refused') return undefined;
  const isUnproven = failure.code === 'maybe-refused';
  return { kind: 'refused', failure: failureOf(failure), isFinal: true, ...(isUnproven && { isUnproven }) };
}

/** As git calls it (connect.c), but asking nobody, as nobody would answer. */
function invocation(target: SshTarget, raw: RawSettings | undefined): Invocation {
  const { command } = target;
  switch (command.kind) {
    case 'options':
      return {
        program: command.program,
        args: [...command.options, ...ourOptions(raw), ...destinationArguments(target)],
      };
    case 'shell': {
      const script = `${command.command} "$@"`;
      return {
        program: '/bin/sh',
        args: ['-c', script, command.command, ...variantArguments(target, command.variant, raw)],
      };
    }
    default:
      return command satisfies never;
  }
}

function variantArguments(target: SshTarget, variant: SshVariant, raw: RawSettings | undefined): string[] {
  const [destination = ''] = destinationArguments({ host: target.host, user: target.user });
  switch (variant) {
    case 'ssh':
      return [...ourOptions(raw), ...destinationArguments(target)];
    case 'simple':
      if (target.port === undefined) return [destination];
      throw new DaemonError('bad-ssh-config', "ssh.variant 'simple' cannot be given a port");
    case 'plink':
    case 'putty':
    case 'tortoiseplink':
      return ['-batch', ...(target.port === undefined ? [] : ['-P', String(target.port)]), destination];
    default:
      return variant satisfies never;
  }
}

/** ssh waits one interval more than it counts: 15 s × (2 + 1) makes the 45 s of design §6. */
const ALIVE = ['-oServerAliveInterval=15', '-oServerAliveCountMax=2'];

/** Of an option that is given twice ssh takes the first, so the user's own, which stand before these, win. */
function ourOptions(raw: RawSettings | undefined): string[] {
  const ownAlive = raw !== undefined && Number(settingOf(raw, 'serveraliveinterval') ?? 0) > 0;
  return [
    '-oBatchMode=yes',
    '-oControlMaster=no',
    // A link that stands for days must not keep the ports that the user's own logins forward.
    ...(raw !== undefined && isYes(settingOf(raw, 'clearallforwardings')) ? [] : ['-oClearAllForwardings=yes']),
    '-oLogLevel=ERROR',
    ...(ownAlive ? [] : ALIVE),
  ];
}

async function start(program: string, args: readonly string[], options: CommandOptions): Promise<Child> {
  try {
    return await startChild(program, args, options);
  } catch (error) {
    if (!(error instanceof CommandNotStarted)) throw error;
    throw startFailure(error, 'bad-ssh-config');
  }
}

function channelOf(child: Child): Channel {
  const saidAll = allSaid([child.stdout, child.stderr]);
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: child.exited.then(async (exit) => {
      await within(saidAll, CLOSING.lastWordsMs);
      return channelExit(exit);
    }),
    close: () => void endChild(child, AbortSignal.abort()),
  };
}

function channelExit({ status, signal }: Exit): ChannelExit {
  if (status === null) return { kind: 'signal', signal: signal ?? 'unknown' };
  // ssh's own, whatever the command was (ssh(1), EXIT STATUS).
  return status === 255 ? { kind: 'lost' } : { kind: 'status', status };
}

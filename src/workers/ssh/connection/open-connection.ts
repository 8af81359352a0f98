// Owns: the way to a target: settings of each host on it, the choice of who speaks ssh, and the second try.
// Leaves: the choice itself (settings/choose-connection.ts), and the two speakers.
import type { LoginOutcome } from '../../../shared/account.ts';
import { DaemonError, failureOf } from '../../../shared/failures.ts';
import type { SshTarget } from '../../../shared/ssh-target.ts';
import type { LinkPhase, Login } from '../../../shared/thread-messages.ts';
import { ANSWER } from '../../patience.ts';
import type { NoteChild } from '../../run-command.ts';
import type { TakeTurn } from '../../transport.ts';
import { failureOfDenial, TurnDenied } from '../../turns.ts';
import { refuseUnsafeTarget } from '../settings/quote.ts';
import { type Destination, type ReadSettings, readSettings, type SshProgram } from '../settings/read-settings.ts';
import { routeTo } from '../settings/route.ts';
import type { Connection } from './connection.ts';
import { createLoginClock, type LoginClock } from './login-clock.ts';
import { connectOpenssh, serverOf } from './openssh-connection.ts';
import { AgentSaidNo, type Hop, NeedsProgram } from './ssh2-login.ts';

export interface OpenContext {
  /** As `git fetch` calls it, for advice. */
  readonly remote: string;
  readonly directory: string;
  readonly passphrases: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  /** So many bytes came in from the server. */
  readonly received: (bytes: number) => void;
  /** Of every process on the way: one that outlives its thread has to be ended by others. */
  readonly noteChild: NoteChild;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  readonly takeTurn: TakeTurn;
  /** Told what is being done, and how long that may take. */
  readonly onPhase: (phase: LinkPhase, limitMs: number) => void;
}

/** Each host on the way is asked for by itself; a route of more is rare, and may then be called late. */
const MOST_SETTINGS_MS = 8 * ANSWER.settingsMs;

/** Connects to a target by ssh2, or by the ssh program where that is needed. Throws DaemonError, or when aborted. */
export async function openConnection(target: SshTarget, context: OpenContext): Promise<Connection> {
  refuseUnsafeTarget(target);
  const { command } = target;
  const { directory, noteChild } = context;
  if (command.kind === 'shell') {
    return connectOpenssh(target, { ...context, why: 'a command of the user stands in for ssh' });
  }
  const program: SshProgram = { ...command, directory, noteChild };
  // Most connections are ssh2's: it is loaded while the settings are asked for.
  const loading = import('./ssh2-connection.ts');
  loading.catch(() => undefined);
  const settings = await inTurn(context, () => readSettings(program, target, context.signal));
  const byProgram = (why: string): Connection => {
    if (!settings.hasProgram) throw new DaemonError('bad-ssh-config', `${why}, and there is no ${command.program}`);
    context.log(`trying the ssh program, since ${why}`);
    return connectOpenssh(target, { ...context, why, settings });
  };
  try {
    return await bySsh2(await loading, { program, target, settings, context });
  } catch (error) {
    if (error instanceof NeedsProgram) return byProgram(error.message);
    // It may know a way that ssh2 does not: GSSAPI, a security key, a standing master. It is asked once.
    if (error instanceof DaemonError && isForProgram(error) && settings.hasProgram) {
      return unlessRefused(byProgram("the built-in client's login was refused"), error, context.log);
    }
    throw error;
  }
}

/** An agent that has said no would say so again. */
const isForProgram = (error: DaemonError): boolean => error.code === 'auth-refused' && !(error instanceof AgentSaidNo);

/**
 * Where it is refused, too, the first refusal is told: the program says less about why. That the server wants no more
 * of it is believed here: the first refusal came from the server itself.
 */
function unlessRefused(connection: Connection, first: DaemonError, log: OpenContext['log']): Connection {
  return {
    ...connection,
    failureBehind: (exit, stderr) => {
      const failure = connection.failureBehind(exit, stderr);
      if (failure?.code !== 'auth-refused' && failure?.code !== 'maybe-refused') return failure;
      log(failure.detail);
      return first;
    },
  };
}

interface Attempt {
  readonly program: SshProgram;
  readonly target: Destination;
  readonly settings: ReadSettings;
  readonly context: OpenContext;
}

async function bySsh2(
  { connectSsh2 }: typeof import('./ssh2-connection.ts'),
  { program, target, settings, context }: Attempt,
): Promise<Connection> {
  const { hops, proxyCommand } = await inTurn(context, () => routeTo(program, target, settings, context.signal));
  const { hasProgram } = settings;
  return connectSsh2(hops, {
    ...context,
    proxyCommand,
    inTurn: (hop, logIn) => loginInTurn(hop, { ...context, hasProgram }, logIn),
  });
}

/** `ssh -G` is a process, too. */
async function inTurn<T>({ takeTurn, onPhase, signal }: OpenContext, ask: () => Promise<T>): Promise<T> {
  const giveUp = await takeTurn({ kind: 'look' }, signal);
  onPhase('reading the settings of ssh', MOST_SETTINGS_MS);
  return ask().finally(giveUp);
}

interface LoginTurn extends Pick<OpenContext, 'takeTurn' | 'onPhase' | 'signal'> {
  readonly hasProgram: boolean;
}

async function loginInTurn<T>(
  { name, account, settings: { hostname, port } }: Hop,
  { takeTurn, onPhase, signal, hasProgram }: LoginTurn,
  logIn: (signal: AbortSignal, clock: LoginClock) => Promise<T>,
): Promise<T> {
  const login: Login = { account, by: 'built-in' };
  const over = await takeTurn({ kind: 'login', server: serverOf(hostname, port), login }, signal).catch(denied);
  const clock = createLoginClock(name, onPhase);
  let outcome: LoginOutcome | undefined;
  try {
    const legs = await logIn(AbortSignal.any([signal, clock.late]), clock);
    outcome = { kind: 'let-in' };
    return legs;
  } catch (error) {
    if (error instanceof DaemonError && error.code === 'auth-refused')
      outcome = { kind: 'refused', failure: failureOf(error), isFinal: !(hasProgram && isForProgram(error)) };
    throw error;
  } finally {
    clock.stop();
    over(outcome);
  }
}

/** Why there is no turn to log in, as what a login is thrown for. */
function denied(error: unknown): never {
  if (error instanceof TurnDenied && error.denial.kind === 'by-program')
    throw new NeedsProgram('the built-in client is not let in here');
  throw failureOfDenial(error);
}

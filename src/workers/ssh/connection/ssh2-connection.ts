// Owns: connections spoken by ssh2: login, host key check, keepalive, commands, jump hosts. It and ssh2-keys.ts import ssh2.
// Leaves: keys and agents (ssh2-keys.ts), settings and the choice of ssh2 (open-connection.ts), and what errors mean (ssh2-login.ts).
import ssh2, { type AnyAuthMethod, type Client } from 'ssh2';
import { DaemonError } from '../../../shared/failures.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import { ANSWER } from '../../patience.ts';
import type { NoteChild } from '../../run-command.ts';
import { rsaSignatures } from '../settings/user-keys.ts';
import { type ByteStream, openProxyCommand, openSocket } from './byte-stream.ts';
import type { Connection } from './connection.ts';
import type { LoginClock } from './login-clock.ts';
import { noticeSilence } from './silence.ts';
import { countHandshakes, guardClient, hostKeyAlgorithms, pingServer } from './ssh2-guard.ts';
import { type Login, prepareLogin } from './ssh2-keys.ts';
import { closeLegs, connectionOver, type Leg, openThrough } from './ssh2-legs.ts';
import { limitServer } from './ssh2-limits.ts';
import { type Hop, loginFailure, NeedsProgram, refusalOf } from './ssh2-login.ts';

export interface Ssh2Context {
  /** As `git fetch` calls it, for advice. */
  readonly remote: string;
  /** Where a ProxyCommand runs. */
  readonly directory: string;
  readonly passphrases: Readonly<Record<string, string>>;
  /** The first hop's ProxyCommand, its tokens expanded. */
  readonly proxyCommand: string | undefined;
  readonly noteChild: NoteChild;
  readonly log: (text: string) => void;
  /** So many bytes came in. */
  readonly received: (bytes: number) => void;
  /** Aborts the login; a link that stands is not touched. */
  readonly signal: AbortSignal;
  /** Runs a login when it is its turn there; the signal is aborted when a step of it takes too long. */
  readonly inTurn: <T>(hop: Hop, logIn: (signal: AbortSignal, clock: LoginClock) => Promise<T>) => Promise<T>;
}

/** Of one login. */
interface LoginContext extends Ssh2Context {
  readonly clock: LoginClock;
}

/** Logs in to each hop through the one before. Throws DaemonError, or NeedsProgram; nothing is left open then. */
export async function connectSsh2(hops: readonly Hop[], context: Ssh2Context): Promise<Connection> {
  const legs: Leg<Client>[] = [];
  try {
    for (const hop of hops)
      legs.push(await context.inTurn(hop, (signal, clock) => logInTo(hop, legs.at(-1), { ...context, signal, clock })));
    return connectionOver(legs, hops);
  } catch (error) {
    await closeLegs(legs, AbortSignal.abort());
    throw error;
  }
}

async function logInTo(hop: Hop, before: Leg<Client> | undefined, context: LoginContext): Promise<Leg<Client>> {
  const login = await prepareLogin(hop, context);
  try {
    const bytes = await openBytes(hop, before, context);
    // No wait in between: ssh2 must hear of everything that happens to the stream.
    return await logIn(hop, bytes, login, context);
  } finally {
    login.releaseAgent();
  }
}

function openBytes(hop: Hop, before: Leg<Client> | undefined, context: LoginContext): Promise<ByteStream> {
  const { settings, name } = hop;
  const { clock } = context;
  clock.server(settings.connectTimeoutMs);
  if (before !== undefined) return unlessAborted(openThrough(before.client, settings, name), context.signal);
  const { proxyCommand, directory, noteChild, log, signal } = context;
  return proxyCommand === undefined
    ? openSocket(settings, { signal, noteChild, step: clock.server })
    : openProxyCommand(proxyCommand, { directory, noteChild }, log);
}

async function logIn(hop: Hop, bytes: ByteStream, login: Login, context: LoginContext): Promise<Leg<Client>> {
  const client = new ssh2.Client();
  const { locked } = login;
  const { remote, clock } = context;
  let agentSaidNo = false;
  let failure: DaemonError | NeedsProgram | undefined;
  const failed = new AbortController();
  const fail = (why: DaemonError | NeedsProgram): void => {
    failure ??= why;
    failed.abort(failure);
    bytes.stream.destroy();
  };
  const handshakes = countHandshakes(hop.name, fail);
  client.on('handshake', handshakes.note);
  client.once('handshake', () => clock.server(ANSWER.loginMs));
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  void gone.then(() => fail(new DaemonError('dropped', `${printable(hop.name)} closed the connection`)));
  client.on('error', (error: Error & { level?: string }) => {
    // The agent would not sign, or went away: the next key is tried.
    agentSaidNo ||= error.level === 'agent';
    if (error.level === 'agent') context.log(`ssh agent: ${printable(error.message)}`);
    else fail(loginFailure(error, { hop, locked, remote, agentSaidNo }, handshakes.isSecure()));
  });
  client.on('banner', (text) => context.log(saidBy(hop.name, text)));
  const ready = new Promise<void>((resolve) => client.once('ready', resolve));
  try {
    // Of a ProxyCommand nobody knows when it is through: it may have to log in itself.
    clock.server(context.proxyCommand === undefined ? hop.settings.connectTimeoutMs : ANSWER.loginMs);
    start(client, hop, bytes, login.methods, fail);
    const received = (count: number): void => {
      handshakes.received(count);
      context.received(count);
    };
    limitServer(client, bytes.stream, { name: hop.name, fail, received });
    await unlessAborted(ready, AbortSignal.any([failed.signal, context.signal]));
  } catch (error) {
    await bytes.close(AbortSignal.abort());
    throw error;
  }
  const prove = noticeSilence(hop, bytes.stream, { fail, ask: () => pingServer(client) });
  const lostBecause = (): DaemonError | undefined => (failure instanceof DaemonError ? failure : undefined);
  return { client, bytes, gone, prove, lostBecause, fail };
}

/** Starts the handshake. ssh2 throws for settings it does not understand. */
function start(
  client: Client,
  hop: Hop,
  { stream }: ByteStream,
  methods: AnyAuthMethod[],
  fail: (why: DaemonError | NeedsProgram) => void,
): void {
  const address = 'remoteAddress' in stream ? String(stream.remoteAddress) : undefined;
  try {
    client.connect({
      sock: stream,
      username: hop.settings.user,
      // What a server packs has no length that is known before.
      algorithms: { ...hop.algorithms, compress: ['none'] },
      // Without a verifier ssh2 takes any key.
      hostVerifier: (key: Buffer): boolean => {
        const refusal = refusalOf(hop, { key, address, ...hostKeyAlgorithms(client) });
        if (refusal !== undefined) fail(refusal);
        return refusal === undefined;
      },
      authHandler: methods,
      // ssh2 only asks; whether answers stay away is watched by noticeSilence.
      keepaliveInterval: hop.settings.aliveIntervalMs,
      keepaliveCountMax: Number.POSITIVE_INFINITY,
      readyTimeout: 0,
    });
    guardClient(client, rsaSignatures(hop.keyRules));
  } catch (error) {
    fail(new NeedsProgram(`ssh2 refuses the settings: ${String(error)}`, { cause: error }));
  }
}

// Owns: connections spoken by ssh2: login, host key check, keepalive, commands, jump hosts. Nothing else imports ssh2.
// Leaves: settings and the choice of ssh2 (open-connection.ts), and what errors mean (ssh2-login.ts).
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ParsedKey } from 'ssh2';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Connection } from './connection.ts';
import { orderLogins } from './identities.ts';
import { orderHostKeyAlgorithms } from './known-hosts.ts';
import { type Line, openProxyCommand, openSocket } from './line.ts';
import { closeLegs, connectionOver, type Leg } from './ssh2-legs.ts';
import { type Hop, hostKeyFailure, loginFailure, NeedsProgram } from './ssh2-login.ts';

export interface Ssh2Context {
  /** Where a ProxyCommand runs. */
  readonly directory: string;
  readonly passphrases: Readonly<Record<string, string>>;
  /** The first hop's ProxyCommand, its tokens expanded. */
  readonly proxyCommand: string | undefined;
  readonly log: (text: string) => void;
  /** Aborts the login; a link that stands is not touched. */
  readonly signal: AbortSignal;
}

/** How a login is tried, and which key files had to be left out. */
interface Login {
  readonly methods: AnyAuthMethod[];
  readonly locked: readonly string[];
}

/** Logs in to each hop through the one before. Throws DaemonError, or NeedsProgram; nothing is left open then. */
export async function connectSsh2(hops: readonly Hop[], context: Ssh2Context): Promise<Connection> {
  const legs: Leg<Client>[] = [];
  try {
    for (const hop of hops) {
      const login = await prepareLogin(hop, context);
      const line = await openLine(hop, legs.at(-1), context);
      // No wait in between: ssh2 must hear of everything that happens to the line.
      legs.push(await logIn(hop, line, login, context));
    }
    return connectionOver(legs, hops);
  } catch (error) {
    await closeLegs(legs, AbortSignal.abort());
    throw error;
  }
}

async function openLine(hop: Hop, before: Leg<Client> | undefined, context: Ssh2Context): Promise<Line> {
  const { hostname, port } = hop.settings;
  if (before === undefined) {
    if (context.proxyCommand === undefined) return openSocket(hop.settings, context.signal);
    return openProxyCommand(context.proxyCommand, context.directory, context.log);
  }
  const stream = await new Promise<Duplex>((resolve, reject) => {
    before.client.forwardOut('127.0.0.1', 0, hostname, port, (error, channel) => {
      if (error === undefined) return resolve(channel);
      reject(new DaemonError('unreachable', `the jump host cannot reach ${printable(hop.name)}: ${error.message}`));
    });
  });
  return {
    stream,
    close: async () => {
      stream.destroy();
    },
  };
}

async function logIn(hop: Hop, line: Line, { methods, locked }: Login, context: Ssh2Context): Promise<Leg<Client>> {
  const client = new ssh2.Client();
  let failure: DaemonError | NeedsProgram | undefined;
  const fail = (why: DaemonError | NeedsProgram): void => {
    failure ??= why;
    line.stream.destroy();
  };
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.on('error', (error: Error & { level?: string }) => {
    // The agent would not sign, or went away: the next key is tried.
    if (error.level === 'agent') context.log(`ssh agent: ${printable(error.message)}`);
    else fail(loginFailure(error, hop, locked));
  });
  client.on('banner', (text) => context.log(`${printable(hop.name)} says: ${printable(text)}`));
  const abort = (): unknown => line.stream.destroy();
  context.signal.addEventListener('abort', abort, { once: true });
  try {
    const ready = new Promise<void>((resolve) => client.once('ready', resolve));
    start(client, hop, line, methods, fail);
    if (context.signal.aborted) abort();
    await Promise.race([ready, gone.then(() => throwEnd(hop, context.signal, failure))]);
  } catch (error) {
    await line.close(AbortSignal.abort());
    throw error;
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
  noticeSilence(hop, line.stream, fail);
  return { client, line, gone, lostBecause: () => (failure instanceof DaemonError ? failure : undefined) };
}

function throwEnd(hop: Hop, signal: AbortSignal, failure: Error | undefined): never {
  signal.throwIfAborted();
  throw failure ?? new DaemonError('dropped', `${printable(hop.name)} closed the connection during the login`);
}

/** Starts the handshake. ssh2 throws for settings it does not understand. */
function start(
  client: Client,
  hop: Hop,
  { stream }: Line,
  methods: AnyAuthMethod[],
  fail: (why: DaemonError | NeedsProgram) => void,
): void {
  const { serverHostKey, ...algorithms } = hop.algorithms;
  try {
    client.connect({
      sock: stream,
      username: hop.settings.user,
      algorithms: { ...algorithms, serverHostKey: orderHostKeyAlgorithms(serverHostKey, hop.knownHosts.knownTypes) },
      // Without a verifier ssh2 takes any key.
      hostVerifier: (key: Buffer): boolean => {
        const verdict = hop.knownHosts.judge(key);
        if (verdict !== 'known') fail(hostKeyFailure(verdict, hop, key));
        return verdict === 'known';
      },
      authHandler: methods,
      // ssh2 only asks; whether answers stay away is watched by noticeSilence.
      keepaliveInterval: hop.settings.aliveIntervalMs,
      keepaliveCountMax: Number.POSITIVE_INFINITY,
      readyTimeout: 0,
    });
  } catch (error) {
    fail(new NeedsProgram(`ssh2 refuses the settings: ${String(error)}`, { cause: error }));
  }
}

/**
 * Ends a link on which nothing came for as long as the keepalive allows. ssh2 itself counts unanswered questions only,
 * and so ends links that are merely busy.
 */
function noticeSilence({ name, settings }: Hop, stream: Duplex, fail: (why: DaemonError) => void): void {
  const waitMs = settings.silenceMs;
  const silent = `nothing was heard from ${printable(name)} for ${Math.round(waitMs / 1000)} s`;
  const timer = setTimeout(() => fail(new DaemonError('timed-out', silent)), waitMs);
  stream.on('data', () => timer.refresh());
  stream.once('close', () => clearTimeout(timer));
}

/** `none` first, as OpenSSH does: it tells what is accepted, and to some servers it is enough. */
async function prepareLogin(hop: Hop, context: Ssh2Context): Promise<Login> {
  const { user: username, agent: agentPath, identitiesOnly } = hop.settings;
  const keys = agentPath === undefined ? [] : await keysInAgent(agentPath, context.log);
  const order = orderLogins(
    hop.identities,
    keys.map((key) => key.getPublicSSH()),
    { identitiesOnly, passphrases: context.passphrases },
  );
  const offered = order.fromAgent.flatMap((wanted) => keys.find((key) => key.getPublicSSH().equals(wanted)) ?? []);
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  if (agentPath !== undefined && offered.length > 0) {
    // The agent itself would offer all it has, in its own order.
    const agent = Object.assign(new ssh2.OpenSSHAgent(agentPath), {
      getIdentities: (answer: (error: undefined, keys: ParsedKey[]) => void) => answer(undefined, offered),
    });
    methods.push({ type: 'agent', username, agent });
  }
  for (const { privateText, passphrase } of order.fromFiles) {
    methods.push({ type: 'publickey', username, key: privateText, ...(passphrase !== undefined && { passphrase }) });
  }
  return { methods, locked: order.locked };
}

/** An agent that does not answer is as one that has no keys. */
function keysInAgent(path: string, log: (text: string) => void): Promise<ParsedKey[]> {
  return new Promise((resolve) => {
    new ssh2.OpenSSHAgent(path).getIdentities((error, keys) => {
      if (error) log(`ssh agent: ${printable(error.message)}`);
      // It parses them all itself; entries of another form come from agents of one's own.
      resolve((keys ?? []).flatMap((key) => ('pubKey' in key ? [] : [key])));
    });
  });
}

// Owns: connections spoken by ssh2: login, host key check, keepalive, commands, jump hosts. Nothing else imports ssh2.
// Leaves: settings and the choice of ssh2 (open-connection.ts), and what errors mean (ssh2-login.ts).
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type OpenSSHAgent, type ParsedKey } from 'ssh2';
import { DaemonError } from '../../../shared/failures.ts';
import { printable, saidBy } from '../../../shared/printable.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import type { NoteChild } from '../../run-command.ts';
import { type LoginOrder, orderLogins } from '../settings/identities.ts';
import { isAllowedKey, rsaSignatures } from '../settings/user-keys.ts';
import type { LockedKey } from './advice.ts';
import { type ByteStream, openProxyCommand, openSocket } from './byte-stream.ts';
import type { Connection } from './connection.ts';
import { noticeSilence } from './silence.ts';
import { countHandshakes, guardClient, hostKeyAlgorithms, pingServer } from './ssh2-guard.ts';
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
  /** Runs a login when it is its turn there, and aborts it when that takes too long. */
  readonly inTurn: <T>(hop: Hop, logIn: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

/** How a login is tried, and which key files had to be left out. */
interface Login {
  readonly methods: AnyAuthMethod[];
  readonly locked: readonly LockedKey[];
  /** Closes what was opened to the agent, whether it answers or not. */
  readonly releaseAgent: () => void;
}

/** Logs in to each hop through the one before. Throws DaemonError, or NeedsProgram; nothing is left open then. */
export async function connectSsh2(hops: readonly Hop[], context: Ssh2Context): Promise<Connection> {
  const legs: Leg<Client>[] = [];
  try {
    for (const hop of hops)
      legs.push(await context.inTurn(hop, (signal) => logInTo(hop, legs.at(-1), { ...context, signal })));
    return connectionOver(legs, hops);
  } catch (error) {
    await closeLegs(legs, AbortSignal.abort());
    throw error;
  }
}

async function logInTo(hop: Hop, before: Leg<Client> | undefined, context: Ssh2Context): Promise<Leg<Client>> {
  const login = await prepareLogin(hop, context);
  try {
    const bytes = await openBytes(hop, before, context);
    // No wait in between: ssh2 must hear of everything that happens to the stream.
    return await logIn(hop, bytes, login, context);
  } finally {
    login.releaseAgent();
  }
}

function openBytes(hop: Hop, before: Leg<Client> | undefined, context: Ssh2Context): Promise<ByteStream> {
  const { settings, name } = hop;
  if (before !== undefined) return unlessAborted(openThrough(before.client, settings, name), context.signal);
  const { proxyCommand, directory, noteChild, log, signal } = context;
  return proxyCommand === undefined
    ? openSocket(settings, { signal, noteChild })
    : openProxyCommand(proxyCommand, { directory, noteChild }, log);
}

async function logIn(hop: Hop, bytes: ByteStream, login: Login, context: Ssh2Context): Promise<Leg<Client>> {
  const client = new ssh2.Client();
  let failure: DaemonError | NeedsProgram | undefined;
  const failed = new AbortController();
  const fail = (why: DaemonError | NeedsProgram): void => {
    failure ??= why;
    failed.abort(failure);
    bytes.stream.destroy();
  };
  const handshakes = countHandshakes(hop.name, fail);
  client.on('handshake', handshakes.note);
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()));
  void gone.then(() => fail(new DaemonError('dropped', `${printable(hop.name)} closed the connection`)));
  client.on('error', (error: Error & { level?: string }) => {
    // The agent would not sign, or went away: the next key is tried.
    if (error.level === 'agent') context.log(`ssh agent: ${printable(error.message)}`);
    else fail(loginFailure(error, { hop, locked: login.locked, remote: context.remote }, handshakes.isSecure()));
  });
  client.on('banner', (text) => context.log(saidBy(hop.name, text)));
  const ready = new Promise<void>((resolve) => client.once('ready', resolve));
  try {
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

/** `none` first, as OpenSSH does: it tells what is accepted, and to some servers it is enough. */
async function prepareLogin(hop: Hop, context: Ssh2Context): Promise<Login> {
  const { user: username, agent: agentPath, identitiesOnly } = hop.settings;
  const { agent, keys, release } = await askAgent(agentPath, context);
  const order = orderLogins(
    hop.identities,
    keys.map((key) => key.getPublicSSH()),
    { identitiesOnly, passphrases: context.passphrases, keyRules: hop.keyRules },
  );
  const offered = order.fromAgent.flatMap((wanted) => keys.find((key) => key.getPublicSSH().equals(wanted)) ?? []);
  const methods: AnyAuthMethod[] = [{ type: 'none', username }];
  if (agent !== undefined && offered.length > 0) {
    // By itself the agent would offer all it has, in its own order.
    agent.getIdentities = (answer) => answer(undefined, offered);
    methods.push({ type: 'agent', username, agent });
  }
  const locked = [...order.locked];
  for (const file of order.fromFiles) {
    const key = openKey(file);
    if (key === undefined) continue;
    if ('why' in key) locked.push(key);
    else if (isAllowedKey(hop.keyRules, key.getPublicSSH())) methods.push({ type: 'publickey', username, key });
  }
  return { methods, locked, releaseAgent: release };
}

/** Here, as ssh2 would pass over a key that it cannot open without a word. Undefined: it is no key, or none of ssh2's. */
function openKey({ path, privateText, passphrase }: LoginOrder['fromFiles'][number]) {
  const key = ssh2.utils.parseKey(privateText, passphrase);
  if (!(key instanceof Error)) return key;
  if (passphrase === undefined) return undefined;
  return { path, why: /unsupported/i.test(key.message) ? 'odd-format' : 'wrong-passphrase' } as const;
}

interface AskedAgent {
  readonly agent: OpenSSHAgent | undefined;
  readonly keys: readonly ParsedKey[];
  readonly release: () => void;
}

/** The agent's keys; one that does not answer has none. Throws when aborted. */
async function askAgent(path: string | undefined, { log, signal }: Ssh2Context): Promise<AskedAgent> {
  if (path === undefined) return { agent: undefined, keys: [], release: () => undefined };
  const agent = new ssh2.OpenSSHAgent(path);
  // One that waits for its user may never answer, and ssh2 closes nothing by itself.
  const streams = new Set<Duplex>();
  const release = (): void => {
    for (const stream of streams) stream.destroy();
  };
  const open = agent.getStream.bind(agent);
  agent.getStream = (answer) =>
    open((error, stream) => {
      if (stream) streams.add(stream);
      answer(error, stream);
    });
  const answered = new Promise<readonly ParsedKey[]>((resolve) => {
    agent.getIdentities((error, keys) => {
      if (error) log(`ssh agent: ${printable(error.message)}`);
      // It parses them all itself; entries of another form come from agents of one's own.
      resolve((keys ?? []).flatMap((key) => ('pubKey' in key ? [] : [key])));
    });
  });
  try {
    return { agent, keys: await unlessAborted(answered, signal), release };
  } catch (error) {
    release();
    throw error;
  }
}

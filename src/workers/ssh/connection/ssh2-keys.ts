// Owns: what a login by ssh2 has to show: the agent's keys, and those of files, in the order in which OpenSSH tries them.
// Leaves: that order (settings/identities.ts), how long an agent may take (login-clock.ts), and the login (ssh2-connection.ts).
import type { Duplex } from 'node:stream';
import ssh2, {
  type AnyAuthMethod,
  type OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { printable } from '../../../shared/printable.ts';
import { unlessAborted } from '../../../shared/timing/wait.ts';
import { type LoginOrder, orderLogins } from '../settings/identities.ts';
import { isAllowedKey } from '../settings/user-keys.ts';
import type { LockedKey } from './advice.ts';
import type { LoginClock } from './login-clock.ts';
import type { Hop } from './ssh2-login.ts';

export interface KeysContext {
  readonly passphrases: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
  readonly clock: LoginClock;
}

/** How a login is tried, and which key files had to be left out. */
export interface Login {
  readonly methods: AnyAuthMethod[];
  readonly locked: readonly LockedKey[];
  /** Closes what was opened to the agent, whether it answers or not. */
  readonly releaseAgent: () => void;
}

/** `none` first, as OpenSSH does: it tells what is accepted, and to some servers it is enough. */
export async function prepareLogin(hop: Hop, context: KeysContext): Promise<Login> {
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

type Sign = (
  key: ParsedKey | Buffer | string,
  data: Buffer,
  options: SigningRequestOptions,
  answer: SignCallback,
) => boolean;

interface AskedAgent {
  readonly agent: OpenSSHAgent | undefined;
  readonly keys: readonly ParsedKey[];
  readonly release: () => void;
}

/** The agent's keys; one that fails has none. Throws when aborted, as where it does not answer. */
async function askAgent(path: string | undefined, { log, signal, clock }: KeysContext): Promise<AskedAgent> {
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
  const sign: Sign = agent.sign.bind(agent);
  const signInTime: Sign = (key, data, options, answer) => {
    const answered = clock.agent();
    return sign(key, data, options, (error, signature) => {
      answered();
      answer(error, signature);
    });
  };
  // As ssh2 calls it; its types know other ways, too.
  agent.sign = signInTime as OpenSSHAgent['sign'];
  const listed = clock.agent();
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
  } finally {
    listed();
  }
}

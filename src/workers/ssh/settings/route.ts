// Owns: the way to a target as ssh2 would go it: each host on it with its settings, keys and known hosts.
// Leaves: which hosts these are (stages.ts), and logging in to them (connection/ssh2-connection.ts).
import { dirname } from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { lookAt } from '../../../shared/system/file-identity.ts';
import { readRegularFileInPool } from '../../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../../shared/system/unread.ts';
import { type Hop, NeedsProgram } from '../connection/ssh2-login.ts';
import { accountOf } from './account.ts';
import { listedHostKeys, spokenAlgorithms } from './algorithms.ts';
import { chooseConnection } from './choose-connection.ts';
import { hostKeyOrder } from './host-key-order.ts';
import { readIdentities } from './identities.ts';
import { readKnownHosts } from './known-hosts.ts';
import { type Destination, type ReadSettings, readSettings, type SshProgram, typedCall } from './read-settings.ts';
import { knownHostsFiles, proxyOf, type RawSettings, settingsFrom, tokensOf } from './settings.ts';
import { type Stage, stagesTo } from './stages.ts';
import { expandCommand } from './tokens.ts';
import { keyRulesOf } from './user-keys.ts';

export interface Route {
  /** From here to the target, which is the last. */
  readonly hops: readonly Hop[];
  /** How the first is reached, its tokens expanded; undefined: by TCP. */
  readonly proxyCommand: string | undefined;
}

/** Throws NeedsProgram where ssh2 cannot speak to one of them as ssh would, and bad-ssh-config. */
export async function routeTo(
  program: SshProgram,
  destination: Destination,
  settings: ReadSettings,
  signal: AbortSignal,
): Promise<Route> {
  // Before anything else: what is no way for ssh2 is handed to the program, which would follow it anywhere.
  const stages = await stagesTo({ program, destination, settings }, signal);
  const hops: Hop[] = [];
  for (const stage of stages) hops.push(await hopFor(stage, signal));
  return { hops, proxyCommand: proxyCommandOf(stages[0]?.settings) };
}

function proxyCommandOf(first: ReadSettings | undefined): string | undefined {
  if (first === undefined) return undefined;
  const proxy = proxyOf(first.raw, first.context);
  return proxy.kind === 'command' ? expandCommand(proxy.command, tokensOf(first.raw, first.context)) : undefined;
}

async function hopFor({ program, destination, settings: { raw, context } }: Stage, signal: AbortSignal): Promise<Hop> {
  const name = destination.host;
  const settings = settingsFrom(raw, context);
  const keyRules = keyRulesOf(raw);
  const identities = await readIdentities(settings.identityFiles);
  const texts = await Promise.all(settings.knownHostsFiles.map(readKnownHostsFile));
  const knownHosts = readKnownHosts(texts, settings.knownAs.host, settings.knownAs.port);
  const order = await hostKeyOrder(listedHostKeys(raw), knownHosts.forOrder, () => usualHostKeys(program, raw, signal));
  const algorithms = order && spokenAlgorithms(raw, order);
  const hasAgent = settings.agent !== undefined;
  const lacksUserFolder = isWithoutFolder(knownHostsFiles(raw, 'userknownhostsfile'));
  const choice = chooseConnection({ raw, context, identities, keyRules, hasAgent, knownHosts, algorithms });
  if (choice.kind === 'program') throw new NeedsProgram(`${choice.why} for ${printable(name)}`);
  if (order === undefined || algorithms === undefined) throw new NeedsProgram('the order of host keys is not known');
  const call = typedCall(program, destination);
  const account = accountOf(raw, context);
  const known = { hostKeyOrder: order, knownHosts, lacksUserFolder };
  return { name, call, account, settings, algorithms, keyRules, identities, ...known };
}

/** Not one of the files could be made where it is named. */
const isWithoutFolder = (files: readonly string[]): boolean =>
  files.length > 0 && files.every((file) => lookAt(dirname(file)).kind === 'gone');

/** What the program has for HostKeyAlgorithms where no config says otherwise. */
async function usualHostKeys(program: SshProgram, raw: RawSettings, signal: AbortSignal): Promise<readonly string[]> {
  if (!raw.has('hostkeyalgorithms')) return listedHostKeys(raw);
  const { raw: usual } = await readSettings({ ...program, options: ['-F', 'none'] }, { host: 'localhost' }, signal);
  return listedHostKeys(usual);
}

/** Some hundred thousand lines. */
const KNOWN_HOSTS_BYTES = 32 * 1024 * 1024;

/** Its bytes, as latin1: ssh compares bytes. Missing or not to be read: it knows no hosts, as with ssh. Throws not-now. */
async function readKnownHostsFile(path: string): Promise<string> {
  if (path === '/dev/null') return '';
  const read = await readRegularFileInPool(path, { mostBytes: KNOWN_HOSTS_BYTES });
  throwIfItPasses(path, read);
  // ssh would read what is in it, and that may be a key which is revoked.
  if (read.kind === 'too-big' || read.kind === 'odd') throw new NeedsProgram(`${printable(path)} is read by ssh only`);
  return read.kind === 'read' ? Buffer.from(read.bytes).toString('latin1') : '';
}

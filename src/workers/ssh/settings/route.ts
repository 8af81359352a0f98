// Owns: the hosts on the way to a target, each with its own settings, keys and known hosts.
// Leaves: logging in to them (connection/ssh2-connection.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { readRegularFileInPool } from '../../../shared/system/read-regular-file.ts';
import { type Hop, NeedsProgram } from '../connection/ssh2-login.ts';
import { spokenAlgorithms } from './algorithms.ts';
import { chooseConnection } from './choose-connection.ts';
import { readIdentities } from './identities.ts';
import { readKnownHosts } from './known-hosts.ts';
import { isUnsafeName } from './quote.ts';
import { type Destination, type ReadSettings, readSettings, type SshProgram, typedCall } from './read-settings.ts';
import { type JumpHost, settingsFrom, tokensOf } from './settings.ts';
import { expandCommand } from './tokens.ts';

export interface Route {
  /** From here to the target, which is the last. */
  readonly hops: readonly Hop[];
  /** How the first is reached, its tokens expanded; undefined: by TCP. */
  readonly proxyCommand: string | undefined;
}

/** Jump hosts in all; a host that is its own jump host has no end of them. */
const MOST_HOPS = 8;

/** Throws NeedsProgram where ssh2 cannot speak to one of them as ssh would, and bad-ssh-config. */
export function routeTo(
  program: SshProgram,
  destination: Destination,
  settings: ReadSettings,
  signal: AbortSignal,
): Promise<Route> {
  return routeWithin({ signal, hops: MOST_HOPS }, program, destination, settings);
}

/** How far a route may lead, and what ends the search for it. */
interface RouteLimits {
  readonly hops: number;
  readonly signal: AbortSignal;
}

async function routeWithin(
  limits: RouteLimits,
  program: SshProgram,
  destination: Destination,
  settings: ReadSettings,
): Promise<Route> {
  const hop = await hopFor(program, destination, settings);
  const { proxy } = hop.settings;
  switch (proxy.kind) {
    case 'none':
      return { hops: [hop], proxyCommand: undefined };
    case 'command':
      return { hops: [hop], proxyCommand: expandCommand(proxy.command, tokensOf(settings.raw, settings.context)) };
    case 'jump': {
      const hops = limits.hops - proxy.hosts.length;
      if (hops < 0) throw new NeedsProgram('jump hosts are many, or reached through themselves');
      const before = await routeOverJumps({ ...limits, hops }, program, proxy.hosts);
      return { ...before, hops: [...before.hops, hop] };
    }
    default:
      return proxy satisfies never;
  }
}

/** The first is reached as its own settings say; the others through the one before, whatever theirs say (ssh.c). */
async function routeOverJumps(limits: RouteLimits, program: SshProgram, hosts: readonly JumpHost[]): Promise<Route> {
  const ofJumps = { ...program, options: configFileOption(program.options) };
  let route: Route | undefined;
  for (const host of hosts) {
    if (isUnsafeName(host.host) || (host.user !== undefined && isUnsafeName(host.user))) {
      throw new DaemonError(
        'bad-ssh-config',
        `ProxyJump names the host "${printable(host.host)}", which is not allowed`,
      );
    }
    const settings = await readSettings(ofJumps, host, limits.signal);
    if (route === undefined) route = await routeWithin(limits, ofJumps, host, settings);
    else route = { ...route, hops: [...route.hops, await hopFor(ofJumps, host, settings)] };
  }
  if (route === undefined) throw new DaemonError('bad-ssh-config', 'ProxyJump names no host');
  return route;
}

/** All that ssh hands on to the ssh it starts for a jump host (ssh.c): `-F file`. */
function configFileOption(options: readonly string[]): readonly string[] {
  const at = options.findIndex((option) => option.startsWith('-F'));
  return at === -1 ? [] : options.slice(at, options[at] === '-F' ? at + 2 : at + 1);
}

async function hopFor(program: SshProgram, destination: Destination, { raw, context }: ReadSettings): Promise<Hop> {
  const name = destination.host;
  const settings = settingsFrom(raw, context);
  const identities = await readIdentities(settings.identityFiles);
  const texts = await Promise.all(settings.knownHostsFiles.map(readKnownHostsFile));
  const knownHosts = readKnownHosts(texts, settings.knownAs.host, settings.knownAs.port);
  const hasAgent = settings.agent !== undefined;
  const choice = chooseConnection({ raw, context, identities, hasAgent, knownHosts });
  if (choice.kind === 'program') throw new NeedsProgram(`${choice.why} for ${printable(name)}`);
  const call = typedCall(program, destination);
  return { name, call, settings, algorithms: spokenAlgorithms(raw), identities, knownHosts };
}

/** Some hundred thousand lines. */
const KNOWN_HOSTS_BYTES = 32 * 1024 * 1024;

/** Missing or not readable: it knows no hosts, as with ssh. */
async function readKnownHostsFile(path: string): Promise<string> {
  const read = await readRegularFileInPool(path, { mostBytes: KNOWN_HOSTS_BYTES });
  return read.kind === 'read' ? new TextDecoder().decode(read.bytes) : '';
}

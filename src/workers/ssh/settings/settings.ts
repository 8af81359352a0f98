// Owns: the settings ssh would use for one host, read from what `ssh -G` prints. Pure.
// Leaves: running ssh -G (read-settings.ts), and whether ssh2 can honour them all (choose-connection.ts).
import { DaemonError } from '../../../shared/failures.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import { asciiLowerCase, globMatches } from './patterns.ts';
import { expandCommand, expandPath, type TokenValues } from './tokens.ts';

/** Lower-case keyword → its values, in order; keywords ssh prints once have one. */
export type RawSettings = ReadonlyMap<string, readonly string[]>;

/** `ssh -G`: one `keyword value` a line; values are neither quoted nor, all of them, expanded (seen with 9.2). */
export function parseSettings(text: string): RawSettings {
  const settings = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (keyword === undefined || value === undefined) continue;
    const name = keyword.toLowerCase();
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** The value of a keyword; `none` and nothing at all are both undefined. */
export function settingOf(raw: RawSettings, keyword: string): string | undefined {
  const value = raw.get(keyword)?.[0];
  return value === undefined || value === '' || value.toLowerCase() === 'none' ? undefined : value;
}

export const isYes = (value: string | undefined): boolean => value === 'yes' || value === 'true';

export type Proxy =
  | { readonly kind: 'none' }
  | { readonly kind: 'jump'; readonly hosts: readonly JumpHost[] }
  | { readonly kind: 'command'; readonly command: string };

export interface JumpHost {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
}

export interface SshSettings {
  /** The address to connect to. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** What the host is called in known_hosts, and on which port; an alias stands alone. */
  readonly knownAs: { readonly host: string; readonly port: number };
  /** Whether the key known for its address must not differ (CheckHostIP). */
  readonly checkHostIp: boolean;
  readonly knownHostsFiles: readonly string[];
  /** Absolute paths, in the order they are tried. A file that cannot be named without guessing is left out. */
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
  readonly proxy: Proxy;
  /** 0: both. */
  readonly addressFamily: 0 | 4 | 6;
  readonly bindAddress: string | undefined;
  /** For each address that is tried, and again for the handshake up to the agreed keys; not for the login (ssh_config(5)). */
  readonly connectTimeoutMs: number;
  /** For an address that is not the last: a dead one is passed by. */
  readonly nextAddressMs: number;
  /** How often a quiet server is asked whether it is there. */
  readonly aliveIntervalMs: number;
  /** A link on which nothing was heard for so long is dead. */
  readonly silenceMs: number;
  /** What the server is asked to set (SendEnv, SetEnv). */
  readonly environment: Readonly<Record<string, string>>;
}

/** A dead link is noticed within 45 s (design §6). Each question costs a thread about 1.5 ms, so there are few. */
const ALIVE = { aliveIntervalMs: 30_000, silenceMs: 45_000 };
/** Where the user says nothing: for each address, and again for the handshake. */
const CONNECT_TIMEOUT_S = 30;

/** What surrounds the settings: who asks, from where. */
export interface SettingsContext {
  readonly home: string;
  readonly localUser: string;
  /** Relative paths start here. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Throws bad-ssh-config for settings without a host, a user or a port. */
export function settingsFrom(raw: RawSettings, context: SettingsContext): SshSettings {
  const hostname = needed(raw, 'hostname');
  const user = needed(raw, 'user');
  const port = Number(needed(raw, 'port'));
  if (!(Number.isInteger(port) && port > 0 && port < 65_536)) throw new DaemonError('bad-ssh-config', 'ssh: bad port');
  const tokens = tokensOf(raw, context);
  const alias = settingOf(raw, 'hostkeyalias');
  return {
    hostname,
    port,
    user,
    knownAs: alias === undefined ? { host: asciiLowerCase(hostname), port } : { host: alias, port: 22 },
    checkHostIp: isYes(settingOf(raw, 'checkhostip')),
    knownHostsFiles: ['userknownhostsfile', 'globalknownhostsfile'].flatMap((keyword) => knownHostsFiles(raw, keyword)),
    identityFiles: (raw.get('identityfile') ?? []).flatMap((file) => expandPath(file, tokens) ?? []),
    identitiesOnly: isYes(settingOf(raw, 'identitiesonly')),
    agent: agentSocket(raw, context, tokens),
    proxy: proxyOf(raw, context),
    addressFamily: addressFamilyOf(settingOf(raw, 'addressfamily')),
    bindAddress: settingOf(raw, 'bindaddress'),
    ...connectTimes(positive(raw, 'connecttimeout')),
    ...keepalive(raw),
    environment: {
      ...sentVariables(raw, context.variables),
      ...Object.fromEntries((raw.get('setenv') ?? []).map((pair) => cutAt(pair, '='))),
    },
  };
}

export const tokensOf = (raw: RawSettings, context: SettingsContext): TokenValues => ({
  d: context.home,
  h: raw.get('hostname')?.[0] ?? '',
  p: raw.get('port')?.[0] ?? '',
  r: raw.get('user')?.[0] ?? '',
  u: context.localUser,
  directory: context.directory,
});

/** The files of a list that is separated by spaces and not quoted; a path with a space in it cannot be told from two. */
export function knownHostsFiles(raw: RawSettings, keyword: string): readonly string[] {
  return (settingOf(raw, keyword) ?? '').split(' ').filter((file) => file !== '');
}

/** `SSH_AUTH_SOCK`, `$NAME`, or a path (ssh_config(5), IdentityAgent). */
export function agentSocket(raw: RawSettings, context: SettingsContext, tokens: TokenValues): string | undefined {
  const named = raw.get('identityagent')?.[0];
  if (named === 'none') return undefined;
  if (named === undefined || named === 'SSH_AUTH_SOCK') return context.variables.SSH_AUTH_SOCK || undefined;
  if (named.startsWith('$')) return context.variables[named.replace(/^\$\{?|\}$/g, '')] || undefined;
  return expandPath(named, tokens);
}

/** The language is left out: what is said there is read by a program, which knows one. */
function sentVariables(raw: RawSettings, variables: SettingsContext['variables']): Record<string, string> {
  const patterns = (raw.get('sendenv') ?? []).filter((pattern) => !/^(?:LANG|LC_.*)$/.test(pattern));
  const isSent = (name: string): boolean =>
    patterns.some((pattern) => globMatches(pattern, name)) && !/^(?:LANG|LC_.*)$/.test(name);
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value !== undefined && isSent(name) ? [[name, value]] : [])),
  );
}

/** How a host is reached. Throws bad-ssh-config. */
export function proxyOf(raw: RawSettings, context: SettingsContext): Proxy {
  const jump = settingOf(raw, 'proxyjump');
  if (jump !== undefined) return { kind: 'jump', hosts: jumpHosts(jump, raw, context) };
  const command = settingOf(raw, 'proxycommand');
  return command === undefined ? { kind: 'none' } : { kind: 'command', command };
}

/** ssh makes a ProxyCommand of them, and so expands tokens in them. Throws bad-ssh-config. */
function jumpHosts(jump: string, raw: RawSettings, context: SettingsContext): JumpHost[] {
  const called = { n: raw.get('host')?.[0] ?? raw.get('hostname')?.[0] ?? '' };
  const named = jump.includes('%') ? expandCommand(jump, tokensOf(raw, context), called) : jump;
  if (named === undefined) throw new DaemonError('bad-ssh-config', 'ssh: ProxyJump holds a token that is not known');
  return named.split(',').map(parseJumpHost);
}

/** `[user@]host[:port]`, with or without `ssh://`; the host may be `[v6]`. Throws bad-ssh-config. */
function parseJumpHost(text: string): JumpHost {
  const [, user, v6, name, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^@:[\]]+))(?::(\d+))?\/?$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined) throw new DaemonError('bad-ssh-config', 'ssh: ProxyJump names no host');
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

const addressFamilyOf = (value: string | undefined): 0 | 4 | 6 => (value === 'inet' ? 4 : value === 'inet6' ? 6 : 0);

/**
 * The user's own values, as OpenSSH goes by them: it waits for one interval more than it counts (clientloop.c). An
 * interval of 0 counts as unset, as ssh prints its default and a user's own 0 alike.
 */
export function keepalive(raw: RawSettings): Pick<SshSettings, 'aliveIntervalMs' | 'silenceMs'> {
  const interval = positive(raw, 'serveraliveinterval');
  if (interval === undefined) return ALIVE;
  const count = positive(raw, 'serveralivecountmax') ?? 3;
  return { aliveIntervalMs: timerMs(interval * 1000), silenceMs: timerMs(interval * (count + 1) * 1000) };
}

/** Without a ConnectTimeout OpenSSH waits for the system, two minutes, before it tries the next address. */
const NEXT_ADDRESS_S = 5;

function connectTimes(ownS: number | undefined): Pick<SshSettings, 'connectTimeoutMs' | 'nextAddressMs'> {
  const connectTimeoutMs = timerMs((ownS ?? CONNECT_TIMEOUT_S) * 1000);
  return { connectTimeoutMs, nextAddressMs: ownS === undefined ? NEXT_ADDRESS_S * 1000 : connectTimeoutMs };
}

function positive(raw: RawSettings, keyword: string): number | undefined {
  const value = Number(settingOf(raw, keyword));
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function needed(raw: RawSettings, keyword: string): string {
  // Not settingOf: a host or a user may be called `none`.
  const value = raw.get(keyword)?.[0];
  if (!value) throw new DaemonError('bad-ssh-config', `ssh has no ${keyword} for this host`);
  return value;
}

function cutAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

// Owns: our own keys of git config that hold for the whole daemon: defaults, limits, what is wrong with a value.
// Leaves: the keys of one remote (remotes.ts).
import type { LogLevel } from '../../shared/log-line.ts';
import { isNetworkName, type NetworkName } from '../../shared/p2p/address.ts';
import { type NetworkSettings, networkSettings } from '../../shared/p2p/network-settings.ts';
import type { GitConfig } from './git-config.ts';
import { OWN_KEYS, unknownKeyWarning } from './key-names.ts';

export interface Settings {
  readonly remoteId: 'name' | 'uri';
  readonly fetchMode: 'fetch' | 'prefetch';
  readonly pollMs: number;
  readonly checkMs: number;
  readonly fetchTimeoutMs: number;
  /** undefined: as much as it likes. */
  readonly maxFetchBytes: number | undefined;
  readonly workers: number;
  /** The networks on which this repository is served to peers, each once. */
  readonly serve: readonly NetworkName[];
  readonly torProxy: { readonly host: string; readonly port: number };
  readonly networks: NetworkSettings;
  /** The least that the log tells. */
  readonly logLevel: LogLevel;
  /** What it does while the network is one that is paid for by the byte. */
  readonly onMetered: 'run' | 'poll' | 'pause';
  /** And while the machine runs on its battery. */
  readonly onBattery: 'run' | 'poll' | 'pause';
  /** Of which new commits the desktop shows a note. */
  readonly desktopNotes: 'off' | 'upstream' | 'all';
  /** Which local branches are moved forward. */
  readonly fastForward: 'never' | 'upstream';
}

/** A bad value ends a start; at RELOAD the old settings stay. */
export type SettingsResult =
  | { readonly kind: 'ok'; readonly settings: Settings; readonly warnings: readonly string[] }
  | { readonly kind: 'bad'; readonly why: string };

/** With the fifth that jitter adds, still a wait that a timer of Node can have: past 2^31 ms it would fire at once. */
const MOST_SECONDS = 1_780_000;
const MOST_WORKERS = 1_000;
/** Each costs 8 MB: whoever has up to so many remotes has a thread for each, on whatever machine. */
const DEFAULT_WORKERS = 16;

/** Reads `remotedaemon.*`. */
export function readSettings(config: GitConfig): SettingsResult {
  const complaints: string[] = [];
  const { number, size, oneOf } = createReaders(config, complaints);
  const served = readServed(config);
  const settings: Settings = {
    remoteId: oneOf('remoteId', ['name', 'uri']),
    fetchMode: oneOf('fetchMode', ['fetch', 'prefetch']),
    pollMs: number('pollInterval', 60, 10, MOST_SECONDS) * 1_000,
    checkMs: number('checkInterval', 600, 1, MOST_SECONDS) * 1_000,
    fetchTimeoutMs: number('fetchTimeout', 120, 1, MOST_SECONDS) * 1_000,
    maxFetchBytes: size('maxFetchSize'),
    workers: number('workers', DEFAULT_WORKERS, 1, MOST_WORKERS),
    serve: served.networks,
    torProxy: proxyIn(config, complaints),
    networks: networkSettings(config.getAll, (why) => complaints.push(why)),
    logLevel: oneOf('logLevel', ['info', 'debug', 'warn', 'error']),
    onMetered: oneOf('onMetered', ['run', 'poll', 'pause']),
    onBattery: oneOf('onBattery', ['run', 'poll', 'pause']),
    desktopNotes: oneOf('desktopNotes', ['off', 'upstream', 'all']),
    fastForward: oneOf('fastForward', ['never', 'upstream']),
  };
  const [why] = complaints;
  const warnings = [...served.warnings, ...unknownKeys(config)];
  return why === undefined ? { kind: 'ok', settings, warnings } : { kind: 'bad', why };
}

type Key = (typeof OWN_KEYS)[number];

/** What is wrong with a value is put on the list, and the default taken. */
function createReaders(config: GitConfig, complaints: string[]) {
  const number = (name: Key, fallback: number, least: number, most: number): number => {
    const text = config.get(`remotedaemon.${name}`);
    if (text === undefined) return fallback;
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const what = most === MOST_SECONDS ? 'a plain number of seconds' : 'a plain number';
    complaints.push(`remotedaemon.${name} is ${JSON.stringify(text)}: write ${what} from ${least} to ${most}`);
    return fallback;
  };
  /** In bytes, or with one of git's units; 0 is none. */
  const size = (name: Key): number | undefined => {
    const bytes = config.getInt(`remotedaemon.${name}`);
    if (bytes === undefined || bytes === 0) return undefined;
    if (bytes !== 'malformed' && bytes > 0) return bytes;
    const text = config.get(`remotedaemon.${name}`);
    complaints.push(`remotedaemon.${name} is ${JSON.stringify(text)}: write a size, such as 500m or 2g; 0 is no limit`);
    return undefined;
  };
  /** The first word is the default. */
  const oneOf = <const Word extends string>(name: Key, words: readonly [Word, Word, ...Word[]]): Word => {
    const text = config.get(`remotedaemon.${name}`);
    const word = text === undefined ? words[0] : words.find((each) => each === text);
    if (word !== undefined) return word;
    complaints.push(
      `remotedaemon.${name} is ${JSON.stringify(text)}: write ${words.join(', ').replace(/, ([^,]*)$/, ' or $1')}`,
    );
    return words[0];
  };
  return { number, size, oneOf };
}

/** An empty value takes back those before it, as for git's own lists. */
function readServed(config: GitConfig): { readonly networks: readonly NetworkName[]; readonly warnings: string[] } {
  const values = config.getAll('remotedaemon.serve');
  const names = [...new Set(values.slice(values.lastIndexOf('') + 1))];
  const bad = names.filter((name) => !isNetworkName(name));
  const warnings = bad.map(
    (name) => `remotedaemon.serve is ${JSON.stringify(name)}, which is no name of a network, such as tor: passed over`,
  );
  return { networks: names.filter(isNetworkName), warnings };
}

/** Where tor's SOCKS5 proxy is if nobody says otherwise. */
const TOR_PROXY = { host: '127.0.0.1', port: 9050 };

function proxyIn(config: GitConfig, complaints: string[]): Settings['torProxy'] {
  const text = config.get('remotedaemon.torProxy');
  if (text === undefined) return TOR_PROXY;
  const [, v6, host = v6, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  complaints.push(
    `remotedaemon.torProxy is ${JSON.stringify(text)}: write a host and its port, such as 127.0.0.1:9050`,
  );
  return TOR_PROXY;
}

function unknownKeys(config: GitConfig): string[] {
  const known: readonly string[] = OWN_KEYS.map((name) => name.toLowerCase());
  return config
    .keys()
    .filter((key) => key.startsWith('remotedaemon.'))
    .map((key) => key.slice('remotedaemon.'.length))
    .filter((name) => !known.includes(name))
    .map((name) => unknownKeyWarning('remotedaemon.', name, OWN_KEYS));
}

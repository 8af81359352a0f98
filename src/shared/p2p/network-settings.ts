// Owns: what networks of peers need of git config and of secrets.ini: its shape, and reading it from the values of keys. Pure.
// Leaves: the values (main/config in the daemon, workers/peer/helper without one), and using it (workers/peer/network).
import { parseJid } from './jid.ts';

/** Absent: the network's own. */
export interface NetworkSettings {
  /** `host:port` of nodes by which hyper finds all others. */
  readonly hyperBootstrap?: readonly string[];
  /** Of several in secrets.ini, the account that this repository has. */
  readonly xmppAccount?: string;
  /** Accounts that are heard, besides our own and those of remotes. */
  readonly xmppFriends?: readonly string[];
  /** Where telehash listens: an IPv4 address of this machine, and a port. */
  readonly telehashListen?: string;
  /** Where others find that, if it is not there: `ip:port`, such as what a router passes on. */
  readonly telehashPaths?: readonly string[];
  /** The folder of the package telehash. */
  readonly telehashModule?: string;
}

/** What only the network of that name needs of them. */
export function settingsOf(network: string, settings: NetworkSettings): NetworkSettings {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith(network)));
}

/** What secrets.ini holds for one network only: by account, then by key. */
export type NetworkSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** All values of a key, in their order; of its name case does not count. */
export type ValuesOf = (key: string) => readonly string[];

const HOST_AND_PORT = /^(?:\[[\da-f:.]+\]|[\w.-]+):([1-9]\d{0,4})$/i;
const IP_AND_PORT = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!:)|(?=:))){4}:([1-9]\d{0,4})$/;
const MOST_NODES = 64;
const MOST_FRIENDS = 1_000;

/** `complain` is called with what is wrong with a value, which is then passed over. */
export function networkSettings(valuesOf: ValuesOf, complain: (why: string) => void): NetworkSettings {
  const hyperBootstrap = listOf(valuesOf('remotedaemon.hyperBootstrap')).filter((text) => {
    const isPlace = Number(HOST_AND_PORT.exec(text)?.[1]) < 65_536;
    if (!isPlace) complain(`remotedaemon.hyperBootstrap is ${JSON.stringify(text)}: write a host and its port`);
    return isPlace;
  });
  const xmppAccount = accountsIn('remotedaemon.xmppAccount', valuesOf, complain).at(-1);
  const xmppFriends = accountsIn('remotedaemon.xmppFriend', valuesOf, complain);
  return {
    ...(hyperBootstrap.length > 0 && { hyperBootstrap: hyperBootstrap.slice(0, MOST_NODES) }),
    ...(xmppAccount !== undefined && { xmppAccount }),
    ...(xmppFriends.length > 0 && { xmppFriends: xmppFriends.slice(0, MOST_FRIENDS) }),
    ...telehashSettings(valuesOf, complain),
  };
}

function accountsIn(key: string, valuesOf: ValuesOf, complain: (why: string) => void): readonly string[] {
  const accounts = listOf(valuesOf(key)).flatMap((text) => {
    const jid = parseJid(text);
    if (jid === undefined) complain(`${key} is ${JSON.stringify(text)}: write an account such as joe@example.org`);
    return jid?.bare ?? [];
  });
  return [...new Set(accounts)];
}

function telehashSettings(valuesOf: ValuesOf, complain: (why: string) => void): NetworkSettings {
  const places = (key: string): readonly string[] =>
    listOf(valuesOf(key)).filter((text) => {
      const isPlace = Number(IP_AND_PORT.exec(text)?.[1]) < 65_536;
      if (!isPlace)
        complain(`${key} is ${JSON.stringify(text)}: write an IPv4 address and a port, such as 0.0.0.0:4242`);
      return isPlace;
    });
  const telehashListen = places('remotedaemon.telehashListen').at(-1);
  const telehashPaths = places('remotedaemon.telehashPath');
  const telehashModule = valuesOf('remotedaemon.telehashModule').at(-1);
  return {
    ...(telehashListen && { telehashListen }),
    ...(telehashPaths.length > 0 && { telehashPaths }),
    ...(telehashModule && { telehashModule }),
  };
}

/** An empty value takes back those before it, as for git's own lists. */
function listOf(values: readonly string[]): readonly string[] {
  return [...new Set(values.slice(values.lastIndexOf('') + 1))];
}

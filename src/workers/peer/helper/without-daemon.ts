// Owns: what a network needs to know where no daemon has read it for it: from git itself, in a process of its own.
// Leaves: the networks (../network), and who goes to them (dial.ts, ../program).
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { networkSettings, type ValuesOf } from '../../../shared/p2p/network-settings.ts';
import type { NetworkContext } from '../network/network.ts';
import { CannotHelp } from './cannot-help.ts';
import { ownSecrets } from './own-secrets.ts';

const CONFIG_MS = 10_000;
const MOST_CONFIG_BYTES = 64 * 1024 * 1024;

/** Throws CannotHelp. */
export function contextWithoutDaemon(
  values: ValuesOf,
  network: string,
  around: Pick<NetworkContext, 'gitDir' | 'noteChild' | 'log'>,
): NetworkContext {
  return {
    ...around,
    directory: process.cwd(),
    environment: process.env,
    torProxy: proxyIn(values('remotedaemon.torProxy').at(-1)),
    settings: networkSettings(values, complain),
    secrets: ownSecrets(around.gitDir, network),
  };
}

const complain = (why: string): never => {
  throw new CannotHelp(why);
};

/** Of a name case does not count, but for what stands between the dots. */
export async function readConfig(): Promise<ValuesOf> {
  const options = { timeout: CONFIG_MS, maxBuffer: MOST_CONFIG_BYTES };
  const { stdout } = await promisify(execFile)('git', ['config', '--null', '--list'], options);
  const all = stdout.split('\0').map((entry) => {
    const end = entry.indexOf('\n');
    return end === -1 ? ([entry, 'true'] as const) : ([entry.slice(0, end), entry.slice(end + 1)] as const);
  });
  return (key) => all.filter(([name]) => name === asGitSpells(key)).map(([, value]) => value);
}

const asGitSpells = (key: string): string => key.replace(/^[^.]+|[^.]+$/g, (part) => part.toLowerCase());

/** As tor itself has it, where nothing else is said. */
function proxyIn(text = '127.0.0.1:9050'): { readonly host: string; readonly port: number } {
  const [, v6, host = v6, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new CannotHelp('remotedaemon.torProxy is no HOST:PORT, such as 127.0.0.1:9050');
}

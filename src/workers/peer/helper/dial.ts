// Owns: going to a peer without a daemon: what this repository's config says of it, a stream of its own, and the service.
// Leaves: what is said on the stream (../client), the networks (../network), and git's ends (join-git.ts).
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { networkOf, parsePeerUrl } from '../../../shared/p2p/address.ts';
import type { Service } from '../../../shared/p2p/lines.ts';
import { networkSettings, type ValuesOf } from '../../../shared/p2p/network-settings.ts';
import type { Channel } from '../../upload-pack/channel.ts';
import { createDialler } from '../client/dial.ts';
import { connectService } from '../client/service.ts';
import { withWholeAnswers } from '../client/whole-answers.ts';
import { openNetwork } from '../network/networks.ts';
import { CannotHelp } from './cannot-help.ts';

export interface DialOptions {
  readonly url: string;
  /** What git calls the remote. */
  readonly remote: string;
  /** The common git dir; undefined: git runs outside of any repository. */
  readonly gitDir: string | undefined;
  readonly service: Service;
  /** Hears of each program that carries a network. */
  readonly noteChild: (pgid: number, running: boolean) => void;
}

const TOKEN_VARIABLE = 'GIT_ANNEX_P2P_AUTHTOKEN';
const CONFIG_MS = 10_000;
const MOST_CONFIG_BYTES = 64 * 1024 * 1024;

/** A service of the peer, asked for. Throws a DaemonError, or CannotHelp. */
export async function dialService({ url, remote, gitDir, service, noteChild }: DialOptions): Promise<Channel> {
  // As git-annex's own helper reads it, of an onion address what stands behind the last slash counts.
  const address = parsePeerUrl(url.replace(/^tor-annex::.*\//s, 'tor-annex::'));
  if ('why' in address) throw new CannotHelp(address.why);
  if (gitDir === undefined && process.env[TOKEN_VARIABLE] === undefined)
    throw new CannotHelp(`there is no repository here that has a token for it: set ${TOKEN_VARIABLE}`);
  const [values, network] = await Promise.all([readConfig(), openNetwork(networkOf(address))]);
  const value = (key: string): string | undefined => values(key).at(-1);
  const directory = process.cwd();
  const dialler = createDialler({
    network,
    address,
    context: {
      ...{ directory, environment: process.env, gitDir: gitDir ?? directory, noteChild },
      torProxy: proxyIn(value('remotedaemon.torproxy')),
      settings: networkSettings(values, complain),
      secrets: {},
      log: () => undefined,
    },
    ownUuid: value('annex.uuid') || value('remotedaemon.uuid') || randomUUID(),
    expectedUuid: value(`remote.${remote}.annex-uuid`) || undefined,
    received: () => undefined,
  });
  const { signal } = new AbortController();
  const session = await dialler.open('listening', signal);
  // As git itself asks for protocol v2: for no push.
  const v2 = service === 'git-upload-pack' && (value('protocol.version') ?? '2') === '2';
  const channel = connectService(session, service, { v2 });
  if (service !== 'git-upload-pack' || session.features.size > 0) return channel;
  return withWholeAnswers(channel, async () => connectService(await dialler.open('service', signal), service));
}

const complain = (why: string): never => {
  throw new CannotHelp(why);
};

/** Of a name case does not count, but for what stands between the dots. */
async function readConfig(): Promise<ValuesOf> {
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

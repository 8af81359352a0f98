// Owns: going to a peer without a daemon: what this repository's config says of it, a stream of its own, and the service.
// Leaves: what is said on the stream (../client), the networks (../network), and git's ends (join-git.ts).
import { randomUUID } from 'node:crypto';
import { networkOf, parsePeerUrl } from '../../../shared/p2p/address.ts';
import type { Service } from '../../../shared/p2p/lines.ts';
import type { Channel } from '../../upload-pack/channel.ts';
import { createDialler } from '../client/dial.ts';
import { connectService } from '../client/service.ts';
import { withWholeAnswers } from '../client/whole-answers.ts';
import { openNetwork } from '../network/networks.ts';
import { CannotHelp } from './cannot-help.ts';
import { contextWithoutDaemon, readConfig } from './without-daemon.ts';

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

/** A service of the peer, asked for. Throws a DaemonError, or CannotHelp. */
export async function dialService({ url, remote, gitDir, service, noteChild }: DialOptions): Promise<Channel> {
  // As git-annex's own helper reads it, of an onion address what stands behind the last slash counts.
  const address = parsePeerUrl(url.replace(/^tor-annex::.*\//s, 'tor-annex::'));
  if ('why' in address) throw new CannotHelp(address.why);
  if (gitDir === undefined && process.env[TOKEN_VARIABLE] === undefined)
    throw new CannotHelp(`there is no repository here that has a token for it: set ${TOKEN_VARIABLE}`);
  const [values, network] = await Promise.all([readConfig(), openNetwork(networkOf(address))]);
  const value = (key: string): string | undefined => values(key).at(-1);
  const dialler = createDialler({
    network,
    address,
    context: contextWithoutDaemon(values, networkOf(address), {
      gitDir: gitDir ?? process.cwd(),
      noteChild,
      log: () => undefined,
    }),
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

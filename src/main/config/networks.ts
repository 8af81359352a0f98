// Owns: what networks of peers make of the config: on which of them something runs that is no link to a remote: that which is served, and that by which news come.
// Leaves: running it (main/serve), and what a network is (workers/peer/network).
import { isDeepStrictEqual } from 'node:util';
import { type NetworkName, networkOf } from '../../shared/p2p/address.ts';
import { parseJid } from '../../shared/p2p/jid.ts';
import { type NetworkSettings, settingsOf } from '../../shared/p2p/network-settings.ts';
import { parseRefspec, storesRefs } from '../../shared/refs/refspec.ts';
import type { Remote } from '../../shared/remote.ts';
import type { SharedRepository } from '../../shared/serve-messages.ts';
import type { Secrets } from './secrets.ts';
import type { Settings } from './settings.ts';

export interface Configured {
  readonly settings: Settings;
  readonly remotes: readonly Remote[];
  readonly secrets: Secrets;
}

export interface NetworkHere {
  readonly name: NetworkName;
  /** Peers may come. */
  readonly isServed: boolean;
  /** News are told there, and heard. */
  readonly news: boolean;
}

/** Without streams, too. */
const WITH_NEWS = 'xmpp';

export function networksOf({ settings, remotes, secrets }: Configured) {
  const served = settings.serve.map((name): NetworkHere => ({ name, isServed: true, news: name === WITH_NEWS }));
  const isThere = ({ rungs: [rung] }: Remote): boolean => rung.kind === 'peer' && networkOf(rung.address) === WITH_NEWS;
  const hasAccount = Object.keys(secrets.networks[WITH_NEWS] ?? {}).length > 0;
  const isWanted = settings.networks.xmppFriends !== undefined || remotes.some(isThere);
  if (!hasAccount || !isWanted || settings.serve.includes(WITH_NEWS)) return served;
  return [...served, { name: WITH_NEWS, isServed: false, news: true }];
}

type Reached = Pick<Configured, 'settings' | 'secrets'>;

/** By another account, say: a link to that remote is to be made anew. */
export function isReachedOtherwise({ rungs: [rung] }: Remote, before: Reached, after: Reached): boolean {
  if (rung.kind !== 'peer') return false;
  const network = networkOf(rung.address);
  return !isDeepStrictEqual(reaching(network, before), reaching(network, after));
}

/** All that a link over that network rests on. Who is heard there is no part of it. */
function reaching(network: NetworkName, { settings, secrets }: Reached): unknown {
  const { xmppFriends: _, ...others } = settingsOf(network, settings.networks);
  return [others, secrets.networks[network] ?? {}, network === 'tor' && settings.torProxy];
}

/** Whoever is a remote here is heard. */
export function withPeersAsFriends({ settings, remotes }: Omit<Configured, 'secrets'>): NetworkSettings {
  const peers = remotes.flatMap(({ rungs: [rung] }) => {
    const address = rung.kind === 'peer' && rung.address.kind === 'p2p' ? rung.address : undefined;
    return address?.network === WITH_NEWS ? (parseJid(address.address)?.bare ?? []) : [];
  });
  const friends = new Set([...(settings.networks.xmppFriends ?? []), ...peers]);
  return friends.size === 0 ? settings.networks : { ...settings.networks, xmppFriends: [...friends] };
}

/** Those that others may have as remotes, too. */
export function sharedAmong(remotes: readonly Remote[]): SharedRepository[] {
  return remotes.flatMap(({ uuids, refs }) => (uuids ? { uuids, keptBelow: keptBelow(refs.refspecs) } : []));
}

/** Also where they are kept for later (git-fetch(1), `--prefetch`). */
function keptBelow(refspecs: readonly string[]): string[] {
  return refspecs.flatMap((text) => {
    const refspec = parseRefspec(text, 'fetch');
    if (refspec === undefined || !storesRefs(refspec)) return [];
    const [begin = ''] = (refspec.destination ?? '').split('*');
    return begin.startsWith('refs/') ? [begin, `refs/prefetch/${begin.slice('refs/'.length)}`] : [];
  });
}

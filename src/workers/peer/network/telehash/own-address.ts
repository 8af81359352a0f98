// Owns: where this repository listens in the network telehash, and the address by which others find it there.
// Leaves: listening (node.ts), and the spelling (shared/p2p/telehash-address.ts).
import { networkInterfaces } from 'node:os';
import type { PeerAddress } from '../../../../shared/p2p/address.ts';
import type { NetworkSettings } from '../../../../shared/p2p/network-settings.ts';
import { formatTelehashAddress, MOST_PATHS, type Path } from '../../../../shared/p2p/telehash-address.ts';
import type { Identity } from './identity.ts';

const ANY = '0.0.0.0';

export function placeToListen({ telehashListen }: NetworkSettings, { port }: Identity): Path {
  return telehashListen === undefined ? { ip: ANY, port } : parsePath(telehashListen);
}

export function ownAddress(own: Identity, settings: NetworkSettings): PeerAddress {
  const { hashname, pair } = own;
  const paths = settings.telehashPaths?.map(parsePath) ?? pathsOf(placeToListen(settings, own));
  const way = { key: pair.key, paths: paths.slice(0, MOST_PATHS) };
  return { kind: 'p2p', network: 'telehash', address: formatTelehashAddress({ hashname, way }) };
}

function parsePath(text: string): Path {
  const [ip = ANY, port] = text.split(':', 2);
  return { ip, port: Number(port) };
}

function pathsOf({ ip, port }: Path): readonly Path[] {
  if (ip !== ANY) return [{ ip, port }];
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const ips = outside.length > 0 ? outside.map(({ address }) => address) : ['127.0.0.1'];
  return ips.map((each) => ({ ip: each, port }));
}

// Owns: the network tor: out by its SOCKS5 proxy, in by the socket of a hidden service.
// Leaves: tor itself, which somebody else runs and configures.
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../../shared/failures.ts';
import { type PeerAddress, parsePeerUrl } from '../../../shared/p2p/address.ts';
import { printable } from '../../../shared/printable.ts';
import { ownAccount } from '../../../shared/system/ownership.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../../shared/system/unread.ts';
import { PEER } from '../../patience.ts';
import type { ListenOptions, Network } from './network.ts';
import { openSocketServer } from './socket-server.ts';
import { connectBySocks, type SocksLimits } from './socks5.ts';
import { findHiddenService, type HiddenService, linesFor } from './torrc.ts';

type TorAddress = Extract<PeerAddress, { kind: 'tor' }>;

export interface TorOptions {
  /** The first of them that is there is tor's config (git-annex, Utility/Tor.hs). */
  readonly torrcs: readonly string[];
  readonly limits: SocksLimits;
}

const USUAL: TorOptions = {
  torrcs: ['/etc/tor/torrc', '/etc/torrc', '/usr/local/etc/tor/torrc'],
  limits: { greetingMs: 10_000, reachMs: PEER.dialMs },
};
const MOST_TORRC_BYTES = 1024 * 1024;
const MOST_HOSTNAME_BYTES = 256;
/** Tor runs as another account. Whoever else connects here has to show a token as well. */
const FOR_ALL = 0o666;

export const tor: Network = createTor(USUAL);

export function createTor({ torrcs, limits }: TorOptions): Network {
  return {
    dial: async (address, { torProxy }, signal) => {
      if (address.kind !== 'tor') throw new DaemonError('unreachable', 'there is no such address in the network tor');
      return connectBySocks(torProxy, { host: address.onion, port: address.port }, limits, signal);
    },
    listen: async (options, _context, signal) => {
      signal.throwIfAborted();
      const service = hiddenService(torrcs, options.uuid);
      const address = ownAddress(service, options);
      checkFolder(service);
      const onStream = options.onStream;
      const server = await openSocketServer(service.socket, {
        mode: FOR_ALL,
        onStream: (stream) => onStream(stream, address),
      });
      const ended = server.failed.then((failure): never => {
        throw failure;
      });
      ended.catch(() => undefined);
      return {
        addresses: [address],
        how: `tor's hidden service, by the socket ${service.socket}`,
        ended,
        close: async () => server.close(),
      };
    },
  };
}

/** Throws not-set-up, with what is to be done. */
function hiddenService(torrcs: readonly string[], uuid: string): HiddenService {
  const uid = process.getuid?.() ?? 0;
  const [usual = ''] = torrcs;
  const torrc = torrcs.find((each) => fs.existsSync(each)) ?? usual;
  const read = readRegularFile(torrc, { mostBytes: MOST_TORRC_BYTES });
  throwIfItPasses(torrc, read);
  if (read.kind === 'gone') throw notSetUp('tor is not installed: install it first, then set up a hidden service');
  if (read.kind !== 'read') throw notSetUp(`tor's config ${torrc} cannot be read`);
  const found = findHiddenService(new TextDecoder().decode(read.bytes), uid, uuid);
  if (found !== undefined) return found;
  const lines = linesFor(uid, uuid).join('; ');
  throw notSetUp(
    `this repository has no hidden service: run git annex enable-tor, or put these lines into ${torrc}: ${lines}`,
  );
}

const notSetUp = (detail: string): DaemonError => new DaemonError('not-set-up', detail);

/** As it was noted when the service was made: only tor may read the name where it keeps it. */
function ownAddress({ directory, port }: HiddenService, { known }: ListenOptions): TorAddress {
  const ours = known.filter((each): each is TorAddress => each.kind === 'tor');
  const noted = ours.find((each) => each.port === port) ?? ours[0];
  if (noted !== undefined) return noted;
  const file = path.join(directory, 'hostname');
  const read = readRegularFile(file, { mostBytes: MOST_HOSTNAME_BYTES });
  const onion = read.kind === 'read' ? new TextDecoder().decode(read.bytes).trim() : '';
  const address = parsePeerUrl(`tor-annex::${onion}:${port}`);
  if (!('why' in address) && address.kind === 'tor') return address;
  const line = `tor-annex::ONION:${port}`;
  throw notSetUp(
    `the onion address of this repository is not known: run git annex enable-tor, or write ${line} to .git/annex/creds/p2paddrs, where ONION is what root finds in ${file}`,
  );
}

/** Throws not-set-up where nobody could listen there. */
function checkFolder({ socket }: HiddenService): void {
  const folder = path.dirname(socket);
  const found = fs.statSync(folder, { throwIfNoEntry: false });
  const self = process.geteuid?.();
  if (found?.isDirectory() && (self === undefined || found.uid === self)) return;
  const [is, toDo] = found ? ['does not belong to', 'chown'] : ['is not there for', 'mkdir -p, and chown'];
  throw notSetUp(
    `the folder ${printable(folder)} of the socket that tor's config names ${is} ${ownAccount()}: ${toDo} it, as root`,
  );
}

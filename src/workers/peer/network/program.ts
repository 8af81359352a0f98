// Owns: networks that are a program `git-annex-p2p-NETWORK`, by the three calls that git-annex makes of it.
// Leaves: one call as a stream (program-stream.ts), one that serves (keep-serving.ts), the sockets (socket-server.ts).
import { createHash } from 'node:crypto';
import path from 'node:path';
import { DaemonError } from '../../../shared/failures.ts';
import {
  formatPeerUrl,
  type NetworkName,
  networkOf,
  type PeerAddress,
  parsePeerUrl,
} from '../../../shared/p2p/address.ts';
import { printable } from '../../../shared/printable.ts';
import { MOST_SOCKET_PATH_BYTES } from '../../../shared/system/socket-path.ts';
import { answerOf } from '../../answer-of.ts';
import { runForOutput } from '../../run-command.ts';
import { type KeptServing, keepServing } from './keep-serving.ts';
import type { Listening, ListenOptions, Network, NetworkContext } from './network.ts';
import { callProgram, notStarted, optionsFor, programOf } from './program-call.ts';
import { streamOfProgram } from './program-stream.ts';
import { openSocketServer, type SocketServer } from './socket-server.ts';

/** Some are asked for the first time, and have to make keys, or to find a relay. */
const ADDRESS_MS = 60_000;
const MOST_ADDRESS_BYTES = 64 * 1024;
const MOST_ADDRESSES = 16;
/** What git-annex asks a program for its own addresses by, so no peer can be reached as that. */
const ASKS_FOR_OWN = 'address';

export function networkByProgram(network: NetworkName): Network {
  return {
    dial: async (address, context, signal) => {
      signal.throwIfAborted();
      const stream = streamOfProgram(await callProgram(network, [underlying(network, address)], context));
      if (!signal.aborted) return stream;
      stream.destroy();
      throw signal.reason;
    },
    listen: async (options, context, signal) => {
      const known = options.known.filter((each) => networkOf(each) === network);
      const all = known.length > 0 ? known : await askAddresses(network, context, signal);
      signal.throwIfAborted();
      // Each once, as each has a socket of its own.
      const addresses = [...new Map(all.map((each) => [formatPeerUrl(each), each])).values()];
      return serve(network, addresses.slice(0, MOST_ADDRESSES), options, context);
    },
  };
}

function underlying(network: NetworkName, address: PeerAddress): string {
  if (address.kind === 'p2p' && address.network === network && address.address !== ASKS_FOR_OWN) return address.address;
  throw new DaemonError('unreachable', `there is no such address in the network ${network}`);
}

async function askAddresses(
  network: NetworkName,
  context: NetworkContext,
  signal: AbortSignal,
): Promise<PeerAddress[]> {
  const program = programOf(network);
  const ask = (cut: AbortSignal) =>
    runForOutput(program, [ASKS_FOR_OWN], { ...optionsFor(context), signal: cut, mostBytes: MOST_ADDRESS_BYTES });
  const said = await answerOf(ask, signal, {
    limitMs: ADDRESS_MS,
    late: () => new DaemonError('timed-out', `${program} has not told its address within ${ADDRESS_MS / 1_000} s`),
  }).catch((error: unknown) => {
    throw notStarted(network, error);
  });
  const words = printable(said.stderr.trim().split('\n').at(-1) ?? '');
  if (said.exit.status !== 0)
    throw new DaemonError('unreachable', `${program} tells no address: ${words || 'it failed'}`);
  // Half a line would be another address.
  const whole = said.isCut ? said.stdout.slice(0, said.stdout.lastIndexOf('\n') + 1) : said.stdout;
  const read = whole.split(/\r?\n/).map((line) => parsePeerUrl(`p2p-annex::${network}:${line.trim()}`));
  const addresses = read.filter((each): each is PeerAddress => !('why' in each));
  if (addresses.length === 0)
    throw new DaemonError('unreachable', `${program} tells no address: ${words || 'it said none'}`);
  return addresses;
}

interface Served {
  readonly server: SocketServer;
  readonly program: KeptServing;
}

async function serve(
  network: NetworkName,
  addresses: readonly PeerAddress[],
  { onStream }: ListenOptions,
  context: NetworkContext,
): Promise<Listening> {
  const served: Served[] = [];
  const close = async (now?: AbortSignal): Promise<void> => {
    for (const { server } of served) server.close();
    await Promise.all(served.map(({ program }) => program.end(now)));
  };
  try {
    for (const address of addresses) {
      const { at, named } = socketOf(network, address, context);
      const server = await openSocketServer(at, { mode: 0o600, onStream: (stream) => onStream(stream, address) });
      const program = keepServing(network, [underlying(network, address), named], context);
      served.push({ server, program });
      await program.started;
    }
  } catch (error) {
    await close();
    throw error;
  }
  // One that does not come up does not stop the others.
  const allDown = Promise.all(served.map(({ program }) => program.down)).then((failures) => failures[0]);
  const ended = Promise.race([allDown, ...served.map(({ server }) => server.failed)]).then((failure): never => {
    throw failure ?? new DaemonError('dropped', 'it serves no address');
  });
  ended.catch(() => undefined);
  return { addresses, how: `the program ${programOf(network)}`, ended, close };
}

/** Where git-annex has it, too (RemoteDaemon/Transport/P2PGeneric.hs); `named`: as the program is told of it. */
function socketOf(network: NetworkName, address: PeerAddress, { gitDir, directory }: NetworkContext) {
  const name = createHash('md5')
    .update(`${network}:${underlying(network, address)}`)
    .digest('hex');
  const at = path.join(gitDir, 'annex', 'p2p', name);
  const fromThere = path.relative(directory, at);
  const named = Buffer.byteLength(fromThere) < Buffer.byteLength(at) ? fromThere : at;
  const bytes = Buffer.byteLength(named);
  if (bytes <= MOST_SOCKET_PATH_BYTES) return { at, named };
  const why = `${bytes} bytes, and a socket's holds ${MOST_SOCKET_PATH_BYTES}`;
  throw new DaemonError(
    'not-set-up',
    `the path ${printable(at)} is too long for a socket (${why}): move the repository`,
  );
}

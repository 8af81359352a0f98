// Owns: a network of ours as a program: the three calls that git-annex makes of one, and how each ends.
// Leaves: the networks (../network), serving (serve.ts), and who starts it (main/relay/network.sh). git-annex: P2P/Generic.hs.
import { once } from 'node:events';
import { DaemonError } from '../../../shared/failures.ts';
import { type PeerAddress, parsePeerUrl } from '../../../shared/p2p/address.ts';
import { printable } from '../../../shared/printable.ts';
import { CannotHelp } from '../helper/cannot-help.ts';
import { gitEnds } from '../helper/git-ends.ts';
import { contextWithoutDaemon, readConfig } from '../helper/without-daemon.ts';
import type { Network, NetworkContext } from '../network/network.ts';
import { openNetwork } from '../network/networks.ts';
import { findRepository } from './repository.ts';
import { serveSocket } from './serve.ts';

const [, , name = '', what, socket, ...others] = process.argv;
const program = `git-annex-p2p-${name}`;
const stopped = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stopped.abort());

async function run(): Promise<void> {
  if (what === undefined || others.length > 0)
    throw new CannotHelp(`usage: ${program} address, ${program} ADDRESS, or ${program} ADDRESS SOCKET`);
  const [network, gitDir, values] = await Promise.all([openNetwork(name), findRepository(), readConfig()]);
  const say = (text: string): void => void process.stderr.write(`${program}: ${printable(text)}\n`);
  const context = contextWithoutDaemon(values, name, { gitDir, noteChild: () => undefined, log: say });
  if (what === 'address' && socket === undefined) return tellAddresses(network, context);
  const address = parsePeerUrl(`p2p-annex::${name}:${what}`);
  if ('why' in address) throw new CannotHelp(address.why);
  if (socket === undefined) await joinStdio(network, address, context);
  else await serveSocket({ network, address, socket, context, signal: stopped.signal });
}

async function tellAddresses({ addresses }: Network, context: NetworkContext): Promise<void> {
  const own = (await addresses?.(context)) ?? [];
  process.stdout.write(own.map((each) => (each.kind === 'p2p' ? `${each.address}\n` : '')).join(''));
}

/** Each way ends by itself; it is over when both have. */
async function joinStdio(network: Network, address: PeerAddress, context: NetworkContext): Promise<void> {
  const { input, output } = gitEnds();
  const stream = await network.dial(address, context, stopped.signal);
  const closed = once(stream, 'close');
  stopped.signal.addEventListener('abort', () => stream.destroy(), { once: true });
  // Whoever reads no more wants no more.
  output.on('error', () => stream.destroy());
  input.on('error', () => stream.end()).pipe(stream);
  stream.pipe(output);
  // What is still asked for on its stdin would keep this process.
  await closed.finally(() => input.destroy());
  // What came last may still be on its way to whoever reads.
  if (!output.destroyed && !output.writableFinished && stream.readableEnded) await once(output, 'finish');
}

/** A server would keep what it has of one that is gone without a word; nobody waits for that for long. */
function end(status: number): void {
  process.exitCode = status;
  setTimeout(() => process.exit(), FAREWELL_MS).unref();
}

const FAREWELL_MS = 2_000;

try {
  await run();
  end(0);
} catch (error) {
  const why = error instanceof DaemonError ? error.detail : error instanceof Error ? error.message : String(error);
  if (stopped.signal.aborted) end(0);
  else process.stderr.write(`${program}: ${printable(why)}\n`, () => end(1));
}

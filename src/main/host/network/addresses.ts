// Owns: this machine's addresses: from Node, or where the system refuses Node's way to ask (netlink), from /proc.
// Leaves: what a change of them means (network.ts).
import fs from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { errorCode } from '../../../shared/system/error-code.ts';
import type { DoneWithout } from '../done-without.ts';
import type { Address, Addresses } from './network.ts';

export interface AddressSources {
  readonly interfaces: () => NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** The text of a file; throws where there is none. */
  readonly read: (file: string) => string;
}

const SYSTEM: AddressSources = { interfaces: networkInterfaces, read: (file) => fs.readFileSync(file, 'latin1') };

/** Asks in the best way there is now; what is refused is told of, and asked again the next time. */
export function addressReader(without: DoneWithout, { interfaces, read }: AddressSources = SYSTEM): () => Addresses {
  return () => {
    try {
      const found = fromNode(interfaces());
      without.found('interfaces');
      return found;
    } catch (error) {
      const found = fromProc(read);
      const instead = found ? 'read in /proc/net instead' : 'so a new network is noticed by trying only';
      const why = errorCode(error) ?? codeIn(error);
      without.lacks('interfaces', `the system does not tell of the network's interfaces (${why}): ${instead}`);
      return found;
    }
  };
}

/** Node says it in its message only, for a call that is none of its own: `… returned Unknown system error 13`. */
const codeIn = (error: unknown): string =>
  (error instanceof Error && /\b(E[A-Z]+|error -?\d+)\b/.exec(error.message)?.[1]) || 'no reason given';

function fromNode(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Address[] {
  return Object.entries(interfaces).flatMap(([name, infos = []]) =>
    infos.map(({ address: at, internal }) => ({
      at,
      interface: name,
      isOfNoNetwork: internal || /^fe80:/i.test(at),
    })),
  );
}

/** Undefined where both files are hidden. */
function fromProc(read: AddressSources['read']): Addresses {
  const [v4, v6] = ['/proc/net/fib_trie', '/proc/net/if_inet6'].map((file) => {
    try {
      return read(file);
    } catch {
      // Hidden, or a kernel without that family.
      return undefined;
    }
  });
  if (v4 === undefined && v6 === undefined) return undefined;
  return [...parseFibTrie(v4 ?? ''), ...parseInet6(v6 ?? '')];
}

/** The addresses of this machine are the leaves of the kernel's table (proc_net(5)) that say `/32 host LOCAL`. */
export function parseFibTrie(text: string): Address[] {
  const found = [...text.matchAll(/\|-- (\d+(?:\.\d+){3})\n\s+\/32 host LOCAL/g)].map(([, at = '']) => at);
  return [...new Set(found)].map((at) => ({ at, interface: '', isOfNoNetwork: at.startsWith('127.') }));
}

/** `address index prefix scope flags name`, in hexadecimal; scope 10 is loopback, 20 link-local (proc_net(5)). */
export function parseInet6(text: string): Address[] {
  return text.split('\n').flatMap((line) => {
    const [, at, scope, name] = /^([0-9a-f]{32}) \S+ \S+ (\S+) \S+\s+(\S+)/.exec(line) ?? [];
    if (at === undefined || name === undefined) return [];
    return [{ at, interface: name, isOfNoNetwork: scope === '10' || scope === '20' }];
  });
}

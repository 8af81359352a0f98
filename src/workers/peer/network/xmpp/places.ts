// Owns: where the servers of a domain are, as its name servers say.
// Leaves: the domain, and going there (secure-socket.ts).
import { resolveSrv } from 'node:dns/promises';
import { within } from '../../../../shared/timing/within.ts';
import type { Place } from './account.ts';

const MOST_PLACES = 6;
const LOOK_UP_MS = 10_000;
const DEFAULT_PORT = 5222;

/** In the order in which they are to be tried; never none, and never rejects. RFC 6120, §3.2, and XEP-0368. */
export async function placesOf(domain: string): Promise<readonly Place[]> {
  const found: Place[] = [];
  const ask = async (service: string, direct: boolean): Promise<void> => {
    const records = await resolveSrv(`_${service}._tcp.${domain}`);
    const sorted = records.filter(({ name }) => name !== '' && name !== '.').toSorted(byPriority);
    found.push(...sorted.map(({ name, port }) => ({ host: name, port, direct })));
  };
  const asked = Promise.allSettled([ask('xmpps-client', true), ask('xmpp-client', false)]);
  // Where no name server answers, the domain itself may be reached all the same.
  await within(asked, LOOK_UP_MS);
  return [...found.slice(0, MOST_PLACES), { host: domain, port: DEFAULT_PORT, direct: false }];
}

interface Ranked {
  readonly priority: number;
  readonly weight: number;
}

const byPriority = (one: Ranked, other: Ranked): number => one.priority - other.priority || other.weight - one.weight;

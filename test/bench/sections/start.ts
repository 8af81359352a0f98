// Owns: the time from exec to the first CONNECTED.
// Leaves: many remotes (scale.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { untilQuiet } from '../arrivals.ts';
import { makeClient } from '../client.ts';
import { startCompetitor } from '../competitors.ts';
import type { Size } from '../options.ts';
import { measured, type Row } from '../report.ts';
import { startServer } from '../server.ts';

const QUIET_MS = 200;

export async function start(atEnd: AtEnd, { rounds }: Size): Promise<Row[]> {
  const server = await startServer(atEnd, 1);
  const { repositories } = server;
  const clients = {
    ours: await makeClient(atEnd, server, { name: 'ours', repositories }),
    annex: await makeClient(atEnd, server, { name: 'annex', repositories }),
  };
  const samples: { readonly ours: number[]; readonly annex: number[] } = { ours: [], annex: [] };
  // One more, which only warms the page cache.
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of ['ours', 'annex'] as const) {
      const daemon = startCompetitor(atEnd, name, clients[name]);
      const { firstMs } = await daemon.connected(clients[name].remotes);
      if (round > 0) samples[name].push(firstMs);
      await untilQuiet(daemon, QUIET_MS);
      await daemon.stop();
    }
  }
  const values = { ours: measured(samples.ours), annex: measured(samples.annex) };
  return [
    { section: 'start', what: 'exec -> CONNECTED', unit: 'ms', values, against: 'annex', target: { times: 1.2 } },
  ];
}

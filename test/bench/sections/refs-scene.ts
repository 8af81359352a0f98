// Owns: the scene of the section refs: a server whose repositories have many refs, and a client that knows them all.
// Leaves: what is measured there (refs-change.ts, refs-start.ts, refs-memory.ts).
import type { AtEnd } from '../../support/at-end.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { type BenchClient, makeClient } from '../client.ts';
import { makeRefStock, plantHere, plantOnServer, type RefStock } from '../many-refs.ts';
import type { RefMix } from '../ref-names.ts';
import { type BenchServer, startServer } from '../server.ts';

export interface RefsScene {
  /** With an sshd of its own, whose processor time is that of this scene alone. */
  readonly server: BenchServer;
  readonly client: BenchClient;
}

export interface RefsSceneOptions {
  readonly stock: RefStock;
  /** Mirrors: all with the same refs. */
  readonly remotes?: number;
  /** Lines for the client's git config. */
  readonly config?: string;
}

export const makeStock = (atEnd: AtEnd, mix: RefMix): Promise<RefStock> => makeRefStock(makeScratch(atEnd), mix);

export async function makeRefsScene(atEnd: AtEnd, options: RefsSceneOptions): Promise<RefsScene> {
  const { stock, remotes = 1, config = '' } = options;
  const server = await startServer(atEnd, remotes);
  const { repositories } = server;
  const client = await makeClient(atEnd, server, { name: 'client', repositories, config });
  for (const { directory } of repositories) await plantOnServer(stock, directory);
  const names = client.remotes.map(({ name }) => name);
  await plantHere(stock, client.repo.directory, names);
  return { server, client };
}

/** As people write it: 10 000. */
export const inWords = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');

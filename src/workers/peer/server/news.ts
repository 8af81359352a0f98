// Owns: news of repositories that others know as well: told when refs move here, and heard.
// Leaves: telling and hearing (../network), and what follows from what was heard (main).

import { formatPeerUrl } from '../../../shared/p2p/address.ts';
import type { Acquaintances, NewsTask, ServeReport, ServeTask } from '../../../shared/serve-messages.ts';
import type { NoteChild } from '../../run-command.ts';
import type { Announcing, Network, NetworkContext } from '../network/network.ts';
import { countsForPeers } from './listed-refs.ts';
import type { Offer } from './pending-changes.ts';
import { watchOwnRefs } from './ref-watch.ts';

export interface News extends Pick<Announcing, 'how' | 'ended'> {
  /** This repository has something new. */
  readonly changedHere: () => void;
  readonly acquaint: (acquaintances: Acquaintances) => void;
  /** Settles soon after `now`. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

export interface NewsOptions {
  readonly task: ServeTask & { readonly news: NewsTask };
  readonly announce: NonNullable<Network['announce']>;
  readonly context: NetworkContext;
  readonly report: (report: ServeReport) => void;
  readonly noteChild: NoteChild;
}

/** What moves together is told together. */
const GATHER_MS = 20;
/** Between two of what is told, and of what is heard of one repository. */
const TELL_EVERY_MS = 1_000;
const HEAR_EVERY_MS = 2_000;
/** What moves here so soon after somebody told of it is what he told of, which all others have heard as well. */
const ECHO_MS = 5_000;

/** Throws as the network does. */
export async function openNews(options: NewsOptions, signal: AbortSignal): Promise<News> {
  const { task, announce, context, report, noteChild } = options;
  let { shared } = task.news;
  const heardMs = new Map<string, number>();
  const heard = gathered(0, HEAR_EVERY_MS, (uuids) => report({ kind: 'told', uuids }));
  const told = gathered(GATHER_MS, TELL_EVERY_MS, (uuids) => announcing.tell(uuids));
  const announcing = await announce(
    {
      onTold: (all) => {
        const known = new Set(shared.flatMap((each) => each.uuids));
        const uuids = all.filter((uuid) => known.has(uuid));
        for (const uuid of uuids) heardMs.set(uuid, performance.now());
        heard.add(uuids);
      },
      // Of any of them there may have been news.
      onMissed: () => heard.add(shared.flatMap(({ uuids }) => uuids)),
      onCame: (at) => report({ kind: 'peer-seen', address: formatPeerUrl(at) }),
    },
    context,
    signal,
  );
  const isEcho = (uuid: string): boolean => {
    const atMs = heardMs.get(uuid);
    heardMs.delete(uuid);
    return atMs !== undefined && performance.now() < atMs + ECHO_MS;
  };
  const moved = (offer: Offer): void => {
    const isIn = (begins: readonly string[]): boolean =>
      offer === undefined || offer.some(({ ref }) => begins.some((begin) => ref.startsWith(begin)));
    const others = shared.filter(({ keptBelow }) => isIn(keptBelow)).flatMap(({ uuids }) => uuids);
    const isOwn = offer === undefined || offer.some(({ ref }) => countsForPeers(ref));
    told.add([...(isOwn ? [task.uuid] : []), ...others.filter((uuid) => !isEcho(uuid))]);
  };
  const over = new AbortController();
  const { log } = context;
  const watching = watchOwnRefs(
    { task, offer: moved, log, noteChild, counts: () => true },
    () => undefined,
    over.signal,
  );
  return {
    how: announcing.how,
    ended: announcing.ended,
    changedHere: () => told.add([task.uuid]),
    acquaint: (acquaintances) => {
      shared = acquaintances.shared;
      announcing.meet?.(acquaintances.settings);
    },
    close: async (now) => {
      over.abort();
      told.close();
      heard.close();
      await Promise.all([announcing.close(now), watching]);
    },
  };
}

/** Passes on what was added, each once: after a moment, and not before the interval since the last is over. */
function gathered(firstMs: number, everyMs: number, pass: (uuids: readonly string[]) => void) {
  let waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const due = (): void => {
    timer = undefined;
    const uuids = [...waiting].filter(Boolean);
    if (uuids.length === 0 || isClosed) return;
    waiting = new Set();
    timer = setTimeout(due, everyMs).unref();
    pass(uuids);
  };
  return {
    add: (uuids: readonly string[]): void => {
      for (const uuid of uuids) waiting.add(uuid);
      if (waiting.size > 0 && timer === undefined && !isClosed) timer = setTimeout(due, firstMs);
    },
    close: (): void => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

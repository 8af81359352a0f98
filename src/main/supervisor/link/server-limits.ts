// Owns: what is known of servers beyond one link, and for how long: how many commands each carries over one connection.
// Leaves: finding it out, and keeping to it (workers/ssh/connection/channels.ts).
import type { Rung } from '../../../shared/rungs/rungs.ts';

export interface ChannelsFound {
  readonly most: number;
  /** False: it may be that the connection just broke. */
  readonly isSure: boolean;
}

export interface ServerLimits {
  /** undefined: as far as is known, as many as are wanted. */
  readonly mostChannels: (rung: Rung) => number | undefined;
  readonly note: (rung: Rung, found: ChannelsFound) => void;
}

/** A server's configuration may change. */
const KNOWN_MS = 24 * 3_600_000;
/** One connection that broke is no proof. */
const TIMES_UNSURE = 2;
/** More servers than anybody has. */
const MOST_SERVERS = 1_000;

interface Known extends ChannelsFound {
  readonly atMs: number;
  readonly times: number;
}

/** What is known after one more finding. */
export function knownAfter(known: Known | undefined, found: ChannelsFound, nowMs: number): Known {
  const isSame = known !== undefined && known.most === found.most && nowMs - known.atMs < KNOWN_MS;
  const times = isSame ? known.times + 1 : 1;
  return {
    most: found.most,
    isSure: found.isSure || (isSame && known.isSure) || times >= TIMES_UNSURE,
    times,
    atMs: nowMs,
  };
}

export function createServerLimits(nowMs: () => number): ServerLimits {
  const servers = new Map<string, Known>();
  return {
    mostChannels: (rung) => {
      const known = servers.get(serverOf(rung) ?? '');
      return known?.isSure && nowMs() - known.atMs < KNOWN_MS ? known.most : undefined;
    },
    note: (rung, found) => {
      const server = serverOf(rung);
      if (server === undefined) return;
      servers.set(server, knownAfter(servers.get(server), found, nowMs()));
      const [oldest] = servers.keys();
      if (servers.size > MOST_SERVERS && oldest !== undefined) servers.delete(oldest);
    },
  };
}

/** As the config names it: which server that is, its own ssh knows. Each account may have limits of its own. */
function serverOf(rung: Rung): string | undefined {
  if (!('target' in rung) || rung.target === undefined) return undefined;
  const { host, user, port } = rung.target;
  return JSON.stringify([host, user, port]);
}
